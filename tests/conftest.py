"""Fixtures that all tests share."""

import os

import pytest

from memo_jupyter.config import models_folder

pytest_plugins = ["llama_cpp_python", "llama_server", "shells"]


@pytest.fixture(scope="session")
def model_folder():
    """The folder of the real embedding model."""
    from memo_jupyter.embed.sources import is_ready

    folder = models_folder(os.environ.get("MEMO_MODELS", ""))
    if not is_ready("sentence-transformers/all-MiniLM-L6-v2", folder):
        pytest.skip("the embedding model is not set up: run `make model`")
    return folder
