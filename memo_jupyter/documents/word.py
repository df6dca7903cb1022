"""Word documents: the paragraphs, headings, lists and tables of a .docx file.

With the standard library: a .docx file is XML in a zip file (ECMA-376). python-docx would bring in lxml, makes a tree
of the whole, and guards against neither a zip bomb nor entities.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

from memo_jupyter.documents.cutting import cut
from memo_jupyter.documents.part import MB, MOST_BYTES, Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memo_jupyter.documents.part import Parts

_BODY = "word/document.xml"
_OLD = bytes.fromhex("d0cf11e0a1b11ae1")  # what .doc files begin with, and .docx files with a password
_AT_ONCE = 65_536
_HEADING = re.compile(r"(?:heading|title)\s*(\d?)", re.IGNORECASE)


def read_word(data: bytes) -> Parts:
    """Read a .docx file.

    Raises
    ------
    Unreadable
    """
    if data.startswith(_OLD):
        raise Unreadable("it has a password, or is an old .doc file; save it as .docx without one")
    body = _Body()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(_BODY) as file:
            _parse(file, body)
    except KeyError:
        raise Unreadable("it is not a Word document") from None
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, NotImplementedError, RuntimeError, EOFError) as error:
        raise Unreadable(f"it is not a whole Word document ({error})") from None
    return cut(body.text(), headings=True)


def _parse(file: IO[bytes], body: _Body) -> None:
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = body.start
    parser.EndElementHandler = body.end
    parser.CharacterDataHandler = body.words
    left = MOST_BYTES  # whatever the zip file says of its size
    while data := file.read(_AT_ONCE):
        left -= len(data)
        if left < 0:
            raise Unreadable(f"it unpacks to more than {MOST_BYTES // MB} MB")
        parser.Parse(data, False)
    parser.Parse(b"", True)


def _refuse(*about: object) -> None:
    """Refuse a document type: no Word document has one, and only with one can entities multiply."""
    del about
    raise Unreadable("it declares entities, which no Word document does")


class _Body:
    """Makes a text of what stands in the document's XML; of its names, the part after the namespace says enough."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._line: list[str] = []
        self._cells: list[str] = []
        self._reads = False
        self._style = ""
        self._tables = 0

    def text(self) -> str:
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._blocks)).strip()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        tag = name.rpartition("}")[2]
        if tag == "t":
            self._reads = True
        elif tag in ("tab", "br", "cr"):
            self._line.append("\t" if tag == "tab" else "\n")
        elif tag == "pStyle":
            self._style = next((value for key, value in attributes.items() if key.rpartition("}")[2] == "val"), "")
        elif tag == "numPr":
            self._style = self._style or "list"
        elif tag == "tbl":
            self._tables += 1

    def end(self, name: str) -> None:
        tag = name.rpartition("}")[2]
        if tag == "t":
            self._reads = False
        elif tag == "p":
            self._paragraph()
        elif tag == "tr" and self._tables == 1:
            self._blocks.append(" | ".join(self._cells))
            self._cells.clear()
        elif tag == "tbl":
            self._tables -= 1
            self._blocks.append("")

    def words(self, data: str) -> None:
        if self._reads:
            self._line.append(data)

    def _paragraph(self) -> None:
        text, style = "".join(self._line).strip(), self._style
        self._line.clear()
        self._style = ""
        if not text:
            return
        if self._tables:
            self._cells.append(" ".join(text.split()))
        elif found := _HEADING.match(style):
            self._blocks += ["", f"{'#' * min(6, int(found[1] or 1))} {' '.join(text.split())}", ""]
        elif style.lower().startswith("list"):
            self._blocks.append(f"- {text}")
        else:
            self._blocks += [text, ""]
