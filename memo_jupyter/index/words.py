"""Words as they stand in texts, for `forget`: in this form and no other, but for upper and lower case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.index.analysis import runs, tokens_of_run
from memo_jupyter.index.rows import Filter, typed, understood

if TYPE_CHECKING:
    from memo_jupyter.index.catalog import Catalog

_MOST = 50
"""Tokens that the catalog is asked for; of a whole page, those narrow it down enough."""


def has_words(query: str) -> bool:
    """Tell whether there is anything in `query` that can be looked for."""
    return bool(runs(query))


def stand_in(text: str, query: str) -> bool:
    """Tell whether every word of `query` stands in `text`; a common word counts like any other."""
    return set(runs(query)) <= set(runs(text))


def candidates(catalog: Catalog, query: str, where: Filter | None = None) -> list[str]:
    """List the ids of all records that fit `where` and in whose text every word of `query` may stand, newest first.

    None is missed: the chunk of a text in which a word stands has the tokens of that word. Only where a text was cut
    may a word have been, so a record of more than one chunk is always listed.
    """
    tokens = list(dict.fromkeys(token for run in runs(query) for token in tokens_of_run(run)))[:_MOST]
    condition, values = (where or Filter()).sql()
    having = " AND ".join(["1", *["instr(' ' || c.words || ' ', ?)"] * len(tokens)])
    with catalog.transaction() as db:
        found = db.execute(
            f"SELECT c.record FROM chunks c JOIN records r ON r.id = c.record WHERE {condition} "
            f"GROUP BY c.record HAVING count(*) > 1 OR max({having}) ORDER BY c.record DESC",
            (*values, *(f" {token} " for token in tokens)),
        ).fetchall()
    with understood():
        return [typed(record, str) for (record,) in found]


def latest_having(catalog: Catalog, query: str, where: Filter, limit: int) -> list[str]:
    """List the ids of the newest records that fit `where` and have the tokens of `query` in one chunk, newest first.

    Unlike `candidates`, it misses a word that was cut, which a name in code hardly is: code is cut between statements.
    """
    tokens = list(dict.fromkeys(token for run in runs(query) for token in tokens_of_run(run)))[:_MOST]
    condition, values = where.sql()
    having = " AND ".join(["1", *["instr(' ' || c.words || ' ', ?)"] * len(tokens)])
    with catalog.transaction() as db:
        # In the order of the index, so that what is common is found after a few rows.
        found = db.execute(
            f"SELECT c.record FROM chunks c CROSS JOIN records r ON r.id = c.record WHERE {having} AND "
            f"{condition} ORDER BY c.record DESC LIMIT ?",
            (*(f" {token} " for token in tokens), *values, 2 * limit),
        ).fetchall()
    with understood():
        return list(dict.fromkeys(typed(record, str) for (record,) in found))[:limit]
