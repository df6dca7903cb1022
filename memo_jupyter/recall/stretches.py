"""From a named time to its first and last moment: the calendar's arithmetic, by the clock on the wall.

All here are pure functions of `now` and of what was named. A stretch is a pair of datetimes without a zone, the second
no longer part of it; only hours and minutes ago, which do not jump when the clock is set, are in UTC.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from dateutil.parser import parse
from dateutil.relativedelta import relativedelta

Stretch = tuple[datetime, datetime]

BEGIN = datetime(1970, 1, 2)  # noqa: DTZ001  # by the wall clock
"""Where "before" begins: no memory is older, and no zone makes it the day before 1970."""

_LEAP = 8
"""Years within which there is always a 29 February."""

_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_SHARES = {
    "early": (0.0, 0.4),
    "start": (0.0, 0.3),
    "beginning": (0.0, 0.3),
    "mid": (0.3, 0.7),
    "middle": (0.3, 0.7),
    "late": (0.6, 1.0),
    "end": (0.7, 1.0),
}
_PARTS = {"morning": (4, 12), "afternoon": (12, 18), "evening": (17, 24), "night": (18, 30)}


def midnight(moment: datetime) -> datetime:
    """Give the first moment of its day, on the wall clock."""
    return datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001  # by the wall clock


def unit(now: datetime, name: str, back: int = 0) -> Stretch:
    """Give the whole day, week (from Monday), month, quarter or year, so many before that of `now`."""
    day = midnight(now)
    if name == "day":
        start, length = day - relativedelta(days=back), relativedelta(days=1)
    elif name == "week":
        start, length = day - relativedelta(days=day.weekday(), weeks=back), relativedelta(weeks=1)
    elif name == "weekend":
        start, length = day - relativedelta(days=day.weekday() - 5, weeks=back), relativedelta(days=2)
    elif name == "month":
        start, length = day.replace(day=1) - relativedelta(months=back), relativedelta(months=1)
    elif name == "quarter":
        first = day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1)
        start, length = first - relativedelta(months=3 * back), relativedelta(months=3)
    else:
        start, length = day.replace(day=1, month=1) - relativedelta(years=back), relativedelta(years=1)
    return start, start + length


def ago(now: datetime, least: int, most: int, name: str) -> Stretch:
    """Give the time so many units before `now`, and as much to both sides as its words are vague.

    That is half a unit, or a tenth of the whole if that is more; a quarter where it is counted in hours or minutes.
    """
    if name in ("minute", "hour"):
        one = timedelta(minutes=1) if name == "minute" else timedelta(hours=1)
        moment = now.astimezone(timezone.utc)
        margin = one * max(2 if name == "minute" else 0.5, most / 4)
        return moment - most * one - margin, moment - least * one + margin
    day = midnight(now)
    days = _days(name)
    slack = timedelta(days=int(max(days / 2, most * days / 10) if days > 1 else most / 10))
    return day - _length(name, most) - slack, day - _length(name, least) + slack + timedelta(days=1)


def past(now: datetime, count: int, name: str) -> Stretch:
    """Give the last so many units, up to now: whole days."""
    if name in ("minute", "hour"):
        moment = now.astimezone(timezone.utc)
        return moment - timedelta(**{f"{name}s": count}), moment + timedelta(minutes=1)
    return midnight(now) - _length(name, count), midnight(now) + timedelta(days=1)


def part_of_day(day: Stretch, name: str) -> Stretch:
    """Give the morning, afternoon, evening or night of a day."""
    first, last = _PARTS[name]
    return day[0] + timedelta(hours=first), day[0] + timedelta(hours=last)


def weekday(now: datetime, number: int, lead: str | None) -> list[Stretch]:
    """Give the latest such day (Monday is 0); before today, unless it is "this" one.

    "Last Tuesday", said on a Friday, is this week's for some, and the week before's for others: both.
    """
    day = midnight(now)
    back = (day.weekday() - number) % 7 or (0 if lead == "this" else 7)
    days = [back, back + 7] if lead == "last" and back <= day.weekday() else [back]
    return [unit(now, "day", back) for back in days]


def season(now: datetime, name: str, year: int | None, lead: str | None) -> list[Stretch]:
    """Give a season (whole months, of the northern half), the latest that has begun; "last" is one that is over.

    The winter of a year is the one it begins with, or the one it ends with: both.
    """
    month = _SEASONS[name]
    if year is not None:
        years = [year - 1, year] if month == 12 else [year]  # noqa: PLR2004  # December
        return [_months(year, month, 3) for year in years]
    latest = [_months(now.year - back, month, 3) for back in range(3)]
    over = 1 if lead == "last" else 0
    return [next(one for one in latest if one[over] <= midnight(now))]


def within_year(now: datetime, kind: str, number: int, year: int | None) -> Stretch:
    """Give a quarter ("q") or half ("h") of a year, the latest that has begun if no year is named."""
    length = 3 if kind == "q" else 6
    month = (number - 1) * length + 1
    this = now.year if _months(now.year, month, length)[0] <= midnight(now) else now.year - 1
    return _months(this if year is None else year, month, length)


def month(now: datetime, words: str, *, dated: bool) -> Stretch:
    """Give a month, the latest that has begun if no year is `dated`."""
    start = parse(words, default=datetime(now.year, 1, 1))  # noqa: DTZ001  # by the wall clock
    if not dated and start > midnight(now):
        start -= relativedelta(years=1)
    return start, start + relativedelta(months=1)


def date(now: datetime, words: str) -> Stretch:
    """Give a day that is written out, the latest that has begun if it has no year."""
    for back in range(_LEAP):
        try:
            start = parse(words, default=datetime(now.year - back, 1, 1))  # noqa: DTZ001  # by the wall clock
        except ValueError:  # there is no 29 February in that year
            continue
        if start <= midnight(now):
            return midnight(start), midnight(start) + timedelta(days=1)
    raise ValueError(words)


def numbers(words: str) -> list[Stretch]:
    """Give the day of "5/7/2023" or "7.5.2023"; the first as both that it may be."""
    days = {}
    for dayfirst in (True,) if "." in words else (False, True):
        start = parse(words, dayfirst=dayfirst, default=BEGIN)
        days[start] = (start, start + timedelta(days=1))
    return list(days.values())


def year(number: int) -> Stretch:
    """Give a whole year."""
    return _months(number, 1, 12)


def piece(whole: Stretch, words: str) -> Stretch:
    """Give a part of a stretch: its beginning, its middle, its second half, its third week."""
    start, end = whole
    length = end - start
    if words in ("week", "weekend"):  # of a day
        return unit(start, words) if length < timedelta(days=2) else whole
    if words.endswith(("week", "weekend")):
        first = end - timedelta(days=7) if words.startswith("last") else start + timedelta(days=7 * _ordinal(words) - 7)
        # A month's second week is its second seven days, or one the calendar shows: all weeks with one of these days.
        monday, after = unit(first, "week")[0], unit(first + timedelta(days=6), "week")[1]
        return monday + timedelta(days=5 if words.endswith("weekend") else 0), after
    if words.endswith(("quarter", "half")):
        parts = 4 if words.endswith("quarter") else 2
        nth = parts if words.startswith("last") else _ordinal(words)
        if length > timedelta(days=360):  # a year, which has months
            return _months(start.year, (nth - 1) * 12 // parts + 1, 12 // parts)
        return _share(whole, (nth - 1) / parts, nth / parts)
    return _share(whole, *_SHARES[words])


def bounded(now: datetime, stretch: Stretch, bound: str | None, by: str | None) -> Stretch:
    """Give what is since, before, after or until a stretch; `by` is the unit in "the week before"."""
    start, end = stretch
    if by and bound in ("before", "after"):
        length = _length("week" if by == "weekend" else by, 1)
        return (start - length, start) if bound == "before" else (end, end + length)
    today = midnight(now) + timedelta(days=1)
    if bound in ("since", "after"):
        return (start if bound == "since" else end), today
    return (BEGIN, start if bound == "before" else end) if bound else stretch


def _share(whole: Stretch, first: float, last: float) -> Stretch:
    start, length = whole[0], whole[1] - whole[0]
    if length < timedelta(days=2):
        return start + length * first, start + length * last
    final = midnight(start + length * last - timedelta(microseconds=1))
    return midnight(start + length * first), final + timedelta(days=1)


def _ordinal(words: str) -> int:
    names = ("first", "1st", "second", "2nd", "third", "3rd", "fourth", "4th", "fifth", "5th")
    return names.index(words.split(" ", maxsplit=1)[0]) // 2 + 1


def _days(name: str) -> int:
    return {"day": 1, "week": 7, "fortnight": 14, "month": 30, "quarter": 91}.get(name, 365)


def _length(name: str, count: int) -> relativedelta:
    if name in ("fortnight", "quarter"):
        return relativedelta(weeks=2 * count) if name == "fortnight" else relativedelta(months=3 * count)
    return relativedelta(**{f"{name}s": count})


def _months(year: int, month: int, length: int) -> Stretch:
    start = datetime(year, month, 1)  # noqa: DTZ001  # by the wall clock
    return start, start + relativedelta(months=length)
