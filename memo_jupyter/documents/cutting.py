"""A long text, as parts: at its headings, else between paragraphs.

Where a part ends depends on the text around that place alone, and not on what stands far above it. So a line that is
put in at the top moves no border below, and all other parts stay what they were.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from memo_jupyter.documents.part import LONGEST, Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memo_jupyter.documents.part import Parts

_SHORTEST_SECTION = 1500  # characters: shorter sections go together
_GOOD = 8000  # characters after which a part may end between two paragraphs
_ONE_IN = 8  # paragraphs, at whose words' own choice a part ends
_UNDERLINE = re.compile(r"([=\-~^\"'`#*+])\1{2,}\s*$")
_HEADING = re.compile(r"#{1,6}\s+(?P<title>\S.*?)\s*#*\s*$")
_FENCE = re.compile(r"\s*(```|~~~)")
_ENDS = ("\n", ". ", " ")
_TITLE = 120  # characters of a heading that are kept beside a part


def cut(text: str, *, headings: bool = False, code: bool = False) -> Parts:
    """Cut a text into parts.

    Parameters
    ----------
    text : str
    headings : bool
        Whether it has headings, as Markdown and reStructuredText write them.
    code : bool
        Whether it is Python.
    """
    pieces = list(_pieces(text, headings=headings))
    line, counted = 1, 0
    for start, end, title in pieces:
        piece = text[start:end].lstrip("\n")
        line, counted = line + text.count("\n", counted, end - len(piece)), end - len(piece)
        piece = piece.rstrip()
        if not piece.strip():
            continue
        where: dict[str, str | int] = {"section": title} if title else {}
        if len(pieces) > 1 and not title:
            where["line"] = line
        yield Part(piece, where, code=piece if code else None)


def _pieces(text: str, *, headings: bool) -> Iterator[tuple[int, int, str]]:
    for start, end, title in _sections(text) if headings else [(0, len(text), "")]:
        for first, last in _between_paragraphs(text, start, end):
            yield first, last, title


def _sections(text: str) -> Iterator[tuple[int, int, str]]:
    """Give start, end and first heading of each section; short ones are put together."""
    start, title = 0, ""
    for place, words in _titles(text):
        if place - start >= _SHORTEST_SECTION:
            yield start, place, title
            start, title = place, words
        title = title or words
    yield start, len(text), title


def _titles(text: str) -> Iterator[tuple[int, str]]:
    place, fenced, before = 0, False, (0, "")
    for line in text.splitlines(keepends=True):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and (found := _HEADING.match(line)):
            yield place, found["title"][:_TITLE]
        elif not fenced and _UNDERLINE.match(line) and before[1] and not _UNDERLINE.match(before[1]):
            yield before[0], before[1][:_TITLE]
        before = (place, line.strip())
        place += len(line)


def _between_paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    here = start
    while end - here > LONGEST:
        stop = _border(text, here)
        yield here, stop
        here = stop
    yield here, end


def _border(text: str, start: int) -> int:
    borders = [found.end() for found in re.finditer(r"\n\s*?\n", text[start : start + LONGEST])]
    late = [one for one in borders if one >= _GOOD]
    for one in late:
        following = text[start + one : start + one + 60].split("\n", 1)[0]
        if zlib.crc32(following.encode()) % _ONE_IN == 0:
            return start + one
    if late:
        return start + late[-1]
    for ending in _ENDS:
        place = text.rfind(ending, start + _GOOD, start + LONGEST)
        if place >= 0:
            return place + len(ending)
    return start + LONGEST
