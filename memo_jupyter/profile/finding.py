"""What is learned of the user: one thing a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

SORTS = ("preference", "habit", "vocabulary", "goal")

MOST_EVIDENCE = 8
"""Memories that a finding names: enough to look it up, few enough to be shown."""

LONGEST = 139
"""Characters of a finding's text at the most: the profile is part of every prompt."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something learned of the user, and what it rests on.

    Attributes
    ----------
    topic : str
        What it is about, as a key that stays: `library:plotting`, `naming:dataframe`, `data:churn.csv` … A newer
        finding of the same topic takes the older one's place.
    sort : str
        One of `SORTS`.
    text : str
        One line of plain English, of `LONGEST` characters at the most; the user is not named in it ("Plots with …").
    evidence : tuple of str
        The ids of the memories it rests on, newest first, `MOST_EVIDENCE` at the most.
    when : datetime
        When the newest of them was made.
    """

    topic: str
    sort: str
    text: str
    evidence: tuple[str, ...]
    when: datetime
