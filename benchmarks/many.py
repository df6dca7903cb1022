"""How long after `remember` has returned in one process a query of another has the memory.

The real embedding model in both, 10,000 memories in the store. The other process asks at once, while the first still
embeds in the background: then the query embeds the new memory itself. The floor, in turns with it: the same kind of
query in the other process when nothing is new.

    python benchmarks/many.py [--n 10000] [--rounds 60]
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import stores
from measuring import report, summary

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from memo_jupyter import Memo


def serve(store: Path, pipe: Connection) -> None:
    """Answer questions: the id of the best memory, the seconds that it took, and those that embedding took."""
    embedder = stores.BenchEmbedder(real=True)
    with stores.opened(store, embedder) as memo:
        while question := pipe.recv():
            before, start = embedder.seconds, time.perf_counter()
            hits = memo.recall(question, k=1)
            took = time.perf_counter() - start
            pipe.send((hits[0].record.id if hits else None, took, embedder.seconds - before))


def wait_until_idle(memo: Memo) -> None:
    while memo.stats()["waiting"]:
        time.sleep(0.02)
    time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=10_000, help="memories in the store")
    parser.add_argument("--rounds", type=int, default=60)
    given = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    until, asked, embedding, plain, plain_embedding = [], [], [], [], []
    with tempfile.TemporaryDirectory(dir=stores.ready(given.n).parent) as folder:
        store = stores.copied(given.n, Path(folder))
        other = context.Process(target=serve, args=(store, there))
        other.start()
        with stores.opened(store, stores.BenchEmbedder(real=True)) as memo:
            here.send("warm up")
            here.recv()
            memo.recall("warm up")
            for number in range(given.rounds):
                text = f"Passage number{number} of the caravan{number} through the mountains."
                wait_until_idle(memo)
                here.send(f"number{number} of what?")
                _, took, in_embedding = here.recv()
                plain.append(took)
                plain_embedding.append(in_embedding)
                record = memo.remember(text)
                start = time.perf_counter()
                here.send(text)
                found, took, in_embedding = here.recv()
                until.append(time.perf_counter() - start)
                if found != record.id:
                    raise SystemExit(f"{text!r} was not found by the next query of the other process")
                asked.append(took)
                embedding.append(in_embedding)
            here.send(None)
        other.join()
    rows = [
        {"what": "floor: a query when nothing is new", **summary(plain)},
        {"what": "  of that: embedding the question", **summary(plain_embedding)},
        {"what": "until the other process has what is new", **summary(until)},
        {"what": "  of that: embedding", **summary(embedding)},
        {
            "what": "  without embedding",
            **summary([one - other for one, other in zip(until, embedding, strict=True)]),
        },
    ]
    for row in rows[2:3]:
        row["ratio of p50"] = round(row["p50_ms"] / rows[0]["p50_ms"], 2)
    report(f"many processes, {given.n:,} memories", rows)


if __name__ == "__main__":
    main()
