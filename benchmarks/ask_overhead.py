"""What `%%memo` adds before the request leaves: embed the question, search, load the records, fit the prompt.

The real embedding model, the real index, real files; no server, since the clock stops when the request would leave.
Aim: p50 under 15 ms at 1,000 and at 10,000 memories. The floor is embedding the question, which nothing can do without.

    python benchmarks/ask_overhead.py [--sizes 1000 10000] [--asked 200]
"""

from __future__ import annotations

import argparse
import tempfile
import time

from measuring import report, summary, timed
from texts import notes, questions

from memo_jupyter import Memo
from memo_jupyter.types import QUOTE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--asked", type=int, default=200)
    given = parser.parse_args()
    rows = []
    for size in given.sizes:
        with tempfile.TemporaryDirectory() as folder, Memo(folder, model=QUOTE) as memo:
            texts = [text for text in notes(size + 50) if len(text.split()) > 5][:size]
            filling = timed(lambda texts=texts: memo.remember_many(texts, progress=True))
            while memo.stats()["waiting"]:
                time.sleep(0.1)
            time.sleep(8 if size > memo.publish_after else 0)  # the next generation is built in the background
            asked_for = questions(texts, given.asked)
            memo.prepare("warm up")
            embed = memo._open().embedder.embed  # noqa: SLF001  # the floor is inside
            floor = [timed(lambda q=q, embed=embed: embed([q])) for q in asked_for]
            asked = [timed(lambda q=q: memo.prepare(q)) for q in asked_for]
            total, least = summary(asked), summary(floor)
            rows.append(
                {
                    "memories": size,
                    **total,
                    "floor (embed) p50_ms": least["p50_ms"],
                    "ratio": round(total["p50_ms"] / least["p50_ms"], 2),
                    "filled per second": round(size / filling),
                }
            )
    report("ask_overhead", rows)


if __name__ == "__main__":
    main()
