"""What a recall costs as memory grows: time, the share of it that is memo, what HNSW misses, opening, RAM and disk.

The stores are those of `stores.py`: notes of an invented language in notebooks of sixty cells. Questions are asked once
with vectors that take no time, and once with the real embedding model; what is found is measured elsewhere. `search` is
the HNSW graph and the words alone; `recall` also reads the catalog, ranks, and reads the records' files. The floors are
hnswlib's own `knn_query` on the same graph, and onnxruntime's session behind the same model.

    python benchmarks/scale.py [--n 10000 100000] [--asked 300]     (1000000 takes half an hour to make)
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import histories
import hnswlib
import numpy as np
import psutil
import stores
from measuring import report, summary, timed
from texts import notes, questions

from memo_jupyter.index.dense import Graph
from memo_jupyter.index.nearest import LOADING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memo_jupyter import Memo
    from memo_jupyter.index.dense import Vectors

_TOP = 10
_MANY = 200  # questions of which the exact answer is computed
_FOUND = 200_000  # vectors of which the graph is built anew for that
_ROUNDING = 1e-5

OPENING = """
import json, sys, time
start = time.perf_counter()
import memo_jupyter.opened, psutil
from memo_jupyter.testing import fake_memo
sys.path.insert(0, sys.argv[2])
imported = time.perf_counter()
from stores import opened
begun = time.perf_counter()
memo = opened(sys.argv[1])
hits = memo.recall(sys.argv[3], k=6)
first = time.perf_counter() - begun + imported - start
told = memo.take_notices()
begun = time.perf_counter()
while "meaning" not in (memo.recall(sys.argv[3], k=6) or hits)[0].why or memo.take_notices():
    time.sleep(0.02)
whole = first + time.perf_counter() - begun
rss = psutil.Process().memory_info().rss
print(json.dumps({"first": first, "whole": whole, "partial": bool(told), "hits": len(hits), "rss": rss}))
memo.close()
"""


def opening(store: Path, question: str, runs: int) -> dict[str, Any]:
    """Open the store in fresh processes: seconds from nothing to the first answer, and the memory they take."""
    command = [sys.executable, "-c", OPENING, str(store), str(Path(__file__).parent), question]
    found = []
    for run in range(runs + 1):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        if run:  # the first warms the disk's cache
            found.append(json.loads(done.stdout.splitlines()[-1]))
    middle = sorted(found, key=lambda one: one["first"])[len(found) // 2]
    return {
        "first answer ms": round(1000 * middle["first"]),
        "it was": "by words alone" if middle["partial"] else "whole",
        "first whole answer ms": round(1000 * sorted(one["whole"] for one in found)[len(found) // 2]),
        "resident MB": round(middle["rss"] / 1e6),
    }


def found(number: int) -> float:
    """Give the share of the exact nearest `_TOP` that memo's graph of so many vectors finds.

    Sums of random words are farther from one another than texts are, so here vectors are mixtures of three embeddings
    of real cells (`histories/`), by the real model; questions are mixtures too.
    """
    cells = [history.memory(cell)["text"] for history in histories.read_all() for cell in history.cells]
    seeds = stores.BenchEmbedder(real=True).embed(cells)
    rng = np.random.default_rng(0)
    vectors, queries = _mixed(seeds, number, rng), _mixed(seeds, _MANY, rng)
    graph = Graph(vectors.shape[1])
    graph.add(np.arange(1, number + 1), vectors)
    shares = []
    for query in queries:
        least = np.sort(vectors @ query)[-_TOP]
        # By cosine, not by label: equally near ones may stand for one another.
        shares.append(np.mean([one >= least - _ROUNDING for one in graph.nearest(query, _TOP).values()]))
    return float(np.mean(shares))


def _mixed(seeds: Vectors, number: int, rng: np.random.Generator) -> Vectors:
    shares = rng.dirichlet(np.ones(3), number).astype(np.float32)
    of = rng.integers(len(seeds), size=(number, 3))
    mixed = sum(shares[:, [place]] * seeds[of[:, place]] for place in range(3))
    mixed = np.asarray(mixed + 0.02 * rng.standard_normal((number, seeds.shape[1]), np.float32), np.float32)
    return mixed / np.linalg.norm(mixed, axis=1, keepdims=True)


def raw_graph(store: Path, asked: list[str]) -> list[float]:
    """Ask hnswlib itself, as memo asks it."""
    (path,) = store.glob("index/generations/*/dense.hnsw")
    index = hnswlib.Index("ip", stores.BenchEmbedder.dim)
    index.load_index(str(path))
    index.set_ef(200)
    rows = stores.BenchEmbedder().embed(asked)
    return [timed(lambda row=row: index.knn_query(row[None], k=30, num_threads=1)) for row in rows]


def raw_model(embedder: stores.BenchEmbedder, asked: list[str]) -> list[float]:
    """Ask onnxruntime itself for the embedding, tokens given."""
    embedder.embed(["warm up"])
    model = embedder.model._model.model  # noqa: SLF001  # fastembed's, and in it the session
    spent = []
    for question in asked:
        tokens = model.tokenizer.encode(question)
        given = {
            "input_ids": np.array([tokens.ids]),
            "attention_mask": np.array([tokens.attention_mask]),
            "token_type_ids": np.array([tokens.type_ids]),
        }
        names = {one.name for one in model.model.get_inputs()}
        given = {name: value for name, value in given.items() if name in names}
        spent.append(timed(lambda given=given: model.model.run(None, given)))
    return spent


@contextmanager
def with_delta(store: Path, number: int, more: int) -> Iterator[Memo]:
    """Give a store that has so many memories more, in no generation yet: linked files, the index copied."""
    with tempfile.TemporaryDirectory(dir=store.parent) as folder:
        copy = Path(folder) / "store"
        shutil.copytree(store, copy, copy_function=os.link, ignore=shutil.ignore_patterns("index", "tmp"))
        shutil.copytree(store / "index", copy / "index")
        with stores.opened(copy, publish_after=10 * number) as memo:
            parts = memo._open()  # noqa: SLF001  # nothing is forced to the disk, or published
            parts.store.disk = stores.HastyDisk()
            memo.remember_many(notes(number + more)[number:], progress=False)
            yield memo


def row(what: str, number: int, seconds: list[float], **more: Any) -> dict[str, Any]:
    return {"what": what, "memories": f"{number:,}", **summary(seconds), **more}


def measure(number: int, count: int, runs: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Measure one store: rows of times, and a row of sizes."""
    store = stores.ready(number)
    asked = questions(notes(min(number, 100_000)), count + 20)
    facts: dict[str, Any] = {"memories": f"{number:,}", **opening(store, asked[0], runs)}
    size = {part: _size(store / part) for part in ("records", "index")}
    facts |= {f"{part} MB": round(value / 1e6) for part, value in size.items()}
    facts["bulk per second"] = stores.speed(number)
    with stores.opened(store) as memo:
        recall = _recall(memo, asked)
        search = _search(memo, asked)
    facts[f"HNSW finds of the exact top {_TOP}"] = round(found(number), 4) if number <= _FOUND else "not measured"
    real = stores.BenchEmbedder(real=True)
    with stores.opened(store, real) as memo:
        embedded = _recall(memo, asked)
    graph, model = raw_graph(store, asked), raw_model(real, asked)
    limit = summary([one + two for one, two in zip(graph, model, strict=True)])["p50_ms"]
    own = summary(embedded)["p50_ms"]
    more = number // 8
    with with_delta(store, number, more) as memo:
        delta = _recall(memo, asked)
    return [
        row("floor: hnswlib alone", number, graph),
        row("floor: onnxruntime alone", number, model),
        row("search: graph and words", number, search),
        row("recall without embedding", number, recall),
        row("recall with embedding", number, embedded, **{"memo's own share": f"{1 - limit / own:.0%}"}),
        row(f"recall without embedding, {more:,} more in no generation yet", number, delta),
    ], facts


def _recall(memo: Memo, asked: list[str]) -> list[float]:
    for question in asked[:20]:
        memo.recall(question)
        while LOADING in memo.take_notices():  # told of the graph until it is there
            time.sleep(0.1)
            memo.recall(question)
    return [timed(lambda question=question: memo.recall(question, k=6)) for question in asked[20:]]


def _search(memo: Memo, asked: list[str]) -> list[float]:
    index, rows = memo._open().index, stores.BenchEmbedder().embed(asked[20:])  # noqa: SLF001  # a part of recall
    return [
        timed(lambda row=row, question=question: (index.nearest(row, 30), index.sharing_words(question, 60)))
        for row, question in zip(rows, asked[20:], strict=True)
    ]


def _size(folder: Path) -> int:
    return sum(os.lstat(Path(at, name)).st_blocks * 512 for at, _, names in os.walk(folder) for name in names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, nargs="+", default=[10_000, 100_000], help="memories in the store")
    parser.add_argument("--asked", type=int, default=300)
    parser.add_argument("--runs", type=int, default=5, help="fresh processes that open it")
    given = parser.parse_args()
    times: list[dict[str, Any]] = []
    facts = []
    for number in given.n:
        rows, one = measure(number, given.asked, given.runs)
        times += rows
        facts.append(one)
    report(f"scale: times of a question, this process took {psutil.Process().memory_info().rss / 1e6:.0f} MB", times)
    report("scale: opening and sizes", facts)


if __name__ == "__main__":
    main()
