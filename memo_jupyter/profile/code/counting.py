"""Over many cells, what is clear: who won among rivals, what changed, what comes back."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.profile.finding import LONGEST, MOST_EVIDENCE, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

_CELLS_ON_DAYS, _DAYS, _CELLS = 3, 2, 5
"""So many cells on so many days are evidence; so many cells of one day only as long as few days are known."""

_FEW_DAYS = 5
"""Among the cells of so many days, what stands in those of one alone is no habit."""

_OF_A_DAY = 3
"""Cells of a day that count for one of several rivals: a long session is not many."""

_RECENT = 10
"""Cells on a matter, the newest, that decide it: people change."""

_SHARE = 0.6
_SHARE_OF_ALL = 0.75
_TIMES = 2
"""What wins has so large a share of the newest cells (or of all, where those leave it open), and so many times what
comes second."""

_HALF_LIFE = 90
"""Days after which a cell counts half, where only the first few of many are named, and where a habit fades."""

_FAINT = 0.5
"""What counts for less all together is long ago: three cells of 230 days before the newest, fifty of 600."""

_GONE = 0.2
"""The share of the newest cells that the former winner may have, for it to be said that it is given up."""


@dataclass(frozen=True, slots=True)
class Place:
    """A cell, as far as counting goes: its memory, and when that was made."""

    id: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """The time that all cells span: when the newest was made, and on how many days there were any."""

    now: datetime
    days: int


@dataclass(frozen=True, slots=True)
class Won:
    """What was chosen on a topic: by how many it was before, what it is in the place of, and what else was seen."""

    value: str
    places: tuple[Place, ...]
    former: str
    rival: str


def enough(places: Sequence[Place], span: Span) -> bool:
    """Tell whether so many cells are evidence, and recent enough."""
    if weight(places, span.now) < _FAINT:
        return False
    if len({place.created.date() for place in places}) >= _DAYS:
        return len(places) >= _CELLS_ON_DAYS
    return len(places) >= _CELLS and span.days < _FEW_DAYS


def won(seen: Mapping[str, Sequence[Place]], span: Span) -> Won | None:
    """Tell which of several rivals is clearly preferred now, if any is.

    Parameters
    ----------
    seen : mapping of str to sequence of Place
        The cells in which each was seen, oldest first.
    span : Span
    """
    if not any(enough(places, span) for places in seen.values()):
        return None
    every, seen = seen, {value: _of_days(places) for value, places in seen.items()}
    cells = sorted({place for places in seen.values() for place in places}, key=order)
    recent, before = cells[-_RECENT:], cells[:-_RECENT]
    now, all_along = _counts(seen, recent), _counts(seen, cells)
    value = _clear(now, len(recent), _SHARE)
    if not value:
        value = _clear(all_along, len(cells), _SHARE_OF_ALL)
        if not value or now[value] < max(now.values()):
            return None
    if not enough(every[value], span):
        return None
    former = _clear(_counts(seen, before), len(before), _SHARE)
    if (
        former == value
        or now[former] > _GONE * len(recent)
        or not enough([*set(seen.get(former, ())) & set(before)], span)
    ):
        former = ""
    rivals = [one for one, count in all_along.most_common() if one not in (value, former) and count > 1]
    return Won(value, tuple(every[value]), former, rivals[0] if rivals else "")


def _of_days(places: Sequence[Place]) -> list[Place]:
    """Give the newest few of each day."""
    days: Counter[date] = Counter()
    kept = []
    for place in reversed(places):
        days[place.created.date()] += 1
        if days[place.created.date()] <= _OF_A_DAY:
            kept.append(place)
    return kept[::-1]


def _counts(seen: Mapping[str, Sequence[Place]], cells: Sequence[Place]) -> Counter[str]:
    among = set(cells)
    return Counter({value: sum(place in among for place in seen[value]) for value in sorted(seen)})


def _clear(counts: Counter[str], cells: int, share: float) -> str:
    if not cells:
        return ""
    (value, first), (_, second) = [*counts.most_common(2), ("", 0)][:2]
    return value if first >= share * cells and first >= _TIMES * second else ""


def order(place: Place) -> tuple[datetime, str]:
    """Give what places are put in the order of time by."""
    return place.created, place.id


def weight(places: Iterable[Place], now: datetime) -> float:
    """Tell how much cells count together, the newer the more."""
    return sum(math.pow(0.5, (now - place.created).total_seconds() / 86_400 / _HALF_LIFE) for place in places)


def heaviest(seen: Mapping[str, Sequence[Place]], span: Span, most: int) -> list[str]:
    """Give those that come back, the most frequent of late first."""
    ranked = sorted((-weight(places, span.now), value) for value, places in seen.items() if enough(places, span))
    return [value for _, value in ranked[:most]]


def finding(topic: str, sort: str, text: str, places: Iterable[Place]) -> Finding:
    """Make a finding of a sentence, with the newest of its cells as its evidence."""
    newest = sorted(set(places), key=order, reverse=True)
    ids = tuple(dict.fromkeys(place.id for place in newest))[:MOST_EVIDENCE]
    if len(text) > LONGEST:
        text = text[: LONGEST - 1].rstrip(" ,") + "…"
    return Finding(topic, sort, text, ids, newest[0].created)
