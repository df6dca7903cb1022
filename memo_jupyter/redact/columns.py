"""Secrets in tables as text: below a header such as `password`, in pandas' columns, CSV and Markdown.

pandas ends a header and its values at the same character, others begin them there; CSV and Markdown have separators.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memo_jupyter.redact import names, values
from memo_jupyter.redact.finding import Span
from memo_jupyter.redact.names import Says

if TYPE_CHECKING:
    from collections.abc import Iterator

_CELL = re.compile(r"[^\s|│┃┆,]+")
_FIELD = re.compile(r"[^\s\"'|│┃┆]+")
_ROWS = 400
_WORDS = re.compile(r"\w")
_WIDEST = 4096
_HEADERS = 16  # of one line
_GOES_ON = (*" |│┃┆,\"'\t\r\n_-", "")
_REST = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SEPARATORS = ("┆", "|", "│", "\t", ",")


def columns(text: str, lowered: str) -> Iterator[Span]:
    """Find secrets below a header that says so."""
    line = count = below = 0
    for found in names.WORD.finditer(lowered):
        if not _apart(text, found):
            continue
        start = text.rfind("\n", max(0, found.start() - _WIDEST), found.start()) + 1
        line, count = (line, count + 1) if start == line else (start, 0)
        end = text.find("\n", found.end(), found.end() + _WIDEST)
        if end < 0 or count >= _HEADERS or (start < below and count == 0):
            continue  # the last line, or a row of a table that was read already
        cell = _header(text, found)
        if cell:
            for span, stop in _below(text, start, end, cell):
                below = max(below, stop)
                if span:
                    yield span


def _apart(text: str, found: re.Match[str]) -> bool:
    """Whether a word may be part of a header: no sign of assignment, dot or bracket follows it."""
    return text[found.end() : found.end() + 1] in _GOES_ON or text[found.end()].isalnum()


def _header(text: str, found: re.Match[str]) -> tuple[int, int] | None:
    first, last = names.begin(text, found.start()), found.end()
    rest = _REST.match(text, last)
    last = rest.end() if rest else last
    if (text[max(0, first - 1) : first] + text[last : last + 1]).strip("|│┃┆,\"' \t\r\n"):
        return None
    said = names.says(text, first, found[0], found.start(), text[found.end() : last])
    return (first, last) if said >= Says.SOME else None


def _below(text: str, start: int, end: int, cell: tuple[int, int]) -> Iterator[tuple[Span | None, int]]:
    header = text[start:end]
    separator = next((one for one in _SEPARATORS if one in header), None)
    at = end + 1
    for _ in range(_ROWS):
        stop = text.find("\n", at)
        stop = stop if stop >= 0 else len(text)
        if at >= stop or stop - at > _WIDEST:
            return
        if not _WORDS.search(text, at, stop):
            at = stop + 1  # a rule between header and rows
            continue
        if separator:
            found = _field(text, at, stop, separator, (header, header.count(separator, 0, cell[0] - start)))
        else:
            found = _aligned(text, at, stop, cell[0] - start, cell[1] - start)
        if not found:
            return  # the table has ended, or there was none
        yield (Span(*found.span(), "column", 1) if _is_secret(found[0]) else None), stop
        at = stop + 1


def _field(text: str, at: int, stop: int, separator: str, column: tuple[str, int]) -> re.Match[str] | None:
    header, place = column
    fields = text[at:stop].split(separator)
    if len(fields) != header.count(separator) + 1:
        return None
    begin = at + sum(len(field) + 1 for field in fields[:place])
    return _FIELD.search(text, begin, begin + len(fields[place]))


def _aligned(text: str, at: int, stop: int, left: int, right: int) -> re.Match[str] | None:
    for found in _CELL.finditer(text, at, stop):
        if found.end() - at == right or found.start() - at == left:
            return found
        if found.start() - at > right:
            return None
    return None


def _is_secret(value: str) -> bool:
    return (
        (values.is_made(value) or values.is_uncommon(value))
        and not values.is_placeholder(value)
        and not values.is_path(value)
    )
