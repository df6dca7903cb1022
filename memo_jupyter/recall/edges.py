"""The moment that a few words name as an edge: ``yesterday``, ``3d``, ``last week``, for `--since` and `--until`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memo_jupyter.recall.spans import spans

if TYPE_CHECKING:
    from datetime import datetime

_LONGEST = 40
"""Characters: what is longer is a sentence, and no date."""

_SHORT = re.compile(r"([0-9]{1,4}) ?(min|h|d|w|mo|y)")
_UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks", "mo": "months", "y": "years"}
_COUNTED = re.compile(r"(?:[0-9]{1,4}|an?|one|two|three|four|five|six) (?:minute|hour|day|week|month|year)s?")


def edge(words: str, now: datetime) -> datetime | None:
    """Give when the stretch of time that `words` name begins, in UTC; None if they name none.

    Parameters
    ----------
    words : str
        ``yesterday``, ``last week``, ``monday``, ``May 2024``, ``3d`` or ``3 days`` (that day's beginning, three days
        ago), ``12h``, ``2w``, ``6mo``, ``1y``.
    now : datetime
        What it is counted from.
    """
    said = " ".join(words.lower().split())
    if not 0 < len(said) <= _LONGEST:
        return None
    if found := _SHORT.fullmatch(said):
        said = f"{found[1]} {_UNITS[found[2]]} ago"
    elif _COUNTED.fullmatch(said):
        said += " ago"
    named = spans(said, now) or spans(f"since {said}", now)
    return named[0].start if named else None
