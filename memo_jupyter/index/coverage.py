"""Which chunks are in segments and which not yet, and which segment is to be written next."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.index.rows import typed, understood

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memo_jupyter.index.catalog import Catalog
    from memo_jupyter.index.rows import Filter

    Ranges = Sequence[tuple[int, int]]
    Rows = list[tuple[int, str]]

LARGEST = 65_536
"""Chunks that a segment has, at the most: a second of work to write it again when one of them is forgotten."""

_ALIKE = 4  # neighbours of a size that are merged; segments of a size are those within a factor of four
_MARKS = 500  # SQLite's oldest limit on the marks of a statement is 999
_WORDS = "SELECT c.id, c.words || ' ' || r.about FROM chunks c JOIN records r ON r.id = c.record"


@dataclass(frozen=True, slots=True, order=True)
class Live:
    """A row of the table of live segments."""

    first: int
    last: int
    name: str
    digest: str


def look(catalog: Catalog) -> tuple[int, tuple[Live, ...]]:
    """Give the newest chunk's id, or 0, and the live segments, in order."""
    with catalog.transaction() as db:
        newest = db.execute("SELECT max(id) FROM chunks").fetchone()[0]
        found = db.execute("SELECT first, last, name, digest FROM segments").fetchall()
    with understood():
        return typed(newest or 0, int), tuple(
            sorted(Live(typed(first, int), typed(last, int), typed(name, str), typed(digest, str))
                   for first, last, name, digest in found)
        )  # fmt: skip


def publish(catalog: Catalog, new: Live) -> tuple[Live, ...]:
    """Make a segment live instead of those that it has the chunks of; give all that are live."""
    with catalog.transaction(write=True) as db:
        db.execute("DELETE FROM segments WHERE first >= ? AND last <= ?", (new.first, new.last))
        db.execute(
            "INSERT INTO segments (name, first, last, digest) VALUES (?, ?, ?, ?)",
            (new.name, new.first, new.last, new.digest),
        )
        return look(catalog)[1]


def retract(catalog: Catalog, name: str) -> None:
    """Take a segment's row away, so that it is live no more."""
    with catalog.transaction(write=True) as db:
        db.execute("DELETE FROM segments WHERE name = ?", (name,))


def joined(ranges: Ranges) -> list[tuple[int, int]]:
    """Put ranges that touch together."""
    together: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if together and first <= together[-1][1] + 1:
            together[-1] = together[-1][0], max(last, together[-1][1])
        else:
            together.append((first, last))
    return together


def gaps(ranges: Ranges, newest: int) -> list[tuple[int, int]]:
    """List what `ranges` leave of the chunks from 1 to `newest`."""
    left, start = [], 1
    for first, last in joined(ranges):
        if start < first:
            left.append((start, min(first - 1, newest)))
        start = last + 1
    if start <= newest:
        left.append((start, newest))
    return [(first, last) for first, last in left if first <= last]


def count(catalog: Catalog, ranges: Ranges, most: int) -> int:
    """Count the chunks in some ranges, up to `most`."""
    found = 0
    with catalog.transaction() as db:
        for first, last in ranges:
            statement = "SELECT count(*) FROM (SELECT 1 FROM chunks WHERE id BETWEEN ? AND ? LIMIT ?)"
            found += int(db.execute(statement, (first, last, most - found)).fetchone()[0])
            if found >= most:
                break
    return found


def oldest(catalog: Catalog, first: int, last: int, most: int) -> Rows:
    """Give the chunks of a range with their words, in order; the first `most`."""
    return _rows(catalog, f"{_WORDS} WHERE c.id BETWEEN ? AND ? ORDER BY c.id LIMIT ?", (first, last, most))


def latest(catalog: Catalog, ranges: Ranges, most: int) -> Rows:
    """Give the chunks of some ranges with their words, in order; the last `most`."""
    found: Rows = []
    for first, last in sorted(ranges, reverse=True):
        left = most - len(found)
        statement = f"{_WORDS} WHERE c.id BETWEEN ? AND ? ORDER BY c.id DESC LIMIT ?"
        found += _rows(catalog, statement, (first, last, left))
    return found[::-1]


def fitting(catalog: Catalog, chunks: Sequence[int], where: Filter | None) -> set[int]:
    """Tell which of some chunks are there, and fit a filter."""
    condition, values = where.sql() if where else ("1", [])
    found: set[int] = set()
    with catalog.transaction() as db:
        for start in range(0, len(chunks), _MARKS):
            part = chunks[start : start + _MARKS]
            # CROSS: or SQLite would look at all that fit the filter, and not at these few.
            source = "chunks c CROSS JOIN records r ON r.id = c.record" if where else "chunks c"
            statement = f"SELECT c.id FROM {source} WHERE c.id IN ({', '.join('?' * len(part))}) AND {condition}"
            found |= {chunk for (chunk,) in db.execute(statement, (*part, *values))}
    return found


def picked(catalog: Catalog, where: Filter, most: int) -> list[int] | None:
    """List the chunks that fit a filter, in order; None if they are more than `most`."""
    condition, values = where.sql()
    with catalog.transaction() as db:
        rows = db.execute(
            f"SELECT c.id FROM records r JOIN chunks c ON c.record = r.id WHERE {condition} LIMIT ?",
            (*values, most + 1),
        ).fetchall()
    return sorted(chunk for (chunk,) in rows) if len(rows) <= most else None


def next_range(live: Sequence[Live], sizes: Mapping[str, int], waiting: int, after: int) -> tuple[int, int] | None:
    """Choose the live segments that are to be written as one: the range they have together, or None.

    Each chunk is written anew a constant number of times as the store grows, and few segments are to be searched.

    Parameters
    ----------
    live : sequence of Live
        In order.
    sizes : mapping of str to int
        How many chunks each has, by name; one that is not in it is left as it is.
    waiting : int
        How many chunks are in none, and may stand between them.
    after : int
        How many are the least to be written, but for what stands between others.
    """
    for place, start in enumerate(live):
        total, group, is_full = waiting, [], False
        for one in live[place:]:
            if one.name not in sizes or _class_of(one, sizes, after) != _class_of(start, sizes, after):
                break
            is_full = total + sizes[one.name] > LARGEST
            if is_full:
                break
            total += sizes[one.name]
            group.append(one)
        if len(group) >= _ALIKE or (len(group) > 1 and is_full):
            return start.first, group[-1].last
    return None


def _class_of(one: Live, sizes: Mapping[str, int], after: int) -> int:
    size = max(1, sizes.get(one.name, 0) // max(1, after))
    return int(math.log(size, _ALIKE) + 1e-9)


def _rows(catalog: Catalog, statement: str, values: Sequence[int]) -> Rows:
    with catalog.transaction() as db:
        found = db.execute(statement, values).fetchall()
    with understood():
        return [(typed(chunk, int), typed(words, str)) for chunk, words in found]
