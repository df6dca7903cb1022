"""From a question to the memories that bear on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.errors import StoreError, UnknownId
from memo_jupyter.recall.candidates import gather
from memo_jupyter.recall.excerpt import excerpt_of
from memo_jupyter.recall.ranking import rank, varied
from memo_jupyter.types import Hit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from memo_jupyter.errors import MemoError
    from memo_jupyter.index.index import Index
    from memo_jupyter.index.lines import Line
    from memo_jupyter.index.rows import Filter
    from memo_jupyter.recall.asked import Asked
    from memo_jupyter.records.store import RecordStore
    from memo_jupyter.types import Record

_BREADTH = 30
"""Candidates by meaning, at the least: fusion needs more than it returns."""


def recall(
    store: RecordStore,
    index: Index,
    asked: Asked,
    k: int,
    *,
    where: Filter | None = None,
    wanted: Callable[[Line], bool] = lambda _: True,
    unreadable: Callable[[str, MemoError], None] = lambda *_: None,
    neighbours: int = 0,
) -> list[Hit]:
    """Find the `k` memories that answer a question best.

    Parameters
    ----------
    where : Filter or None
        Which records are meant.
    wanted : callable
        Told of a candidate, says whether its record may be recalled.
    unreadable : callable, optional
        Told the id of a record that cannot be read, and why; the rest goes on.
    neighbours : int
        How many memories before and after each hit are given with it.

    Returns
    -------
    list of Hit
        Best first; fewer than `k` if fewer have anything to do with it.
    """
    candidates = gather(index, asked, max(_BREADTH, 4 * k), where)
    if candidates is None:
        return []
    hits: list[Hit] = []
    for ranked in varied(rank(candidates, asked, found_only=where is not None)):
        if len(hits) == k:
            break
        found = ranked.line
        if not wanted(found):
            continue
        for record in _readable(store, [found.record], unreadable):
            shown = excerpt_of(record, found.start, found.end, asked.text)
            sides = index.neighbours(record.id, neighbours) if neighbours else ([], [])
            before, after = (tuple(_readable(store, side, unreadable)) for side in sides)
            hits.append(Hit(record, ranked.score, ranked.why, shown, (found.start, found.end), before, after))
    return hits


def _readable(store: RecordStore, ids: list[str], unreadable: Callable[[str, MemoError], None]) -> Iterator[Record]:
    for one in ids:
        try:
            yield store.read(one)
        except (StoreError, UnknownId) as error:
            unreadable(one, error)
