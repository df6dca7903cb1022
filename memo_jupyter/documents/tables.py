"""Tables in CSV and TSV files, as a summary: a file's rows are data to be looked up, not texts to be recalled."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from memo_jupyter.documents.decoding import decoded
from memo_jupyter.documents.part import ALIVE, Part, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memo_jupyter.documents.part import Parts

_ROWS = 5
_COLUMNS = 200  # that are described; of the others it is said how many there are
_CELL = 60  # characters of a cell that are shown
_EXAMPLES = 3
_SEPARATORS = "\t;|,"  # the last stands in numbers and sentences, too
_MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "-", "?"))
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
_WORDS = frozenset(("true", "false", "yes", "no"))
_AT_ONCE = 10_000  # rows
_HEAD = 20  # lines that show what stands between the cells


def read_table(data: bytes) -> Parts:
    """Sum a table up: its shape, its columns, a few rows, and what is missing.

    Raises
    ------
    Unreadable
    """
    text = decoded(data)
    separator = _separator(text)
    try:
        rows = csv.reader(io.StringIO(text), delimiter=separator)
        head = next((row for row in rows if row), [])
        columns = [_Column(name.strip() or f"column {number}") for number, name in enumerate(head[:_COLUMNS], 1)]
        shown: list[Sequence[str]] = []
        number = 0
        for row in filter(None, rows):
            number += 1
            if number % _AT_ONCE == 0:
                yield ALIVE
            if number <= _ROWS:
                shown.append(row)
            for place, column in enumerate(columns):
                column.take(row[place] if place < len(row) else "")
    except csv.Error as error:
        raise Unreadable(f"it is not a table ({error})") from None
    if columns:
        yield Part("\n".join(_told(columns, len(head), number, shown)))


def _told(columns: Sequence[_Column], width: int, number: int, shown: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"A table of {number:,} {'row' if number == 1 else 'rows'} and {width:,} columns."
    yield ""
    yield from (f"- {column.described()}" for column in columns)
    if width > len(columns):
        yield f"- … and {width - len(columns):,} more columns"
    if shown:
        yield ""
        yield "The first rows:"
        yield " | ".join(_short(column.name) for column in columns)
        yield from (" | ".join(map(_short, row[: len(columns)])) for row in shown)


@dataclass
class _Column:
    name: str
    missing: int = 0
    kinds: set[str] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)

    def take(self, cell: str) -> None:
        value = cell.strip()
        if value.lower() in _MISSING:
            self.missing += 1
            return
        if "text" not in self.kinds:  # once a column has text, nothing more can come of it
            self.kinds.add(_kind(value))
        if len(self.examples) < _EXAMPLES and value not in self.examples:
            self.examples.append(value)

    def described(self) -> str:
        kind = "empty" if not self.kinds else next(iter(self.kinds)) if len(self.kinds) == 1 else "text"
        if self.kinds == {"whole number", "number"}:
            kind = "number"
        missing = f", {self.missing:,} missing" if self.missing else ""
        such = f"; such as {', '.join(map(_short, self.examples))}" if self.examples else ""
        return f"{_short(self.name)}: {kind}{missing}{such}"


def _kind(value: str) -> str:
    if _WHOLE.fullmatch(value):
        return "whole number"
    if _NUMBER.fullmatch(value):
        return "number"
    if value.lower() in _WORDS:
        return "yes or no"
    try:
        datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return "text"
    return "date"


def _separator(text: str) -> str:
    """Choose what stands between the cells: what is as often on each of the first lines, and most often.

    The standard library's sniffer takes minutes for some texts.
    """
    lines = [line[:5000] for line in islice(io.StringIO(text), _HEAD) if line.strip()]
    counts = {one: [line.count(one) for line in lines] for one in _SEPARATORS}
    even = [one for one, found in counts.items() if found and found[0] and len(set(found)) == 1]
    return max(even or _SEPARATORS, key=lambda one: counts[one][0] if counts[one] else 0)


def _short(cell: str) -> str:
    words = " ".join(cell.split())
    return words if len(words) <= _CELL else words[: _CELL - 1] + "…"
