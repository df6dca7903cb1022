"""How much was remembered when and where, added up by the catalog: no record is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from memo_jupyter.index.rows import microseconds, typed, understood, worded
from memo_jupyter.types import ERROR

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from memo_jupyter.index.catalog import Catalog
    from memo_jupyter.index.rows import Filter

# What a memory is of: its notebook or file. A thread has memories of many notebooks, and one of none.
_PLACE = "CASE WHEN r.thread IS NULL THEN r.session ELSE json_extract(r.source, '$.notebook') END"


class Amount(NamedTuple):
    """How many memories of one kind there are of one place in one stretch of time.

    Attributes
    ----------
    number : int
        Of the stretch, from 0.
    place : str or None
        The notebook or file.
    kind : str
    raised : bool
        Whether they are cells that raised an error.
    count : int
    first, last : int
        When the first and the last of them were made, in microseconds since the beginning of 1970, UTC.
    """

    number: int
    place: str | None
    kind: str
    raised: bool
    size: int
    first: int
    last: int


def ends(catalog: Catalog, where: Filter) -> tuple[int, int] | None:
    """Tell when the first and the last of the records that fit `where` were made; None if there are none."""
    condition, values = where.sql()
    found = []
    with catalog.transaction() as db, understood():
        for order in ("ASC", "DESC"):
            statement = f"SELECT r.created FROM records r WHERE {condition} ORDER BY r.created {order} LIMIT 1"
            found += db.execute(statement, values).fetchall()
        return (typed(found[0][0], int), typed(found[1][0], int)) if found else None


def amounts(catalog: Catalog, where: Filter, edges: Sequence[int]) -> list[Amount]:
    """Add up the records that fit `where`, by the stretches of time that begin at `edges`, as `created` is counted."""
    condition, values = where.sql()
    with catalog.transaction() as db, understood():
        found = db.execute(
            f"SELECT {_number(edges, 0)} AS number, {_PLACE} AS place, r.kind, instr(r.tags, ?) > 0 AS raised, "
            f"count(*), min(r.created), max(r.created) FROM records r WHERE {condition} "
            "GROUP BY number, place, r.kind, raised",
            (json.dumps(ERROR), *values),
        ).fetchall()
        return [
            Amount(number, worded(place), typed(kind, str), bool(raised), count, typed(first, int), typed(last, int))
            for number, place, kind, raised, count, first, last in found
        ]


def _number(edges: Sequence[int], first: int) -> str:
    """Word the number of the stretch that a record is in, as halves of halves: six comparisons for sixty days."""
    if len(edges) < 2:  # noqa: PLR2004  # one stretch
        return str(first)
    middle = len(edges) // 2
    before, after = _number(edges[:middle], first), _number(edges[middle:], first + middle)
    return f"CASE WHEN r.created < {int(edges[middle])} THEN {before} ELSE {after} END"


def latest_of_place(
    catalog: Catalog, place: str | None, kind: str, first: datetime, last: datetime, number: int
) -> list[str]:
    """Name the last so many records of one kind, of a place, from one moment to another."""
    with catalog.transaction() as db, understood():
        found = db.execute(
            # The sign keeps SQLite from the index of kinds: the time says more.
            f"SELECT r.id FROM records r WHERE r.created BETWEEN ? AND ? AND +r.kind = ? AND {_PLACE} IS ? "
            "ORDER BY r.created DESC LIMIT ?",
            (microseconds(first), microseconds(last), kind, place, number),
        ).fetchall()
        return [typed(one, str) for (one,) in found]
