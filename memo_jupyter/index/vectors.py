"""The table of vectors, asked: what came after a label, what fits a filter, which chunk a label is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from memo_jupyter.errors import CorruptIndex
from memo_jupyter.index.dense import are_unit, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memo_jupyter.index.catalog import Catalog
    from memo_jupyter.index.dense import Labels, Vectors
    from memo_jupyter.index.rows import Filter

_MARKS = 500  # SQLite's oldest limit on the marks of a statement is 999


def newest(catalog: Catalog) -> int:
    """Tell the highest label there is."""
    with catalog.transaction() as db:
        return int(db.execute("SELECT max(label) FROM vectors").fetchone()[0] or 0)


def labels(catalog: Catalog) -> Labels:
    """List all labels, sorted."""
    with catalog.transaction() as db:
        rows = db.execute("SELECT label FROM vectors").fetchall()  # unsorted, so that the vectors need not be read
    return np.sort(np.fromiter((label for (label,) in rows), np.int64, len(rows)))


def count(catalog: Catalog, label: int) -> int:
    """Count the vectors whose labels are from 1, the lowest that is given, to `label`."""
    with catalog.transaction() as db:  # with the plus, another index is used, and the vectors need not be read
        return int(db.execute("SELECT count(*) FROM vectors WHERE +label BETWEEN 1 AND ?", (label,)).fetchone()[0])


def after(catalog: Catalog, label: int, dim: int) -> tuple[Labels, Vectors]:
    """Give the vectors whose labels are higher than `label`, sorted by it: labels and vectors, shape (n, dim)."""
    with catalog.transaction() as db:
        rows = db.execute("SELECT label, value FROM vectors WHERE label > ? ORDER BY label", (label,)).fetchall()
    return _unpacked(rows, dim)


def picked(catalog: Catalog, where: Filter, dim: int, most: int) -> tuple[Labels, Vectors] | None:
    """Give the vectors of the records that fit a filter: labels and vectors, shape (n, dim); None if above `most`."""
    condition, values = where.sql()
    with catalog.transaction() as db:
        fitting = db.execute(
            "SELECT v.label FROM records r JOIN chunks c ON c.record = r.id JOIN vectors v ON v.chunk = c.id "
            f"WHERE {condition} LIMIT ?",
            (*values, most + 1),
        ).fetchall()
        if len(fitting) > most:
            return None
        rows: list[tuple[int, bytes]] = []
        for part in _parts([label for (label,) in fitting]):
            marks = ", ".join("?" * len(part))
            rows += db.execute(f"SELECT label, value FROM vectors WHERE label IN ({marks})", part).fetchall()
    return _unpacked(rows, dim)


def fitting(catalog: Catalog, labels: Sequence[int], where: Filter) -> set[int]:
    """Tell which of some labels are of records that fit a filter."""
    condition, values = where.sql()
    found: set[int] = set()
    with catalog.transaction() as db:
        for part in _parts(labels):
            # CROSS: or SQLite would look at all that fit the filter, and not at these few.
            statement = (
                "SELECT v.label FROM vectors v CROSS JOIN chunks c ON c.id = v.chunk CROSS JOIN records r "
                f"ON r.id = c.record WHERE v.label IN ({', '.join('?' * len(part))}) AND {condition}"
            )
            found |= {label for (label,) in db.execute(statement, (*part, *values))}
    return found


def of_chunks(catalog: Catalog, chunks: Sequence[int], dim: int) -> tuple[Labels, Vectors]:
    """Give the vectors of some chunks: the chunks that have one, and their vectors, shape (n, dim)."""
    rows: list[tuple[int, bytes]] = []
    with catalog.transaction() as db:
        for part in _parts(chunks):
            statement = f"SELECT chunk, value FROM vectors WHERE chunk IN ({', '.join('?' * len(part))})"
            rows += db.execute(statement, part).fetchall()
    return _unpacked(rows, dim)


def chunks_of(catalog: Catalog, labels: Sequence[int]) -> dict[int, int]:
    """Tell of each label which chunk it is of; one that is gone is left out."""
    found: dict[int, int] = {}
    with catalog.transaction() as db:
        for part in _parts(labels):
            marks = ", ".join("?" * len(part))
            found |= dict(db.execute(f"SELECT label, chunk FROM vectors WHERE label IN ({marks})", part))
    return found


def _parts(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[start : start + _MARKS] for start in range(0, len(numbers), _MARKS)]


def _unpacked(rows: list[tuple[int, bytes]], dim: int) -> tuple[Labels, Vectors]:
    if any(not isinstance(value, bytes) or len(value) != 2 * dim for _, value in rows):
        raise CorruptIndex("The catalog holds a vector of another length.")
    numbers = np.fromiter((number for number, _ in rows), np.int64, len(rows))
    values = unpack([value for _, value in rows], dim)
    if not are_unit(values):
        raise CorruptIndex("The catalog holds a vector that memo does not write.")
    return numbers, values
