"""What the catalog tells of chunks that may answer a question, and which chunks stand beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from memo_jupyter.index.rows import typed, understood, worded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from memo_jupyter.index.catalog import Catalog

T = TypeVar("T")

_MARKS = 500  # SQLite's oldest limit on the marks of a statement is 999

_AUTHORS = 100
"""A memory with more authors than that is an archive; their names are words like others."""

REACH = 2
"""How many chunks before and after one are its neighbours."""


class Line(NamedTuple):
    """A chunk with what is known of its record.

    Attributes
    ----------
    chunk : int
        Its number; those of one record follow one another.
    record : str
        The id of its record.
    start, end : int
        Where it stands in the record's text.
    words : str
        The words of the chunk as they are indexed, one space between two.
    about : str
        The words of what is known of the record: its author, date, thread, source and tags.
    session : str or None
        What the record is a part of: its thread, or its notebook or file.
    author : str or None
    created : int
        Microseconds since the beginning of 1970, UTC.
    kind : str
    tags : tuple of str
    """

    chunk: int
    record: str
    start: int
    end: int
    words: str
    about: str
    session: str | None
    author: str | None
    created: int
    kind: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """The chunks before and after one, the nearest first; fewer than `REACH` at the ends of a session."""

    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()


_NAME = (str, type(None))
_TYPES = frozenset(
    (int, str, int, int, str, str, session, author, int, str, str) for session in _NAME for author in _NAME
)


def lines(catalog: Catalog, chunks: Iterable[int]) -> dict[int, Line]:
    """Tell of chunks, in the order in which they are given; one that is gone is left out."""
    chunks = list(chunks)
    found: dict[int, Line] = {}
    with catalog.transaction() as db, understood():
        for part in _parts(chunks):
            rows = db.execute(
                'SELECT c.id, c.record, c.start, c."end", c.words, r.about, r.session, r.author, r.created, r.kind, '
                f"r.tags FROM chunks c JOIN records r ON r.id = c.record WHERE c.id IN ({', '.join('?' * len(part))})",
                part,
            )
            for row in rows:
                if tuple(map(type, row)) not in _TYPES:  # SQLite keeps a value of any type anywhere, and so may damage
                    raise TypeError("a chunk with other values")
                found[row[0]] = Line._make((*row[:10], tuple(json.loads(row[10])) if row[10] != "[]" else ()))
    return {chunk: found[chunk] for chunk in chunks if chunk in found}


def of_earlier_runs(catalog: Catalog, chunks: Iterable[int]) -> set[int]:
    """Tell which chunks are of records that a later one has taken the place of."""
    found: set[int] = set()
    with catalog.transaction() as db, understood():
        for part in _parts(list(chunks)):
            rows = db.execute(
                "SELECT c.id FROM chunks c WHERE c.id IN "
                f"({', '.join('?' * len(part))}) AND EXISTS (SELECT 1 FROM records WHERE supersedes = c.record)",
                part,
            )
            found.update(typed(chunk, int) for (chunk,) in rows)
    return found


def authors(catalog: Catalog) -> list[str]:
    """List whose memories there are, up to `_AUTHORS`."""
    found: list[str] = []
    name: str | None = ""
    with catalog.transaction() as db, understood():
        while name is not None and len(found) < _AUTHORS:  # from name to name in the index, not from row to row
            name = worded(db.execute("SELECT min(author) FROM records WHERE author > ?", (name,)).fetchone()[0])
            if name is not None:
                found.append(name)
    return found


def beside(catalog: Catalog, found: Sequence[Line]) -> dict[int, Beside]:
    """Tell which chunks stand before and after each of `found`, in its record and in the session that it is part of."""
    following: dict[int, Beside] = {}
    with catalog.transaction() as db, understood():
        ends: dict[str, tuple[int, int]] = {}
        for part in _parts(sorted({line.record for line in found})):
            marks = ", ".join("?" * len(part))
            statement = f"SELECT record, min(id), max(id) FROM chunks WHERE record IN ({marks}) GROUP BY record"
            ends |= {record: (first, last) for record, first, last in db.execute(statement, part)}
        for line in found:
            first, last = (typed(end, int) for end in ends[line.record])
            before = list(range(line.chunk - 1, max(first, line.chunk - REACH) - 1, -1))
            after = list(range(line.chunk + 1, min(last, line.chunk + REACH) + 1))
            if line.session is not None and len(before) < REACH:
                before += _of_session(db, _BEFORE, line)
            if line.session is not None and len(after) < REACH:
                after += _of_session(db, _AFTER, line)
            following[line.chunk] = Beside(tuple(before[:REACH]), tuple(after[:REACH]))
    return following


def neighbours(catalog: Catalog, record: str, number: int) -> tuple[list[str], list[str]]:
    """Name up to so many records before and after one in its session, in order of time."""
    sides = []
    with catalog.transaction() as db, understood():
        for sign, order in (("<", "DESC"), (">", "ASC")):
            rows = db.execute(
                "SELECT o.id FROM records r JOIN records o ON o.session = r.session "
                f"AND (o.created, o.id) {sign} (r.created, r.id) WHERE r.id = ? "
                f"ORDER BY o.created {order}, o.id {order} LIMIT ?",
                (record, number),
            )
            sides.append([typed(one, str) for (one,) in rows])
    return sides[0][::-1], sides[1]


# Of another record, the chunk that is nearest: the last of one before, the first of one after.
_BEFORE = (
    "SELECT (SELECT max(id) FROM chunks WHERE record = r.id) FROM records r WHERE r.session = ? "
    "AND (r.created, r.id) < (?, ?) ORDER BY r.created DESC, r.id DESC LIMIT ?"
)
_AFTER = (
    "SELECT (SELECT min(id) FROM chunks WHERE record = r.id) FROM records r WHERE r.session = ? "
    "AND (r.created, r.id) > (?, ?) ORDER BY r.created, r.id LIMIT ?"
)


def _of_session(db: object, statement: str, line: Line) -> list[int]:
    rows = db.execute(statement, (line.session, line.created, line.record, REACH)).fetchall()  # type: ignore[attr-defined]
    return [chunk for (chunk,) in rows if chunk is not None]


def _parts(numbers: Sequence[T]) -> list[Sequence[T]]:
    return [numbers[start : start + _MARKS] for start in range(0, len(numbers), _MARKS)]
