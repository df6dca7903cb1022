"""The stretches of time that a question names, so that what was kept then can be put first."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timezone, tzinfo
from itertools import islice

_READ = 1000
"""Characters that are looked at, from either end: between them is a pasted text, whose dates ask for nothing."""

_MOST = 16
"""Stretches of a question that are looked at, for the same reason."""

_FIRST = 1970
"""No memory is older, so a clock that shows this year or an earlier one is not set, and nothing counts from it."""

_HINT = re.compile(
    r"\b(?:minutes?|mins?|hours?|hrs?|days?|weeks?|weekend|fortnights?|months?|quarters?|years?|yrs?|yesterday|today|tonight"
    r"|morning|afternoon|evening|night|spring|summer|autumn|fall|winter|[1-4]?[qh][1-4]|20[0-9]{2}q[1-4]"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|last (?:mon|tues?|wed|thu|thurs?|fri)"
    r"|jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec|january|february|march|april|august|september|october"
    r"|november|december)\b|(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])",
)
"""One of these stands in every question that names a time; without one, nothing more is imported or done."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time.

    Attributes
    ----------
    start, end : datetime
        In UTC; the end is no longer part of it.
    """

    start: datetime
    end: datetime


def spans(query: str, now: datetime) -> list[Span]:
    """Give the stretches of time that `query` names, in the order in which it does.

    What can be read in two ways ("5/7/2023") gives both. A stretch is as wide as its words are vague: "three days ago"
    is one day, "two weeks ago" a week around it. None begins after `now`: no memory is from there.

    Parameters
    ----------
    now : datetime
        What "yesterday" is counted from. Days begin and end in its zone; without one, in that of this computer.

    Returns
    -------
    list of Span
        Empty for nearly every question, and soon: this runs at each keystroke. Never raises for any text.
    """
    if len(query) > 2 * _READ:
        query = f"{query[:_READ]}_ _{query[-_READ:]}"  # so that half a word is not another: "in mayonnaise"
    text = " ".join(unicodedata.normalize("NFKC", query).lower().split())[: 2 * _READ + 3]
    if not _HINT.search(text) or not _FIRST < now.year < MAXYEAR:
        return []
    from memo_jupyter.recall.phrases import stretches  # noqa: PLC0415  # brings in the date parser

    zone = _zone(now)
    found: dict[Span, None] = {}
    for start, end in islice(stretches(text, now.replace(tzinfo=zone)), _MOST):
        try:
            span = Span(_instant(start, zone), _instant(end, zone))
        except (OverflowError, OSError, ValueError):  # at the calendar's ends, a zone has no date
            continue
        if span.start <= now.astimezone(timezone.utc) and span.start < span.end:
            found[span] = None
    return list(found)


def _zone(now: datetime) -> tzinfo | None:
    # `datetime.astimezone` gives an offset without rules: the one of now, which may be an hour off last winter. If it
    # is this computer's, then None, which stands for this computer's zone, knows the rules.
    zone = now.tzinfo
    bare = isinstance(zone, timezone) and zone is not timezone.utc
    return None if bare and now.astimezone().utcoffset() == now.utcoffset() else zone


def _instant(edge: datetime, zone: tzinfo | None) -> datetime:
    return (edge if edge.tzinfo else edge.replace(tzinfo=zone)).astimezone(timezone.utc)
