"""From a question to the memories that bear on it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from memo_jupyter.errors import StoreError, UnknownId
from memo_jupyter.recall.candidates import gather
from memo_jupyter.recall.excerpt import excerpt
from memo_jupyter.recall.ranking import rank
from memo_jupyter.types import Hit

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from memo_jupyter.index.index import Index
    from memo_jupyter.index.rows import Filter
    from memo_jupyter.recall.candidates import Candidate
    from memo_jupyter.records.store import RecordStore

_BREADTH = 60
"""Candidates from each side, at the least: fusion needs more than it returns."""


def recall(
    store: RecordStore,
    index: Index,
    query: str,
    vector: NDArray[np.float32],
    k: int,
    *,
    where: Filter | None = None,
    wanted: Callable[[Candidate], bool] | None = None,
    damaged: Callable[[str, str], None] | None = None,
) -> list[Hit]:
    """Find the `k` memories that answer `query` best.

    Parameters
    ----------
    vector : ndarray, shape (dim,)
        The embedding of `query`.
    where : Filter or None
        Which records are meant.
    wanted : callable, optional
        Told of a candidate, says whether its record may be recalled.
    damaged : callable, optional
        Told the id of a record that cannot be read, and why; the rest goes on.

    Returns
    -------
    list of Hit
        Best first; fewer than `k` if fewer have anything to do with it.
    """
    candidates = gather(index, query, vector, max(_BREADTH, 4 * k), where)
    allowed = [candidate for candidate in candidates if wanted is None or wanted(candidate)]
    hits: list[Hit] = []
    for ranked in rank(allowed, datetime.now(timezone.utc)):
        if len(hits) == k:
            break
        found = ranked.candidate
        try:
            record = store.read(found.record)
        except (StoreError, UnknownId) as error:
            if damaged:
                damaged(found.record, str(error))
            continue
        shown = excerpt(record.text, found.start, found.end, query)
        hits.append(Hit(record, ranked.score, ranked.why, shown, (found.start, found.end)))
    return hits
