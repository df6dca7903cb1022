"""The order of the candidates, and each signal's share in it. Pure functions of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memo_jupyter.recall.signals import SIGNALS, UNRELATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from memo_jupyter.index.lines import Line
    from memo_jupyter.recall.asked import Asked
    from memo_jupyter.recall.candidates import Candidates

_ALIKE = 0.8
"""Of two cells of a notebook that share that much of their words, one is the other, run again."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A record's best chunk, its score from 0 to 1, and each signal's share of that score."""

    line: Line
    score: float
    why: Mapping[str, float]


def rank(candidates: Candidates, asked: Asked, *, found_only: bool = False) -> Iterator[Ranked]:
    """Order the candidates, one a record.

    Parameters
    ----------
    found_only : bool
        Whether only those count that were found themselves.
    """
    shares = {name: most * signal(candidates, asked) for name, (most, signal) in SIGNALS.items()}
    scores = np.sum(list(shares.values()), axis=0)
    related = (candidates.cosine >= UNRELATED) | (shares["words"] > 0)
    if found_only:
        related &= candidates.found
    best: dict[str, int] = {}
    for place in np.flatnonzero(related).tolist():
        record = candidates.lines[place].record
        if record not in best or scores[best[record]] < scores[place]:
            best[record] = place
    order = sorted(best.items(), key=lambda item: (-scores[item[1]], item[0]))
    for _, place in order:
        why = {name: float(part[place]) for name, part in shares.items() if part[place] > 0}
        yield Ranked(candidates.lines[place], float(scores[place]), why)


def varied(ranked: Iterable[Ranked]) -> Iterator[Ranked]:
    """Give them in order, but last what says again what stands above it: one cell, run ten times, is one memory."""
    again: list[Ranked] = []
    words: dict[str | None, list[frozenset[str]]] = {}
    for one in ranked:  # whoever takes the first few has only those compared
        if one.line.kind == "cell":
            own = frozenset(one.line.words.split(" "))
            others = words.setdefault(one.line.session, [])
            if any(_shared(own, other) >= _ALIKE for other in others):
                again.append(one)
                continue
            others.append(own)
        yield one
    yield from again


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))
