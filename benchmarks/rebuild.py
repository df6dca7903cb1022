"""How long an index is made anew from the records, and the share of it that is hnswlib itself.

The floor: hnswlib alone building a graph of the same vectors with the same settings and as many threads.

    python benchmarks/rebuild.py [--n 100000]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import defaultdict
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hnswlib
import stores
from measuring import report, timed

from memo_jupyter.index import dense, generations, segments, vectors
from memo_jupyter.index.index import Index
from memo_jupyter.records.store import RecordStore

if TYPE_CHECKING:
    from collections.abc import Iterator

spent: defaultdict[str, float] = defaultdict(float)


def timing(owner: Any, name: str, part: str) -> None:
    """Add up what the calls of a function take."""
    inner = getattr(owner, name)

    @wraps(inner)
    def around(*given: Any, **named: Any) -> Any:
        start = time.perf_counter()
        try:
            return inner(*given, **named)
        finally:
            spent[part] += time.perf_counter() - start

    setattr(owner, name, around)


def rows_of(whole: float, floor: float) -> Iterator[dict[str, Any]]:
    yield {"what": "floor: hnswlib alone, the same vectors", "seconds": round(floor, 2)}
    yield {"what": "rebuild and publish", "seconds": round(whole, 2), "ratio": round(whole / floor, 2)}
    for part, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        yield {"what": f"  of that: {part}", "seconds": round(seconds, 2), "share": f"{seconds / whole:.0%}"}
    left = whole - sum(spent.values())
    yield {"what": "  of that: the rest", "seconds": round(left, 2), "share": f"{left / whole:.0%}"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=100_000, help="memories in the store")
    number = parser.parse_args().n
    with tempfile.TemporaryDirectory(dir=stores.ready(number).parent) as folder:
        with stores.opened(stores.copied(number, Path(folder)), publish_after=1) as memo:
            parts = memo._open()  # noqa: SLF001  # so that it is done here, and not in the background
            parts.indexer.wake = lambda: None
            timing(RecordStore, "read", "read the records")
            timing(Index, "add", "catalog, words and vectors")
            timing(segments, "_build", "tantivy")
            timing(vectors, "after", "read the vectors")
            timing(dense.Graph, "add", "hnswlib")
            timing(dense.Graph, "save", "hnswlib writes the graph")
            timing(generations, "_digest", "its checksum")
            whole = timed(memo.rebuild) + timed(parts.index.lexical.publish) + timed(parts.index.near.publish)
            measured = dict(spent)
            labels, values = vectors.after(parts.index.catalog, 0, stores.BenchEmbedder.dim)
            spent.clear()
            spent.update(measured)
        index = hnswlib.Index("ip", stores.BenchEmbedder.dim)
        index.init_index(len(labels), M=16, ef_construction=200, random_seed=7)
        threads = max(1, (os.cpu_count() or 2) - 1)  # as memo does
        floor = timed(lambda: index.add_items(values, labels, num_threads=threads))
    report(f"rebuild, {number:,} memories", list(rows_of(whole, floor)))


if __name__ == "__main__":
    main()
