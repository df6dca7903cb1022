"""Which reader a file has: by its name, unless what is in it says otherwise."""

from __future__ import annotations

import dataclasses
from pathlib import PurePath
from typing import TYPE_CHECKING

from memo_jupyter.documents.cutting import cut
from memo_jupyter.documents.part import LONGEST, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from memo_jupyter.documents.part import Parts

ENDINGS: Mapping[str, str] = {
    ".md": "marked up", ".markdown": "marked up", ".rst": "marked up", ".txt": "text", ".text": "text", ".py": "Python",
    ".ipynb": "notebook", ".html": "page", ".htm": "page", ".xhtml": "page", ".pdf": "PDF", ".docx": "Word",
    ".csv": "table", ".tsv": "table",
}  # fmt: skip
"""The files that are read where a folder is named, by the ends of their names."""

_PDF = b"%PDF-"
_PDF_WITHIN = 1024  # bytes: what readers of PDF files allow
_ZIP = b"PK\x03\x04"
_OTHERS = ("Rar!", "\x7fELF", "MZ\x90", "\x89PNG", "\xff\xd8\xff", "GIF8", "\x1f\x8b", "7z\xbc\xaf", "SQLite format 3")


def is_known(name: str) -> bool:
    """Tell whether a file of that name is read where its folder is named."""
    return PurePath(name).suffix.lower() in ENDINGS


def parts_of(name: str, data: bytes) -> Parts:
    """Read the parts of a file.

    Parameters
    ----------
    name : str
        The file's name.
    data : bytes
        All that is in it.

    Raises
    ------
    Unreadable
        Here, or at any part.
    """
    for part in _reader(_kind(name, data))(data):
        if len(part.text) <= 2 * LONGEST:
            yield part
        else:  # a page or a cell that holds a whole book
            yield from (dataclasses.replace(part, text=one.text, code=None, outputs=None) for one in cut(part.text))


def _kind(name: str, data: bytes) -> str:
    said = ENDINGS.get(PurePath(name).suffix.lower(), "text")
    if _PDF in data[:_PDF_WITHIN] and (data.startswith(_PDF) or said == "PDF"):
        return "PDF"
    if said == "PDF":
        raise Unreadable("it is not a PDF file, whatever its name says")
    if said == "Word":
        return said
    if data.startswith(_ZIP):
        if b"word/" in data:
            return "Word"
        raise Unreadable("it is a packed file; unpack it and read what is in it")
    if data.startswith(tuple(one.encode("latin-1") for one in _OTHERS)):
        raise Unreadable("it is not a text")
    return said


def _reader(kind: str) -> Callable[[bytes], Parts]:
    # Each is imported when it is needed: what a folder of Markdown costs, it costs without the rest.
    from memo_jupyter.documents import notebooks, pdf, plain, tables, web, word  # noqa: PLC0415  # see above

    return {
        "text": plain.read_text,
        "marked up": plain.read_marked_up,
        "Python": plain.read_python,
        "notebook": notebooks.read_notebook,
        "page": web.read_html,
        "PDF": pdf.read_pdf,
        "Word": word.read_word,
        "table": tables.read_table,
    }[kind]
