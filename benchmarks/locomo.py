"""How often `recall` finds the turns of a long conversation that answer a question, on LoCoMo.

Each turn is one `remember`, in order, through the public API; each question one `recall` of 20. Told is the share of
the turns that LoCoMo names as evidence in the first 1, 5, 10 and 20, and of their sessions in the first 5 sessions,
with 95 % intervals (bootstrap over questions), by category; and what is lost without each signal.

The data (Maharana et al., ACL 2024, CC BY-NC 4.0) is not part of memo: README.md in this folder tells how to get it.

    python benchmarks/locomo.py --data DIR [--signals] [--fit]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measuring import report, summary

from memo_jupyter import Memo
from memo_jupyter.recall import ranking
from memo_jupyter.recall.signals import SIGNALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_AT = (1, 5, 10, 20)
_RESAMPLED = 2000
_CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
_FITTED = ("meaning", "words", "thread", "author", "form", "time")


class Conversation:
    """One conversation in a store of its own."""

    def __init__(self, name: str, told: dict[str, Any], folder: Path) -> None:
        self.name = name
        self.questions: list[dict[str, Any]] = [one for one in told["questions"] if one["evidence"]]
        self.memo = Memo(folder / name)
        self._ids: dict[str, str] = {}
        for turn in told["turns"]:
            record = self.memo.remember(
                turn["text"],
                author=turn["speaker"],
                created=datetime.strptime(turn["time"].upper(), "%I:%M %p ON %d %B, %Y"),  # noqa: DTZ007  # local
                thread=f"{name}-{turn['session']}",
            )
            self._ids[record.id] = turn["id"]
        while self.memo.stats()["waiting"]:
            time.sleep(0.05)

    def find(self, question: str) -> list[str]:
        """Name the turns that are recalled, best first."""
        return [self._ids[hit.record.id] for hit in self.memo.recall(question, k=max(_AT))]

    def named(self, record: str) -> str:
        """Name the turn that a record is."""
        return self._ids[record]


def read(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read the conversations of a folder: `locomo10.json` as it is published, or a file a conversation."""
    for path in sorted(folder.glob("*.json")):
        told = json.loads(path.read_text("utf-8"))
        if isinstance(told, dict):
            yield path.stem, told
            continue
        for one in told:
            yield one["sample_id"], _plain(one)


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    talk = told["conversation"]
    numbers = sorted(int(key[8:]) for key in talk if key.startswith("session_") and key[8:].isdigit())
    turns = [
        {
            "id": turn["dia_id"], "session": number, "time": talk[f"session_{number}_date_time"],
            "speaker": turn["speaker"], "text": turn["text"],
        }
        for number in numbers
        for turn in talk[f"session_{number}"]
    ]  # fmt: skip
    known = {turn["id"] for turn in turns}
    questions = [
        {
            "question": one["question"],
            "evidence": [turn for turn in one.get("evidence", ()) if turn in known],
            "category": _CATEGORIES[one["category"]],
        }
        for one in told["qa"]
    ]
    return {"turns": turns, "questions": questions}


def scores(found: list[str], evidence: list[str]) -> list[float]:
    """Give the share of the evidence in the first 1, 5, 10, 20, and of its sessions in the first 5 sessions."""
    sessions = list(dict.fromkeys(one.partition(":")[0] for one in found))[:5]
    wanted = {one.partition(":")[0] for one in evidence}
    return [float(np.mean([one in found[:at] for one in evidence])) for at in _AT] + [
        float(np.mean([one in sessions for one in wanted]))
    ]


def told(what: str, values: list[list[float]]) -> dict[str, Any]:
    """Make a row of a table: means, each with its 95 % interval."""
    table = np.array(values)
    drawn = np.random.default_rng(0).integers(len(table), size=(_RESAMPLED, len(table)))
    low, high = np.percentile(table[drawn].mean(axis=1), [2.5, 97.5], axis=0)
    row: dict[str, Any] = {"what": what, "questions": len(table)}
    names = [*(f"top {at}" for at in _AT), "sessions top 5"]
    for place, name in enumerate(names):
        row[name] = f"{table[:, place].mean():.3f} ({low[place]:.3f}-{high[place]:.3f})"
    return row


@contextmanager
def without(name: str) -> Iterator[None]:
    """Take a signal out of the ranking for a while."""
    kept = SIGNALS[name]
    SIGNALS[name] = (0.0, kept[1])
    try:
        yield
    finally:
        SIGNALS[name] = kept


def ask_all(conversations: list[Conversation], spent: list[float] | None = None) -> list[tuple[str, list[float]]]:
    """Ask every question: the category and the scores of each."""
    results = []
    for one in conversations:
        for question in one.questions:
            start = time.perf_counter()
            found = one.find(question["question"])
            if spent is not None:
                spent.append(time.perf_counter() - start)
            results.append((question["category"], scores(found, question["evidence"])))
    return results


def fit(conversations: list[Conversation]) -> list[dict[str, Any]]:
    """Fit the signals' weights to all conversations but one, each left out in turn, and score that one with them."""
    given: list[tuple[str, NDArray[np.float64], list[str], list[str]]] = []
    rank = ranking.rank

    def watched(candidates: Any, asked: Any, **more: Any) -> Any:
        columns = np.stack([SIGNALS[name][1](candidates, asked) for name in _FITTED], axis=1)
        seen.append((columns, [line.record for line in candidates.lines]))
        return rank(candidates, asked, **more)

    from memo_jupyter.recall import recall  # noqa: PLC0415  # only here

    recall.rank = watched
    for one in conversations:
        for question in one.questions:
            seen: list[Any] = []
            one.find(question["question"])
            columns, records = seen[0]
            given.append((one.name, columns, [one.named(record) for record in records], question["evidence"]))
    recall.rank = rank
    results, learned = [], []
    for left_out in sorted({name for name, *_ in given}):
        weights = _fitted([(columns, turns, gold) for name, columns, turns, gold in given if name != left_out])
        learned.append(weights / weights.sum())
        for name, columns, turns, gold in given:
            if name == left_out:
                order = np.argsort(-(columns @ weights), kind="stable")[: max(_AT)]
                results.append(scores([turns[place] for place in order], gold))
    shares = np.mean(learned, axis=0)
    row = told("fitted, leaving one conversation out", results)
    return [row | {name: round(float(share), 3) for name, share in zip(_FITTED, shares, strict=True)}]


def _fitted(given: list[tuple[NDArray[np.float64], list[str], list[str]]]) -> NDArray[np.float64]:
    """Fit weights by the likelihood of the evidence among the candidates (softmax), with Adam."""
    pairs = [(columns, np.flatnonzero(np.isin(turns, gold))) for columns, turns, gold in given]
    pairs = [(columns, gold) for columns, gold in pairs if len(gold)]
    weights = np.ones(len(_FITTED))
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, 151):
        slope = 1e-3 * weights
        for columns, gold in pairs:
            logits = columns @ weights
            chance = np.exp(logits - logits.max())
            slope += (columns.T @ (chance / chance.sum()) - columns[gold].mean(axis=0)) / len(pairs)
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        weights -= 0.3 * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of the conversations")
    parser.add_argument("--signals", action="store_true", help="also without each signal")
    parser.add_argument("--fit", action="store_true", help="also with weights fitted anew")
    given = parser.parse_args()
    spent: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        conversations = [Conversation(name, told, Path(folder)) for name, told in read(given.data)]
        results = ask_all(conversations, spent)
        by_category = defaultdict(list)
        for category, one in results:
            by_category[category].append(one)
        rows = [told("all", [one for _, one in results])]
        rows += [told(category, by_category[category]) for category in sorted(by_category)]
        report(f"LoCoMo, {len(conversations)} conversations", rows)
        if given.signals:
            rows = []
            for name in _FITTED:
                with without(name):
                    rows.append(told(f"without {name}", [one for _, one in ask_all(conversations)]))
            report("LoCoMo, what each signal adds", rows)
        if given.fit:
            report("LoCoMo, other weights", fit(conversations))
        report("LoCoMo, a recall with its embedding", [{"what": "recall", **summary(spent)}])
        for one in conversations:
            one.memo.close()


if __name__ == "__main__":
    main()
