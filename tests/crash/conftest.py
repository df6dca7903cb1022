"""Fixtures of the tests that break things."""

import tempfile
from pathlib import Path

import pytest

_IN_MEMORY = Path("/dev/shm")


@pytest.fixture
def quick_folder(tmp_path):
    """A folder in memory, where there is one: thousands of stores are made, and the disk is not what is tested."""
    with tempfile.TemporaryDirectory(prefix="memo-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else tmp_path) as folder:
        yield Path(folder)
