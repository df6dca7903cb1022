"""The nearest vectors of a graph and of a pile, of all records or of those that fit a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.index import vectors
from memo_jupyter.index.dense import Pile

if TYPE_CHECKING:
    from memo_jupyter.index.catalog import Catalog
    from memo_jupyter.index.dense import Graph, Vectors
    from memo_jupyter.index.rows import Filter

FEW = 5000
"""Vectors that fit a filter and are compared one by one; and how many of the graph's nearest are tried for more."""


def nearest(
    catalog: Catalog, graph: Graph | None, pile: Pile, query: Vectors, k: int, where: Filter | None
) -> dict[int, float]:
    """Find the chunks nearest to the unit vector `query`, shape (dim,): id and cosine of at most `k`, best first."""
    asked = k if where is None else 4 * k
    while True:
        found = pile.nearest(query, asked) | (graph.nearest(query, asked) if graph else {})
        labels = dict(sorted(found.items(), key=lambda item: -item[1])[:asked])
        if where is not None:
            there = vectors.fitting(catalog, list(labels), where)
            labels = {label: cosine for label, cosine in labels.items() if label in there}
        best = _of_chunks(catalog, labels)
        # What another process has forgotten may stand among the nearest still: then more are asked for.
        if len(best) >= k or len(found) < asked:
            return dict(list(best.items())[:k])
        asked *= 2 if where is None else 4
        if where is not None and asked > FEW:  # those that fit stand far off
            return compared(catalog, query, k, where) or {}


def compared(catalog: Catalog, query: Vectors, k: int, where: Filter, most: int = 1 << 62) -> dict[int, float] | None:
    """Compare with all that fit a filter, one by one; None if those are more than `most`."""
    picked = vectors.picked(catalog, where, len(query), most)
    if picked is None:
        return None
    pile = Pile(len(query))
    pile.add(*picked)
    return _of_chunks(catalog, pile.nearest(query, k))


def _of_chunks(catalog: Catalog, found: dict[int, float]) -> dict[int, float]:
    chunks = vectors.chunks_of(catalog, list(found))
    return {chunks[label]: cosine for label, cosine in found.items() if label in chunks}
