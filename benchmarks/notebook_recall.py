"""How often `recall` finds the cell that answers a question about old notebooks.

`histories/` holds the histories of notebooks of many fields, written by hand: cells with their outputs, errors, fixes,
notes and chats. All of them are put into one store, in order of time, through the public API; then each question is
one `recall` of 20. Told is the share of the cells that answer it in the first 1, 5, 10 and 20, and of the questions
with one in the first 5, by kind of question, with 95 % intervals (bootstrap over questions).

    python benchmarks/notebook_recall.py [--failed]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from measuring import report

from memo_jupyter import Memo

_AT = (1, 5, 10, 20)
_RESAMPLED = 2000
HISTORIES = Path(__file__).parent / "histories"


def read(folder: Path = HISTORIES) -> list[dict[str, Any]]:
    """Read the histories."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]


def memory(history: dict[str, Any], cell: dict[str, Any]) -> dict[str, Any]:
    """Make of a cell the keywords of `remember`."""
    if cell["kind"] == "cell":
        text = "\n".join(filter(None, (cell["code"], cell.get("outputs", ""))))
    elif cell["kind"] == "chat":
        text = f"{cell['prompt']}\n\n{cell['response']}"
    else:
        text = cell["text"]
    parts = {name: cell[name] for name in ("code", "outputs", "prompt", "response") if cell.get(name)}
    source = {"notebook": history["notebook"], "cell": cell["id"]}
    return {"text": text, "kind": cell["kind"], "created": cell["created"], "source": source, **parts} | (
        {"author": history["author"]} if cell["kind"] != "chat" else {}
    )


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
    parser.add_argument("--failed", action="store_true", help="also list the questions with none in the first 5")
    given = parser.parse_args()
    histories = read()
    cells = [(history, cell) for history in histories for cell in history["cells"]]
    cells.sort(key=lambda pair: str(pair[1]["created"]))
    by_kind: dict[str, list[list[float]]] = defaultdict(list)
    failed = []
    with tempfile.TemporaryDirectory() as folder, Memo(folder) as memo:
        memo.remember_many(memory(history, cell) for history, cell in cells)
        for history in histories:
            for question in history["questions"]:
                hits = memo.recall(question["question"], k=max(_AT))
                found = [(hit.record.source["notebook"], hit.record.source["cell"]) for hit in hits]
                gold = [(history["notebook"], cell) for cell in question["gold"]]
                shares = [float(np.mean([one in found[:at] for one in gold])) for at in _AT]
                by_kind[question["about"]].append([*shares, float(any(one in found[:5] for one in gold))])
                if not by_kind[question["about"]][-1][-1]:
                    failed.append(f"{history['notebook']}: {question['question']} {question['gold']} {found[:3]}")
    rows = [told("all", [one for values in by_kind.values() for one in values])]
    rows += [told(kind, by_kind[kind]) for kind in sorted(by_kind)]
    report(f"notebooks, {len(histories)} histories, {len(cells)} cells", rows)
    if given.failed:
        print("\n".join(failed))


if __name__ == "__main__":
    main()
