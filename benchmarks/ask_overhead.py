"""What `%%memo` adds before the request leaves: embed the question, search, load the records, fit the prompt.

The real embedding model, the real index, real files; no server, since the clock stops when the request would leave.
Aim: p50 under 15 ms at 1,000 and at 10,000 memories. The floor is embedding the question, which nothing can do without.

    python benchmarks/ask_overhead.py [--sizes 1000 10000] [--asked 200]
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time

from measuring import report, summary, timed

from memo_jupyter import Memo
from memo_jupyter.types import QUOTE

SUBJECTS = "churn model sensor scaler dataset plot regression forest cluster export encoding seed batch kernel".split()
VERBS = "improved broke explained delayed replaced confirmed contradicted simplified doubled halved".split()
OBJECTS = "accuracy latency memory coverage recall variance drift leakage convergence calibration throughput".split()
PLACES = "on the May export|for region north|after the restart|with fewer rows|in the second fold|at night".split("|")


def notes(number: int) -> list[str]:
    """Make notes of one to four sentences, the same ones every time."""
    rng = random.Random(7)  # noqa: S311  # not a secret

    def sentence() -> str:
        words = rng.choice(SUBJECTS), rng.choice(VERBS), rng.choice(OBJECTS), rng.choice(PLACES), rng.randint(1, 999)
        return "The {} {} the {} {}, by {} parts in a thousand.".format(*words)

    return [" ".join(sentence() for _ in range(rng.randint(1, 4))) for _ in range(number)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--asked", type=int, default=200)
    given = parser.parse_args()
    rows = []
    for size in given.sizes:
        with tempfile.TemporaryDirectory() as folder, Memo(folder, model=QUOTE) as memo:
            filling = timed(lambda: memo.remember_many(notes(size), progress=True))  # noqa: B023  # called at once
            while memo.stats()["waiting"]:
                time.sleep(0.1)
            time.sleep(8 if size > memo.publish_after else 0)  # the next generation is built in the background
            questions = [f"What {verb} the {thing}, and where?" for verb in VERBS for thing in OBJECTS]
            random.Random(1).shuffle(questions)  # noqa: S311  # as above
            questions = (questions * 9)[: given.asked]
            memo.prepare("warm up")
            embed = memo._open().embedder.embed  # noqa: SLF001  # the floor is inside
            floor = [timed(lambda q=q, embed=embed: embed([q])) for q in questions]
            asked = [timed(lambda q=q: memo.prepare(q)) for q in questions]
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
