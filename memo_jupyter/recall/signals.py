"""The signals that say how well a memory answers, each a number from 0 to 1 for every candidate. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from memo_jupyter.index.analysis import QUESTION
from memo_jupyter.index.lines import REACH

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from memo_jupyter.recall.asked import Asked
    from memo_jupyter.recall.candidates import Candidates

    Numbers = NDArray[np.float64]

UNRELATED = 0.18
"""Below this cosine, texts that share no word have nothing to do with one another (all-MiniLM-L6-v2)."""

_NEIGHBOURS = (0.5, 0.3, 0.4, 0.1)
"""How much a word counts that stands in the chunk before, the one before that, the one after, the one after that."""

_SATURATION = 0.8  # k1 of BM25
_BY_LENGTH = 0.4  # b of BM25
_BEST = 3
"""How many of a session's chunks speak for it."""

_LEAST = 1e-9
_DAY = 86400.0  # seconds

_HALF_LIFE = 30.0
"""Days after which recency counts half."""

_TOLD_LATER = 4.0
"""Days after a time that is named, in which what happened then is told half as often."""

_TIMES = frozenset(
    "yesterday today tonight tomorrow last ago next week weekend month year morn even night monday tuesday wednesday "
    "thursday friday saturday sunday januari februari march april june juli august septemb octob novemb decemb sinc "
    "recent".split()
)
_NUMBERS = frozenset("one two three four five six seven eight nine ten eleven twelv dozen once twice coupl few".split())


def meaning(candidates: Candidates, asked: Asked) -> Numbers:
    """How near the chunk is in meaning: its cosine."""
    del asked
    return np.maximum(candidates.cosine, 0.0)


def words(candidates: Candidates, asked: Asked) -> Numbers:
    """How much it shares of the question's words: BM25 beside the best, and the part of them that is there, by halves.

    A word that stands in the chunk before or after counts too, but less: an answer often stands beside the words that
    it answers.
    Source of the formula: Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009.
    """
    del asked
    own = candidates.counts + candidates.about
    beside = [_at(candidates.counts, place) for place in candidates.beside.T]
    counts = own + sum(share * other for share, other in zip(_NEIGHBOURS, beside, strict=True))
    norm = _SATURATION * (1 - _BY_LENGTH + _BY_LENGTH * candidates.lengths / candidates.lengths.mean())
    scores = (candidates.rarity * counts * (_SATURATION + 1) / (counts + norm[:, None])).sum(axis=1)
    there = np.minimum(own + sum(beside), 1.0) @ candidates.rarity
    return np.asarray((_beside_the_best(scores) + there / max(_LEAST, candidates.rarity.sum())) / 2)


def thread(candidates: Candidates, asked: Asked) -> Numbers:
    """How near the rest of its session is: in meaning, by its best chunks and those beside it; and in words."""
    del asked
    cosine = np.maximum(candidates.cosine, 0.0)
    near = (_at(cosine, candidates.beside[:, 0]) + _at(cosine, candidates.beside[:, REACH])) / 2
    order = np.lexsort((-cosine, candidates.session))  # session by session, the best first
    sorted_, session = cosine[order], candidates.session[order]
    starts = np.flatnonzero(np.r_[True, session[1:] != session[:-1]])
    which = np.cumsum(np.bincount(starts, minlength=len(order))) - 1
    few = np.add.reduceat(np.where(np.arange(len(order)) - starts[which] < _BEST, sorted_, 0.0), starts)
    own = np.minimum(candidates.counts + candidates.about, 1.0)[order]
    shared = np.maximum.reduceat(own, starts, axis=0) @ candidates.rarity / max(_LEAST, candidates.rarity.sum())
    of_session = np.empty((2, len(cosine)))
    of_session[:, order] = np.stack([(sorted_[starts] + few / _BEST) / 2, shared])[:, which]
    return np.asarray(0.75 * (0.75 * of_session[0] + 0.25 * near) + 0.25 * of_session[1])


def author(candidates: Candidates, asked: Asked) -> Numbers:
    """Whether its author, and no other's, is named in the question."""
    named = np.array([bool(one) and one <= asked.named for one in candidates.authors], dtype=float)
    who = {one for one, is_named in zip(candidates.authors, named, strict=True) if is_named}
    return named if len(who) == 1 else np.zeros(len(named))


def form(candidates: Candidates, asked: Asked) -> Numbers:
    """Whether it has the form of an answer: no question itself, after a question; a time or a number, if asked for."""
    question = candidates.having(frozenset((QUESTION,)))
    score = (1 - question) * (0.25 + 0.1 * _at(question, candidates.beside[:, 0]))
    if asked.of_time:
        score += 0.4 * candidates.having(_TIMES)
    if asked.of_number:
        score += 0.25 * np.maximum(candidates.having(_NUMBERS), candidates.with_digits())
    return score


def time(candidates: Candidates, asked: Asked) -> Numbers:
    """Whether it was made in a time that the question names, or was told not long after."""
    score = np.zeros(len(candidates))
    for span in asked.spans:
        late = (candidates.created - span.end.timestamp()) / _DAY
        inside = (candidates.created >= span.start.timestamp()) & (late < 0)
        score = np.maximum(score, np.where(inside, 1.0, np.where(late >= 0, 0.5 ** (1 + late / _TOLD_LATER), 0.0)))
    return score


def recency(candidates: Candidates, asked: Asked) -> Numbers:
    """How new it is."""
    days = np.maximum((asked.now.timestamp() - candidates.created) / _DAY, 0.0)
    return np.asarray(0.5 ** (days / _HALF_LIFE))


def pinned(candidates: Candidates, asked: Asked) -> Numbers:
    """Whether the user has pinned it: given it the tag `pinned`."""
    del asked
    return np.array(["pinned" in line.tags for line in candidates.lines], dtype=float)


def context(candidates: Candidates, asked: Asked) -> Numbers:
    """How near it is to what the user is doing now, in meaning, in words, and in place."""
    if not asked.doing:
        return np.zeros(len(candidates))
    same = np.array([line.session == asked.doing.session for line in candidates.lines], dtype=float)
    if not asked.doing.session:
        same[:] = 0.0
    near = np.maximum(candidates.doing_cosine, 0.0)
    shared = _beside_the_best(np.minimum(candidates.doing_counts, 1.0) @ candidates.doing_rarity)
    return 0.4 * near + 0.2 * shared + 0.4 * same


SIGNALS: dict[str, tuple[float, Callable[[Candidates, Asked], Numbers]]] = {
    "meaning": (0.148, meaning),
    "words": (0.148, words),
    "thread": (0.262, thread),
    "author": (0.029, author),
    "form": (0.148, form),
    "time": (0.085, time),
    "recency": (0.03, recency),
    "pinned": (0.03, pinned),
    "context": (0.12, context),
}
"""Each signal, and the most that it can give of the score; they add up to 1.

The first six were fitted to LoCoMo and to histories of notebooks together, leaving one conversation and a part of the
notebooks out each time (`benchmarks/locomo.py`, `benchmarks/notebook_recall.py`).
"""


def _at(values: Numbers, places: NDArray[np.int64]) -> Numbers:
    """Give the rows of `values` at `places`; zeros where a place is -1."""
    padded = np.concatenate([values, np.zeros_like(values[:1])])
    return np.asarray(padded[places])


def _beside_the_best(scores: Numbers) -> Numbers:
    most = scores.max(initial=0.0)
    return scores / most if most > 0 else scores
