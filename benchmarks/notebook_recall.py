"""How often `recall` finds the cell that answers a question about old notebooks.

`histories/` holds the histories of notebooks of many fields, written by hand: cells with their outputs, errors, fixes,
notes and chats. All of them are put into one store, in order of time, through the public API; then each question is
one `recall` of 20. Told is the share of the cells that answer it in the first 1, 5, 10 and 20, and of the questions
with one in the first 5, by kind of question, with 95 % intervals (bootstrap over questions).

    python benchmarks/notebook_recall.py [--failed]
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from typing import Any

import histories
import numpy as np
from measuring import report

from memo_jupyter import Memo

_AT = (1, 5, 10, 20)
_RESAMPLED = 2000


def told(what: str, values: list[list[float]]) -> dict[str, Any]:
    """Make a row of a table: means, each with its 95 % interval."""
    table = np.array(values)
    drawn = np.random.default_rng(0).integers(len(table), size=(_RESAMPLED, len(table)))
    low, high = np.percentile(table[drawn].mean(axis=1), [2.5, 97.5], axis=0)
    names = [*(f"top {at}" for at in _AT), "any in top 5"]
    return {"what": what, "questions": len(table)} | {
        name: f"{table[:, place].mean():.3f} ({low[place]:.3f}-{high[place]:.3f})" for place, name in enumerate(names)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--failed", action="store_true", help="also list the questions of which a cell is missing in the first 5"
    )
    given = parser.parse_args()
    all_ = histories.read_all()
    cells = [(history, cell) for history in all_ for cell in history.cells]
    cells.sort(key=lambda pair: pair[1].created)
    by_kind: dict[str, list[list[float]]] = defaultdict(list)
    failed = []
    with tempfile.TemporaryDirectory() as folder, Memo(folder) as memo:
        memo.remember_many(history.memory(cell) for history, cell in cells)
        for history in all_:
            for question in history.questions:
                hits = memo.recall(question.text, k=max(_AT))
                found = [(hit.record.source["notebook"], hit.record.source["cell"]) for hit in hits]
                gold = [(history.notebook, cell) for cell in question.gold]
                shares = [float(np.mean([one in found[:at] for one in gold])) for at in _AT]
                by_kind[question.about].append([*shares, float(any(one in found[:5] for one in gold))])
                if shares[1] < 1:
                    failed.append(f"{history.notebook}: {question.text} {question.gold} {found[:5]}")
    rows = [told("all", [one for values in by_kind.values() for one in values])]
    rows += [told(kind, by_kind[kind]) for kind in sorted(by_kind)]
    report(f"notebooks, {len(all_)} histories, {len(cells)} cells", rows)
    if given.failed:
        print("\n".join(failed))


if __name__ == "__main__":
    main()
