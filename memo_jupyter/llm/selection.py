"""Which passages of the recalled memories answer a question, and whether any does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memo_jupyter.index.analysis import analysed, asked
from memo_jupyter.llm.form import has_form, rarity, share
from memo_jupyter.llm.passages import near, passages
from memo_jupyter.recall.signals import SIGNALS
from memo_jupyter.times import local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.llm.passage import Passage
    from memo_jupyter.types import Hit

    Vector = NDArray[np.float32]

MOST = 4
"""Passages that are quoted, at the most."""

_COMPARED = 12
"""Passages whose meaning is compared: each that has to be embedded takes two to four milliseconds, and more
of them changed no answer worth telling."""

_LEAST = 0.43
"""The evidence below which nothing answers. `benchmarks/quoting.py` shows what a higher or lower one would do."""

_BESIDE = 0.25
"""How much worse than the best one a passage may score to be quoted beside it."""
_ONE_MEMORY = 2
"""Passages of one memory that are quoted: more of it stands in the list of memories below the answer."""

_WORDS, _AROUND, _HIT, _FORM, _NEW = 0.5, 0.7, 1.2, 0.3, 0.6
"""What counts beside a passage's cosine: its words, those of what leads to it, its memory's score, whether it has the
form asked for, and whether it says anything beyond the question ("Sounds great, Ann!")."""
_ENOUGH = 8  # words beyond the question's

_ALIKE, _SAME_MEANING = 0.6, 0.92
"""The share of words, and the cosine, from which one passage says what another says."""
_OTHERWISE = 2
"""Telling words, at the most, that each of two passages has in the place of the other's: "robust" and "quantile"."""
_TOO_NEAR = 0.5
"""What of its likeness to the passages chosen before is taken from a passage's score."""

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_DENIES = frozenset("not no never none cannot without nothing neither nor".split())
_TIMES = (
    "yesterday today tonight last past previous this week weekend month quarter year day morning afternoon evening "
    "night ago recently earlier since before during"
)
"""Words of a question that a memory from the time it names has answered."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage that answers.

    Attributes
    ----------
    passage : Passage
    number : int
        Of its memory in the prompt, from 1.
    hit : Hit
        That memory.
    """

    passage: Passage
    number: int
    hit: Hit


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    quote: Quote
    words: frozenset[str]
    telling: frozenset[str]
    numbers: frozenset[str]
    cheap: float  # its score but for the meaning
    covered: float  # the share of the question's words in its memory, rare ones counting more


def answers(question: str, hits: Sequence[Hit], embedder: Embedder) -> list[Quote]:
    """Choose the passages that answer a question best, best first; none, if none does.

    Where two say the same of other numbers, or one denies the other, both are given, the newer one first.
    """
    candidates = _candidates(question, hits)
    if not candidates:
        return []
    candidates.sort(key=lambda one: -one.cheap)
    candidates = candidates[:_COMPARED]
    vectors, of_question, of_chunks = _vectors(question, candidates, embedder)
    cosines = vectors @ of_question
    around = np.array([float(of_chunks[one.quote.number] @ of_question) for one in candidates])
    meaning = (cosines + np.maximum(around, cosines)) / 2
    # A question of nothing but common words is found by its meaning alone.
    covered = np.array([one.covered for one in candidates]) if asked(question) else meaning
    evidence = meaning + covered / 2
    if evidence.max() < _LEAST:
        return []
    scores = cosines + np.array([one.cheap for one in candidates])
    return _in_order(_varied(candidates, scores, vectors, evidence >= _LEAST))


def _candidates(question: str, hits: Sequence[Hit]) -> list[_Candidate]:
    """List the passages that say more than the question does, each with what its words are worth."""
    named = set(analysed(question))
    found: dict[str, tuple[Quote, frozenset[str], int]] = {}
    for number, hit in enumerate(hits, start=1):
        for passage in passages(hit):
            if new := set(asked(passage.text)) - named:  # else it only repeats what was asked
                words = frozenset(analysed(passage.text))
                found.setdefault(passage.text, (Quote(passage, number, hit), words, len(new)))
    rare = rarity(asked(question), [words for _, words, _ in found.values()])
    of_hits = [_known_of(hit) for hit in hits]
    best = max((hit.score for hit in hits), default=0.0) or 1.0
    candidates = []
    for quote, words, more in found.values():
        about, whole = of_hits[quote.number - 1]
        around = words | about | set(analysed(quote.passage.about))
        cheap = _WORDS * share(rare, words) + _AROUND * share(rare, around) + _HIT * quote.hit.score / best
        cheap += _FORM * has_form(question, quote.passage.text) + _NEW * min(1.0, more / _ENOUGH)
        numbers = frozenset(_NUMBER.findall(quote.passage.text))
        candidates.append(
            _Candidate(quote, words, frozenset(asked(quote.passage.text)), numbers, cheap, share(rare, whole | around))
        )
    return candidates


def _known_of(hit: Hit) -> tuple[set[str], set[str]]:
    """Give the words of what is known of a memory, such as its author and date; and of what was found of its text."""
    record = hit.record
    about = [record.author or "", *(str(record.source.get(key, "")) for key in ("notebook", "path")), *record.tags]
    if hit.why.get("time", 0.0) > SIGNALS["time"][0] / 2:  # it was made when the question says
        about += [_TIMES, f"{local(record.created):%d %B %Y %A}"]
    return set(analysed(" ".join(about))), set(analysed(near(record.text, *hit.span)))


def _vectors(
    question: str, candidates: Sequence[_Candidate], embedder: Embedder
) -> tuple[NDArray[np.float32], Vector, dict[int, Vector]]:
    """Give the vectors of the passages, of the question, and of the chunk that was found in each memory.

    A passage that is a whole chunk has its vector in its record.
    """
    known: dict[str, Vector] = {}
    of_chunks: dict[int, Vector] = {}
    for number, hit in {one.quote.number: one.quote.hit for one in candidates}.items():
        of_chunks[number] = np.zeros(embedder.dim, np.float32)
        if hit.record.embedder != embedder.fingerprint:
            continue
        for one in hit.record.vectors:
            vector = np.frombuffer(one.values, "<f2").astype(np.float32)
            known[" ".join(hit.record.text[one.start : one.end].split())] = vector
            if (one.start, one.end) == hit.span:
                of_chunks[number] = vector
    texts = [one.quote.passage.text for one in candidates]
    new = [text for text in texts if text not in known]
    made = embedder.embed([question, *new])
    known |= zip(new, made[1:], strict=True)
    return np.stack([known[text] for text in texts]), made[0], of_chunks


def _varied(
    candidates: Sequence[_Candidate], scores: NDArray[np.float64], vectors: NDArray[np.float32], fit: NDArray[np.bool_]
) -> list[_Candidate]:
    """Choose the best one after another, each as unlike those before as can be (maximal marginal relevance).

    Source: Carbonell and Goldstein, The Use of MMR, 1998.
    """
    alike = vectors @ vectors.T
    left = sorted(np.flatnonzero(fit).tolist(), key=lambda one: -scores[one])
    least = scores[left[0]] * (1 - _BESIDE)
    chosen: list[int] = []
    while left and len(chosen) < MOST:
        worth = [scores[one] - _TOO_NEAR * max((alike[one, other] for other in chosen), default=0.0) for one in left]
        one = left.pop(int(np.argmax(worth)))
        number, text = candidates[one].quote.number, candidates[one].quote.passage.text
        if scores[one] < least:
            continue
        inside = [place for place, other in enumerate(chosen) if candidates[other].quote.passage.text in text]
        if inside:  # the same sentence, with the one after it
            chosen[inside[0]] = one
            continue
        if sum(candidates[other].quote.number == number for other in chosen) == _ONE_MEMORY:
            continue
        if not any(_repeats(candidates[one], candidates[other], alike[one, other]) for other in chosen):
            chosen.append(one)
    return [candidates[one] for one in chosen]


def _repeats(one: _Candidate, other: _Candidate, cosine: float) -> bool:
    return _near(one, other, cosine) and not _contradicts(one, other)


def _near(one: _Candidate, other: _Candidate, cosine: float = 0.0) -> bool:
    shared = len(one.words & other.words) / (min(len(one.words), len(other.words)) or 1)
    return cosine >= _SAME_MEANING or shared >= _ALIKE


def _contradicts(one: _Candidate, other: _Candidate) -> bool:
    """Tell whether two passages that speak of the same say other numbers, or other words, of it, or one denies it."""
    numbers = bool(one.numbers - other.numbers) and bool(other.numbers - one.numbers)
    mine, others = one.telling - other.telling, other.telling - one.telling
    instead = len(one.telling & other.telling) > len(mine) == len(others) > 0 and len(mine) <= _OTHERWISE
    return numbers or instead or one.words & _DENIES != other.words & _DENIES


def _in_order(chosen: Sequence[_Candidate]) -> list[Quote]:
    ordered: list[_Candidate] = []
    for one in chosen:
        older = (
            place
            for place, other in enumerate(ordered)
            if one.quote.hit.record.created > other.quote.hit.record.created
            and _near(one, other)
            and _contradicts(one, other)
        )
        ordered.insert(next(older, len(ordered)), one)
    return [one.quote for one in ordered]
