"""From a question to the memories that bear on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.errors import StoreError, UnknownId
from memo_jupyter.recall.candidates import gather
from memo_jupyter.recall.excerpt import excerpt
from memo_jupyter.recall.ranking import rank, varied
from memo_jupyter.types import Hit

if TYPE_CHECKING:
    from collections.abc import Callable

    from memo_jupyter.errors import MemoError
    from memo_jupyter.index.index import Index
    from memo_jupyter.index.lines import Line
    from memo_jupyter.index.rows import Filter
    from memo_jupyter.recall.asked import Asked
    from memo_jupyter.records.store import RecordStore

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
    unreadable: Callable[[str, MemoError], None] | None = None,
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
        try:
            record = store.read(found.record)
        except (StoreError, UnknownId) as error:
            if unreadable:
                unreadable(found.record, error)
            continue
        shown = excerpt(record.text, found.start, found.end, asked.text)
        hits.append(Hit(record, ranked.score, ranked.why, shown, (found.start, found.end)))
    return hits
