"""memo: private, persistent memory for local language models, inside Jupyter.

In a notebook, ``%load_ext memo`` and ``%memo help``; in Python, ``from memo_jupyter import Memo``.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from memo_jupyter.answer import Answer
    from memo_jupyter.engine import Memo
    from memo_jupyter.errors import MemoError
    from memo_jupyter.types import Hit, Record

__version__ = "0.1.0"
__all__ = ["Answer", "Hit", "Memo", "MemoError", "Record", "__version__"]

_HOMES = {"Answer": "answer", "Hit": "types", "Memo": "engine", "MemoError": "errors", "Record": "types"}


# Without it, Python prints a library's warnings where the user works.
logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `%load_ext memo` need not pay for it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add memo to a shell; IPython calls it on ``%load_ext memo``."""
    from memo_jupyter.notebook.extension import load  # noqa: PLC0415  # needs IPython

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take memo out of a shell again; IPython calls it on ``%unload_ext memo``."""
    from memo_jupyter.notebook.extension import unload  # noqa: PLC0415  # needs IPython

    unload(shell)
