"""What was done when: amounts by day and notebook, as the catalog adds them up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

from memo_jupyter.index.days import amounts, ends
from memo_jupyter.index.rows import Filter, microseconds, moment
from memo_jupyter.times import local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memo_jupyter.index.catalog import Catalog
    from memo_jupyter.index.days import Amount

_KINDS = ("cell", "fix", "note", "chat")

_MOST = 62
"""Days, weeks or months beside one another, at the most: more are no longer told apart on a narrow page."""

_UNITS = {"day": 1, "week": 7, "month": 28, "year": 365}
"""What days are told by, and how many each has at the least."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done in one notebook on one day, or in one week, month or year.

    Attributes
    ----------
    start : date
        The day, or the first day of it.
    notebook : str or None
        None for what was done in none, such as a note of the shell.
    first, last : datetime
        When its first and its last memory were made, in UTC.
    cells, errors, fixes, notes, chats : int
        How many; every run of a cell counts, and the errors are among the cells.
    line : str
        What tells most of it; empty where that was not looked for.
    """

    start: date
    notebook: str | None
    first: datetime
    last: datetime
    cells: int = 0
    errors: int = 0
    fixes: int = 0
    notes: int = 0
    chats: int = 0
    line: str = ""

    @property
    def size(self) -> int:
        """How many memories it has."""
        return self.cells + self.fixes + self.notes + self.chats


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was done in a stretch of time.

    Attributes
    ----------
    unit : str
        What an entry is of: `day`, `week`, `month` or `year`.
    starts : sequence of date
        All of them, from the first to the last, also those in which nothing was done.
    entries : sequence of Entry
        The latest first; those of one day by when they ended.
    """

    unit: str
    starts: Sequence[date] = ()
    entries: Sequence[Entry] = field(default_factory=tuple)


def timeline(catalog: Catalog, since: datetime, until: datetime, source: str | None = None) -> Timeline:
    """Add up what was remembered since a time and before another, in days of this computer's zone.

    Where there are more than 62 days from the first memory to the last, it is told by weeks, then months, then years.

    Parameters
    ----------
    catalog : Catalog
    since, until : datetime
    source : str, optional
        Only of this notebook.
    """
    where = Filter(kinds=_KINDS, since=since, until=until, source=source)
    found = ends(catalog, where)
    if found is None:
        return Timeline("day")
    first, last = (local(moment(one)).date() for one in found)
    unit = next((one for one, days in _UNITS.items() if (last - first).days // days < _MOST), "year")
    starts = _starts(unit, first, last)
    edges = [microseconds(datetime.combine(one, time.min)) for one in starts]
    together: dict[tuple[int, str | None], list[Amount]] = {}
    for amount in amounts(catalog, where, edges):
        together.setdefault((amount.number, amount.place), []).append(amount)
    entries = [_entry(starts[place], notebook, parts) for (place, notebook), parts in together.items()]
    return Timeline(unit, starts, sorted(entries, key=lambda one: (one.start, one.last), reverse=True))


def stretch(since: datetime | None, until: datetime | None, days: int, now: datetime) -> tuple[datetime, datetime]:
    """Give the stretch of time that is meant: the days up to its end, unless its beginning is given."""
    end = until or now + timedelta(minutes=1)  # what was just remembered is part of it
    if since is not None:
        return since, end
    try:
        first = local(end - timedelta(microseconds=1)).date() - timedelta(days=max(1, days) - 1)
        return datetime.combine(first, time.min).astimezone(timezone.utc), end
    except (OverflowError, OSError, ValueError):  # before the calendar begins
        return datetime(1970, 1, 1, tzinfo=timezone.utc), end


def _entry(start: date, notebook: str | None, parts: Sequence[Amount]) -> Entry:
    def count(kind: str, *, raised: bool | None = None) -> int:
        return sum(one.size for one in parts if one.kind == kind and raised in (None, one.raised))

    return Entry(
        start,
        notebook,
        moment(min(one.first for one in parts)),
        moment(max(one.last for one in parts)),
        count("cell"),
        count("cell", raised=True),
        count("fix"),
        count("note"),
        count("chat"),
    )


def _starts(unit: str, first: date, last: date) -> list[date]:
    """Give the first day of each day, week, month or year from one day to another."""
    day = first
    if unit == "week":
        day = first - timedelta(days=first.weekday())
    elif unit in ("month", "year"):
        day = first.replace(day=1) if unit == "month" else first.replace(month=1, day=1)
    found = []
    while day <= last:
        found.append(day)
        if unit == "month":
            day = (day + timedelta(days=31)).replace(day=1)
        elif unit == "year":
            day = day.replace(year=day.year + 1)
        else:
            day += timedelta(days=_UNITS[unit])
    return found
