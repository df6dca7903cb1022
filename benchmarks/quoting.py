"""How well the quote model answers, and how often it says that nothing does where nothing does.

No language model is at work. Answerable questions: those of `histories/`, with all notebooks in one store, and with
each in a store of its own. Told is the share of which the first, or any, quoted sentence comes from a cell that
answers; the share of quotes that do; and how often it says "Nothing in memory answers this.", which is wrong where a
cell that answers was recalled ("nothing, though recalled"). Unanswerable ones: the questions of each history asked of
the store of another one; and of all notebooks but those whose titles share a word with its own, where some can be
answered after all. With LoCoMo's data (README.md in this folder tells how to get it): the questions of each
conversation, asked of its own store and of another's; the adversarial ones are left out.

Told too: how long an answer takes beyond recall, no sentence of it having been embedded before.

    python benchmarks/quoting.py [--data DIR] [--thresholds] [--list]
"""

from __future__ import annotations

import argparse
import re
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import histories
import locomo
import numpy as np
import stores
from measuring import report, summary, timed

from memo_jupyter import Memo
from memo_jupyter.embed.cached import CachedEmbedder
from memo_jupyter.llm.quote import NOTHING, QuoteModel
from memo_jupyter.types import Options, Prompt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.types import Hit

_K = 6
_FURTHER = (13, 31)
"""How many histories further those stand whose memories a question is asked of, unless their titles share a word."""
_MANY = 80  # hits of which those of similar notebooks are taken out
_TIMED = 200  # questions
_THRESHOLDS = (0.37, 0.39, 0.41, 0.42, 0.43, 0.44, 0.45, 0.47, 0.5)
_QUOTE = re.compile(r"> .* \[(\d+)\] *|\[(\d+)\] \*.*")


@dataclass(frozen=True)
class Asked:
    """A question that was asked of a store.

    Attributes
    ----------
    what : str
        Where it was asked.
    question : str
    hits : tuple of Hit
        What was recalled.
    right : tuple of bool
        Which of those answer it.
    answerable : bool
    """

    what: str
    question: str
    hits: tuple[Hit, ...]
    right: tuple[bool, ...]
    answerable: bool

    def answer(self, embedder: Embedder) -> str:
        """Quote."""
        prompt = Prompt(self.question, (), self.hits, (), "quote", "", 0, 0)
        return "".join(delta.text for delta in QuoteModel(embedder).stream(prompt, Options()))


def numbers(answer: str) -> list[int]:
    """Give the numbers of the memories that are quoted, in order; code between fences has none."""
    outside, inside = [], False
    for line in answer.split("\n"):
        if line.startswith("```"):
            inside = not inside
        elif not inside and (found := _QUOTE.fullmatch(line)):
            outside.append(int(found[1] or found[2]))
    return outside


def ask_histories(folder: Path) -> Iterator[Asked]:
    """Ask the questions of the histories, of all notebooks, of their own, and of others."""
    told = histories.read_all()
    names = [_words(one) for one in told]
    cells = sorted(((one, cell) for one in told for cell in one.cells), key=lambda pair: pair[1].created)
    with Memo(folder / "all") as memo:
        memo.remember_many([history.memory(cell) for history, cell in cells], progress=False)
        for history, own in zip(told, names, strict=True):
            far = {one.notebook for one, words in zip(told, names, strict=True) if not words & own}
            for question in history.questions:
                yield _asked("all notebooks", history, question, memo.recall(question.text, k=_K))
                hits = [one for one in memo.recall(question.text, k=_MANY) if one.record.source["notebook"] in far]
                yield _asked("all notebooks of other fields", history, question, hits[:_K])
    for place, history in enumerate(told):
        with Memo(folder / f"{place}") as memo:
            memo.remember_many([history.memory(cell) for cell in history.cells], progress=False)
            for question in history.questions:
                yield _asked("its own notebook", history, question, memo.recall(question.text, k=_K))
            for further in _FURTHER:
                other = told[(place + further) % len(told)]
                for question in () if _words(other) & names[place] else other.questions:
                    yield _asked("another notebook", other, question, memo.recall(question.text, k=_K))


def _words(history: histories.History) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]{5,}", f"{history.notebook.removesuffix('.ipynb')} {history.title}".lower()))


def _asked(what: str, history: histories.History, question: histories.Question, hits: list[Hit]) -> Asked:
    gold = {(history.notebook, cell) for cell in question.gold}
    right = tuple((hit.record.source["notebook"], hit.record.source["cell"]) in gold for hit in hits)
    return Asked(what, question.text, tuple(hits), right, answerable="other" not in what)


def ask_conversations(data: Path, folder: Path) -> Iterator[Asked]:
    """Ask the questions of LoCoMo's conversations, each of its own memory and of the next one's."""
    with ExitStack() as opened:
        talks = [locomo.Conversation(name, told, folder) for name, told in locomo.read(data)]
        for talk in talks:
            opened.callback(talk.memo.close)
        for place, talk in enumerate(talks):
            other = talks[(place + 1) % len(talks)]
            for question in talk.questions:
                if question["category"] == "adversarial":
                    continue
                text, gold = question["question"], question["evidence"]
                hits = tuple(talk.memo.recall(text, k=_K))
                right = tuple(talk.named(hit.record.id) in gold for hit in hits)
                yield Asked("LoCoMo, its own conversation", text, hits, right, answerable=True)
                hits = tuple(other.memo.recall(text, k=_K))
                yield Asked("LoCoMo, another conversation", text, hits, (False,) * len(hits), answerable=False)


def told_of(what: str, asked: list[Asked], answers: list[str]) -> dict[str, Any]:
    """Make a row of a table."""
    here = [(one, numbers(answer)) for one, answer in zip(asked, answers, strict=True) if one.what == what]
    row: dict[str, Any] = {"asked of": what, "questions": len(here), "quotes": _mean(len(quoted) for _, quoted in here)}
    if here[0][0].answerable:
        right = [[one.right[number - 1] for number in quoted] for one, quoted in here]
        row["first right"] = _mean(bool(hits) and hits[0] for hits in right)
        row["any right"] = _mean(any(hits) for hits in right)
        row["recalled"] = _mean(any(one.right) for one, _ in here)
        row["quotes right"] = _mean(hit for hits in right for hit in hits)
        row["nothing, though recalled"] = _mean(not quoted for one, quoted in here if any(one.right))
    return row | {"nothing": _mean(not quoted for _, quoted in here)}


def table(asked: list[Asked], embedder: Embedder) -> tuple[list[dict[str, Any]], list[str]]:
    """Answer every question: a row for each place where they were asked, and the answers."""
    answers = [one.answer(embedder) for one in asked]
    for answer in answers:
        if (answer == NOTHING) == bool(numbers(answer)):
            raise ValueError(f"{answer!r} quotes nothing, and does not say so")
    return [told_of(what, asked, answers) for what in dict.fromkeys(one.what for one in asked)], answers


def _mean(values: Any) -> float:
    return round(float(np.mean([float(one) for one in values] or [0.0])), 3)


def thresholds(asked: list[Asked], embedder: Embedder) -> list[dict[str, Any]]:
    """Tell what other thresholds would do: the share of questions to which nothing is quoted."""
    from memo_jupyter.llm import selection  # noqa: PLC0415  # only here

    rows = []
    kept = selection._LEAST  # noqa: SLF001
    for least in _THRESHOLDS:
        selection._LEAST = least  # noqa: SLF001
        row: dict[str, Any] = {"threshold": least}
        for told in table(asked, embedder)[0]:
            row[told["asked of"]] = told.get("nothing, though recalled", told["nothing"])
        rows.append(row)
    selection._LEAST = kept  # noqa: SLF001
    return rows


class _Keeping:
    """Embeds no text twice: the same memories are asked again and again."""

    def __init__(self, model: Embedder) -> None:
        self._model = model
        self._kept: dict[str, Any] = {}
        self.fingerprint, self.dim, self.max_tokens = model.fingerprint, model.dim, model.max_tokens

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        self._kept |= zip(new, self._model.embed(new) if new else (), strict=True)
        return np.stack([self._kept[text] for text in texts])


def spent(asked: list[Asked], model: Embedder) -> list[float]:
    """Measure how long the answers take, each with an embedder that knows the question only, as after recall."""
    seconds = []
    for one in asked:
        fresh = CachedEmbedder(model)
        fresh.embed([one.question])
        seconds.append(timed(lambda one=one, fresh=fresh: one.answer(fresh)))
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder with LoCoMo's locomo10.json, or a file a conversation")
    parser.add_argument("--thresholds", action="store_true", help="also tell what other thresholds would do")
    parser.add_argument(
        "--list", action="store_true", help="also print every question of all notebooks with its answer"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asked = list(ask_histories(Path(folder)))
        asked += ask_conversations(given.data, Path(folder)) if given.data else []
    model = stores.BenchEmbedder(real=True).model
    embedder = _Keeping(model)
    rows, answers = table(asked, embedder)
    report("quoting", rows)
    if given.thresholds:
        report('quoting, the share of "nothing" by threshold; wrong where answerable', thresholds(asked, embedder))
    first = [one for one in asked if one.what == "all notebooks"]
    talks = [one for one in asked if one.what == "LoCoMo, its own conversation"]
    times = [{"asked of": one[0].what, **summary(spent(one[:_TIMED], model))} for one in (first, talks) if one]
    report("quoting, a quoted answer beyond recall", times)
    if given.list:
        for one, answer in zip(asked, answers, strict=True):
            if one.what == "all notebooks":
                print(f"\n# {one.question}\n\n{answer}")


if __name__ == "__main__":
    main()
