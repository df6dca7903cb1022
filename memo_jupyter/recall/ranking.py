"""The order of the candidates, and each signal's share in it. Pure functions of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from memo_jupyter.recall.candidates import Candidate

_MEANING = 0.52
_WORDS = 0.43
_RECENCY = 0.05
"""The most that each signal can give; they add up to 1. Meaning and words nearly alike, as measured on LoCoMo."""

_UNRELATED = 0.18
"""Below this cosine, texts that share no word have nothing to do with one another (all-MiniLM-L6-v2)."""

_HALF_LIFE = 30.0
"""Days after which recency counts half."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A record's best chunk, its score from 0 to 1, and each signal's share of that score."""

    candidate: Candidate
    score: float
    why: Mapping[str, float]


def rank(candidates: Sequence[Candidate], now: datetime) -> list[Ranked]:
    """Order the candidates, one a record; `now` is what recency is counted from."""
    most = max((candidate.bm25 for candidate in candidates), default=0.0) or 1.0
    best: dict[str, Ranked] = {}
    for candidate in candidates:
        if candidate.cosine < _UNRELATED and not candidate.bm25:
            continue
        days = max(0.0, (now - candidate.created).total_seconds() / 86400)
        why = {
            "meaning": _MEANING * max(0.0, candidate.cosine),
            "words": _WORDS * candidate.bm25 / most,
            "recency": _RECENCY * 0.5 ** (days / _HALF_LIFE),
        }
        ranked = Ranked(candidate, sum(why.values()), why)
        if candidate.record not in best or best[candidate.record].score < ranked.score:
            best[candidate.record] = ranked
    return sorted(best.values(), key=lambda ranked: (-ranked.score, ranked.candidate.record))
