"""How long it takes in a fresh process from `Memo(path)` to the first answer of `recall`, and where the time goes.

The store holds 100,000 memories, all in a published generation. Embedding the question is left out, since the model is
no part of the store, and shown beside. The floor does in the same kind of process what nothing can do without: import
numpy, hnswlib and tantivy, load the graph, and ask it and the segments once.

    python benchmarks/opening.py [--n 100000] [--runs 7]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

import stores
from measuring import report, summary

MEMO = """
import json, sys, time
sys.path.insert(0, sys.argv[2])
spent = {}

def timing(owner, name, part):
    inner = getattr(owner, name)
    def timed(*given, **named):
        start = time.perf_counter()
        try:
            return inner(*given, **named)
        finally:
            spent[part] = spent.get(part, 0.0) + time.perf_counter() - start
    setattr(owner, name, timed)

start = time.perf_counter()
import memo_jupyter.opened
from memo_jupyter.testing import fake_memo
spent["imports"] = time.perf_counter() - start
from stores import opened
from memo_jupyter.index import following, generations, lexical, nearest, segments
from memo_jupyter.index.database import Database
from memo_jupyter.records.store import RecordStore
from memo_jupyter.recall import candidates
timing(Database, "_open", "open the catalog")
timing(following, "reconcile", "look at the days")
timing(generations, "_digest_of", "check the generation")
timing(generations.Graph, "load", "load the graph")
timing(nearest.Nearest, "_hide_what_is_gone", "hide what is gone")
timing(segments.Segments, "open", "check and open the segments")
timing(lexical.Lexical, "_best", "words")
timing(nearest.Graph, "nearest", "ask the graph")
timing(RecordStore, "read", "read the records")
begin = time.perf_counter()
memo = opened(sys.argv[1])
hits = memo.recall(sys.argv[3], k=6)
spent["total"] = time.perf_counter() - begin + spent["imports"]
assert len(hits) == 6
start = time.perf_counter()
memo.recall(sys.argv[3], k=6)
spent["the same question again"] = time.perf_counter() - start
print(json.dumps(spent))
memo.close()
"""

FLOOR = """
import json, sys, time
start = time.perf_counter()
import hnswlib, numpy, tantivy
imported = time.perf_counter()
index = hnswlib.Index("ip", 384)
index.load_index(sys.argv[1])
index.set_ef(120)
index.knn_query(numpy.ones((1, 384), numpy.float32), k=60)
for folder in sys.argv[3:]:
    words = tantivy.Index.open(folder)
    terms = [tantivy.Query.term_query(words.schema, "words", word) for word in sys.argv[2].rstrip("?").split()[-2:]]
    words.searcher().search(tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms]), 60)
ended = time.perf_counter()
print(json.dumps({"total": ended - start, "imports": imported - start}))
"""

MODEL = """
import json, sys, time
start = time.perf_counter()
from memo_jupyter.embed.fastembed_model import FastembedEmbedder
from memo_jupyter.embed.files import DEFAULT
from memo_jupyter.config import models_folder
FastembedEmbedder(DEFAULT, models_folder("")).embed([sys.argv[1]])
print(json.dumps({"total": time.perf_counter() - start}))
"""


def run(code: str, *arguments: object) -> dict[str, float]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=100_000, help="memories in the store")
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    store = stores.ready(given.n)
    (graph,) = store.glob("index/generations/*/dense.hnsw")
    question = "What was it about bretibregu clavo?"
    here = Path(__file__).parent
    memo, floor, model = [], [], []
    run(MEMO, store, here, question)  # byte code, and the disk's cache
    for _ in range(given.runs):
        floor.append(run(FLOOR, graph, question, *store.glob("index/words/*-*")))
        memo.append(run(MEMO, store, here, question))
        model.append(run(MODEL, question))
    least = summary([one["total"] for one in floor])
    rows = [
        {"what": "floor: import, load, ask", **least, "ratio of p50": 1.0},
        {"what": "memo: from nothing to the first answer", **summary([one["total"] for one in memo])},
    ]
    rows[1]["ratio of p50"] = round(rows[1]["p50_ms"] / least["p50_ms"], 2)
    parts = sorted(set(memo[0]) - {"total"}, key=lambda part: -statistics.median(one[part] for one in memo))
    rows += [{"what": f"  of that: {part}", **summary([one[part] for one in memo])} for part in parts]
    rows.append({"what": "beside: load the embedding model, embed", **summary([one["total"] for one in model])})
    report(f"opening, {given.n:,} memories", rows)


if __name__ == "__main__":
    main()
