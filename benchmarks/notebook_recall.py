"""How often `recall` finds the cell that answers a question about old notebooks.

`histories/` holds the histories of notebooks of many fields, written by hand: cells with their outputs, errors, fixes,
notes and chats. All of them are put into one store, in order of time, through the public API; then each question is
one `recall` of 20. Told is the share of the cells that answer it in the first 1, 5, 10 and 20, and of the questions
with one in the first 5, by kind of question, with 95 % intervals (bootstrap over questions). They are asked anywhere;
then again as by somebody who has just run the last cells of the same notebook, and of another one.

    python benchmarks/notebook_recall.py [--failed]
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import histories
import numpy as np
from measuring import report

from memo_jupyter import Memo
from memo_jupyter.types import Doing

_AT = (1, 5, 10, 20)
_RESAMPLED = 2000
_FURTHER = 7

if TYPE_CHECKING:
    Histories = list[histories.History]


def told(what: str, values: list[list[float]]) -> dict[str, Any]:
    """Make a row of a table: means, each with its 95 % interval."""
    table = np.array(values)
    drawn = np.random.default_rng(0).integers(len(table), size=(_RESAMPLED, len(table)))
    low, high = np.percentile(table[drawn].mean(axis=1), [2.5, 97.5], axis=0)
    names = [*(f"top {at}" for at in _AT), "any in top 5"]
    return {"what": what, "questions": len(table)} | {
        name: f"{table[:, place].mean():.3f} ({low[place]:.3f}-{high[place]:.3f})" for place, name in enumerate(names)
    }


def ask(memo: Memo, asked: Histories, place: int | None = None) -> tuple[dict[str, list[list[float]]], list[str]]:
    """Ask every question: the scores by kind of question, and the questions of which a cell is missing in the first 5.

    Parameters
    ----------
    place : int or None
        How many histories further the notebook is in which it is asked, just after its last cells; None for nowhere.
    """
    by_kind: dict[str, list[list[float]]] = defaultdict(list)
    failed = []
    for number, history in enumerate(asked):
        doing = None if place is None else at_the_end_of(asked[(number + place) % len(asked)])
        for question in history.questions:
            hits = memo.recall(question.text, k=max(_AT), context=doing)
            found = [(hit.record.source["notebook"], hit.record.source["cell"]) for hit in hits]
            gold = [(history.notebook, cell) for cell in question.gold]
            shares = [float(np.mean([one in found[:at] for one in gold])) for at in _AT]
            by_kind[question.about].append([*shares, float(any(one in found[:5] for one in gold))])
            if shares[1] < 1:
                failed.append(f"{history.notebook}: {question.text} {question.gold} {found[:5]}")
    return by_kind, failed


def at_the_end_of(history: histories.History) -> Doing:
    """Tell what somebody is doing who has just run the last three cells of a notebook."""
    return Doing(tuple(history.memory(cell)["text"] for cell in history.cells[-3:]), history.notebook)


def together(by_kind: dict[str, list[list[float]]]) -> list[list[float]]:
    return [one for values in by_kind.values() for one in values]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--failed", action="store_true", help="also list where a cell is missing in the first 5")
    given = parser.parse_args()
    asked = histories.read_all()
    cells = sorted(((one, cell) for one in asked for cell in one.cells), key=lambda pair: pair[1].created)
    with tempfile.TemporaryDirectory() as folder, Memo(folder) as memo:
        memo.remember_many([history.memory(cell) for history, cell in cells], progress=False)
        by_kind, failed = ask(memo, asked)
        rows = [told("all", together(by_kind))]
        rows += [told(kind, by_kind[kind]) for kind in sorted(by_kind)]
        rows.append(told("asked at the end of its notebook", together(ask(memo, asked, 0)[0])))
        rows.append(told("asked in another notebook", together(ask(memo, asked, _FURTHER)[0])))
    report(f"notebooks, {len(asked)} histories, {len(cells)} cells", rows)
    if given.failed:
        print("\n".join(failed))


if __name__ == "__main__":
    main()
