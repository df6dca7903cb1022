"""Texts: plain ones, Markdown, reStructuredText and Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.documents.cutting import cut
from memo_jupyter.documents.decoding import decoded

if TYPE_CHECKING:
    from memo_jupyter.documents.part import Parts


def read_text(data: bytes) -> Parts:
    """Read a text that says nothing of its form."""
    return cut(decoded(data))


def read_marked_up(data: bytes) -> Parts:
    """Read Markdown or reStructuredText as they are written: the model reads that as well as what it is turned into."""
    return cut(decoded(data), headings=True)


def read_python(data: bytes) -> Parts:
    """Read a Python file."""
    return cut(decoded(data), code=True)
