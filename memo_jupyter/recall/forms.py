"""The forms in which people write times, each with the way to read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.recall import stretches as at

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from memo_jupyter.recall.stretches import Stretch

    Read = Callable[[re.Match[str], str | None, datetime], list[Stretch]]

_MONTH = "january|february|april|june|july|august|september|october|november|december"
_WORD = "(?:jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec|may|march)"  # months that are words or names, too
_ANY = rf"(?:(?:{_MONTH}|{_WORD})\b\.?)"
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
_PART = "morning|afternoon|evening|night"
_UNIT = r"(?P<unit>minute|min|hour|hr|day|week|fortnight|month|quarter|year|yr)s?\b"
_APART = r"(?<![\w.,:/$#=+-])"  # not a part of a name, a path or another number
_COUNT = (
    rf"{_APART}(?P<count>[0-9]{{1,4}}|half an?|(?:a )?couple(?: of)?|(?:a )?few|several|an?|{'|'.join(_NUMBERS)}|twenty"
    "|thirty)"
)
_YEAR = r"(?:19|20)[0-9]{2}(?![\w%]|[.,:/_=(\[-][\w(])"
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])"
_TH = r"(?:st|nd|rd|th)"
# What counts something is no year or day: "in 2000 steps". An "s" at the end of the next word tells, but for a few.
_UNCOUNTED = r"(?! (?!(?:was|is|as|has|does|this|his|its|vs|versus|us)\b)(?:[a-z]+s|k|m|px|hz|mb|gb)\b)"
# After a month that is a word, too, the sentence goes on: "in may we", but not "in jan server".
_CLAUSE = (
    r"(?= ?(?:$|[^\w =(\[._/-]|[-.](?!\w))| (?:and|or|to|until|till|through|but|with|for|on|about|was|were|did|does|do"
    r"|had|we|i|the|a|an|my|our|when|that|which|at|from|because|than|vs|versus|what|how|who|they|he|she|it|you|is)\b"
    r"| ?[-\u2013\u2014] ?(?:" + _MONTH + "|" + _WORD + r")\b)"
)

_LEADS = frozenset("since before after until till in during over throughout around from between last past".split())
_DAYS = frozenset("since before after until till on from between last past previous this".split())
_YEARS = _LEADS | {"of", "year"}
_HALVES = {
    "minute": (1, 1, "minute"),
    "hour": (30, 30, "minute"),
    "day": (12, 12, "hour"),
    "week": (3, 3, "day"),
    "fortnight": (1, 1, "week"),
    "month": (2, 2, "week"),
    "quarter": (6, 6, "week"),
    "year": (6, 6, "month"),
}


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a time.

    Attributes
    ----------
    pattern : pattern
        Where it may stand. A group "sure" in it tells that no lead is needed.
    read : callable
        Told the match, the word that leads to it and now, gives the stretches that may be meant.
    needs : set of str or None
        The words one of which has to lead to it; None if it is clear without.
    """

    pattern: re.Pattern[str]
    read: Read
    needs: frozenset[str] | None = None

    def told(self, match: re.Match[str]) -> set[str]:
        """Give the groups of the pattern that matched something."""
        return {name for name, value in match.groupdict().items() if value}


def _amount(match: re.Match[str]) -> tuple[int, int, str]:
    words: str = match["count"]
    unit = {"min": "minute", "hr": "hour", "yr": "year"}.get(match["unit"], str(match["unit"]))
    if words.startswith("half"):
        return _HALVES[unit]
    if words.isdigit():
        return int(words), int(words), unit
    if words in _NUMBERS:
        return _NUMBERS.index(words) + 1, _NUMBERS.index(words) + 1, unit
    if "couple" in words:
        return 2, 2, unit
    known = {"a": (1, 1), "an": (1, 1), "twenty": (20, 20), "thirty": (30, 30), "several": (3, 8)}
    least, most = known.get(words, (2, 5))  # a few
    return least, most, unit


def _ago(match: re.Match[str], _: str | None, now: datetime) -> list[Stretch]:
    least, most, unit = _amount(match)
    return [at.ago(now, least, most, unit)]


def _past(match: re.Match[str], _: str | None, now: datetime) -> list[Stretch]:
    most, unit = _amount(match)[1:]
    return [at.past(now, most, unit)]


def _rolling(match: re.Match[str], _: str | None, now: datetime) -> list[Stretch]:
    return [at.past(now, 1, match["unit"] or "hour")]


def _whole(match: re.Match[str], _: str | None, now: datetime) -> list[Stretch]:
    return [at.unit(now, match["unit"], 0 if match["which"] in ("this", "current") else 1)]


def _before_last(match: re.Match[str], _: str | None, now: datetime) -> list[Stretch]:
    return [at.unit(now, match["unit"], 2)]


def _near(match: re.Match[str], _: str | None, now: datetime) -> list[Stretch]:
    day = at.unit(now, "day", {"yesterday": 1, "today": 0}.get(match["day"], 2))
    return [at.part_of_day(day, match["part"]) if match["part"] else day]


def _this_part(match: re.Match[str], _: str | None, now: datetime) -> list[Stretch]:
    return [at.part_of_day(at.unit(now, "day"), match["part"] or "night")]


def _last_night(_match: re.Match[str], _: str | None, now: datetime) -> list[Stretch]:
    return [at.part_of_day(at.unit(now, "day", 1), "night")]


def _other_day(_match: re.Match[str], _: str | None, now: datetime) -> list[Stretch]:
    return [(at.unit(now, "day", 8)[0], at.unit(now, "day")[0])]


def _weekday(match: re.Match[str], lead: str | None, now: datetime) -> list[Stretch]:
    number = next(number for number, name in enumerate(_WEEKDAYS) if name.startswith(match["weekday"]))
    days = at.weekday(now, number, lead)
    part = match.groupdict().get("part")
    return [at.part_of_day(day, part) for day in days] if part else days


def _weekend(_match: re.Match[str], lead: str | None, now: datetime) -> list[Stretch]:
    begun = now.weekday() >= 5 and lead not in ("last", "past", "previous")  # noqa: PLR2004  # Saturday
    return [at.unit(now, "weekend", 0 if begun else 1)]


def _season(match: re.Match[str], lead: str | None, now: datetime) -> list[Stretch]:
    year = match.groupdict().get("year")
    return at.season(now, match["season"], int(year) if year else None, lead)


def _quarter(match: re.Match[str], _: str | None, now: datetime) -> list[Stretch]:
    year = match.groupdict().get("year")
    return [at.within_year(now, match["kind"], int(match["number"]), int(year) if year else None)]


def _date(match: re.Match[str], _: str | None, now: datetime) -> list[Stretch]:
    start, end = at.date(now, match["date"])
    first = match.groupdict().get("first")
    return [(start.replace(day=int(first)) if first else start, end)]


def _numbers(match: re.Match[str], _: str | None, _now: datetime) -> list[Stretch]:
    return at.numbers(match[0])


def _month(match: re.Match[str], _: str | None, now: datetime) -> list[Stretch]:
    return [at.month(now, match[0], dated=match[0][-1].isdigit())]


def _year(match: re.Match[str], _: str | None, _now: datetime) -> list[Stretch]:
    return [at.year(int(match[0]))]


def _form(pattern: str, read: Read, needs: frozenset[str] | None = None) -> Form:
    return Form(re.compile(pattern), read, needs)


_SEVERAL_DAYS = rf"(?:(?P<first>{_DAY}){_TH}?(?: ?[-\u2013] ?| to | and ))?"
_SAME_YEAR = r"(?!,? ?(?:19|20)[0-9]{2}\b)"
_SEASON = "spring|summer|autumn|fall|winter"

FORMS = (
    _form(rf"{_COUNT} {_UNIT} (?:ago|back)\b", _ago),
    _form(rf"\b(?:past|last|previous) {_COUNT} {_UNIT}", _past),
    _form(r"\b(?:the (?:past|last)|past) (?P<unit>hour|week|fortnight|month|quarter|year)\b(?! of\b)", _rolling),
    _form(r"\b(?:past (?P<unit>day)|last (?P<hour>hour))\b", _rolling),
    _form(r"\b(?P<which>this|last|previous|current) (?P<unit>week|month|quarter|year)\b(?! of\b)", _whole),
    _form(r"\b(?P<unit>week|weekend|month|quarter|year) before last\b", _before_last),
    _form(rf"\b(?P<day>day before yesterday|yesterday|today)\b(?:'s)?(?: (?P<part>{_PART})\b)?", _near),
    _form(r"\b(?:tonight|this (?P<part>morning|afternoon|evening))\b", _this_part),
    _form(r"\blast (?:night|evening)\b", _last_night),
    _form(r"\bthe other day\b", _other_day),
    _form(
        rf"(?<!every )(?<!each )(?<!next )\b(?P<weekday>{'|'.join(_WEEKDAYS)})\b"
        rf"(?P<sure>(?:'s)?(?: (?P<part>{_PART})\b)?)(?!,? (?:the )?(?:[0-9]|{_ANY} [0-9]))",  # a date goes on
        _weekday,
        _DAYS,
    ),
    _form(rf"(?<=last )(?P<weekday>mon|tues?|wed|thurs?|thu|fri)\b{_CLAUSE}", _weekday),
    _form(r"\bweekend\b(?! of\b)", _weekend, _DAYS | {"over", "at", "during"}),
    _form(rf"\b(?P<season>{_SEASON})(?: of)?,? (?P<year>{_YEAR}){_UNCOUNTED}", _season),
    _form(rf"\b(?P<season>{_SEASON})\b{_CLAUSE}", _season, _LEADS | {"this"}),
    _form(rf"\b(?P<kind>[qh])(?P<number>[1-4])(?: of)?[ /-]?(?P<year>{_YEAR})", _quarter),
    _form(r"(?<![\w.-])(?P<year>(?:19|20)[0-9]{2})[ /-]?(?P<kind>[qh])(?P<number>[1-4])\b", _quarter),
    _form(rf"\b(?P<kind>q)(?P<number>[1-4])\b{_CLAUSE}", _quarter, frozenset(("in", "during", "since"))),
    _form(
        r"(?<![\w.,-])(?P<date>(?:19|20)[0-9]{2}(?P<dash>[-/])(?:0[1-9]|1[0-2])(?P=dash)(?:0[1-9]|[12][0-9]|3[01]))"
        r"(?=$|[^\w/-]|t[0-9])",
        _date,
    ),
    _form(r"(?<![\w.,/:-])(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])(?![\w/:-]|\.[0-9])", _month),
    _form(r"(?<![\w.,/:-])[0-3]?[0-9](?P<dot>[./])[0-3]?[0-9](?P=dot)(?:19|20)[0-9]{2}(?![\w/]|[.-][0-9])", _numbers),
    _form(rf"{_APART}{_SEVERAL_DAYS}(?P<date>{_DAY}{_TH}?(?: of)?[ -]{_ANY}[ ,-]{{1,2}}{_YEAR}){_UNCOUNTED}", _date),
    _form(rf"\b(?P<date>{_ANY} (?:the )?{_DAY}{_TH}?(?:, ?| ){_YEAR}){_UNCOUNTED}", _date),
    _form(rf"{_APART}{_SEVERAL_DAYS}(?P<date>{_DAY}{_TH}?(?: of)?[ -](?:{_MONTH}))\b{_SAME_YEAR}", _date),
    _form(
        rf"(?<![0-9] )\b(?P<date>(?:{_MONTH}) (?:the )?{_DAY}{_TH}?)(?![\w%.:/-]|,[0-9]){_SAME_YEAR}{_UNCOUNTED}", _date
    ),
    _form(
        rf"{_APART}{_SEVERAL_DAYS}(?P<date>{_DAY}(?P<sure>{_TH})?(?: of)?[ -]{_WORD})\b\.?{_CLAUSE}{_SAME_YEAR}",
        _date,
        _DAYS | {"of", "dated", "around"},
    ),
    _form(rf"(?<![0-9] )\b(?P<date>{_WORD}\.? (?:the )?{_DAY}{_TH}?){_CLAUSE}{_SAME_YEAR}", _date),
    _form(rf"\b{_ANY}(?: of)?,? {_YEAR}{_UNCOUNTED}", _month),
    _form(rf"\b(?:{_MONTH})\b{_SAME_YEAR}", _month, _LEADS | {"of", "this"}),
    _form(rf"\b{_WORD}\b{_CLAUSE}{_SAME_YEAR}", _month, _LEADS - {"past"}),
    _form(rf"{_APART}{_YEAR}{_UNCOUNTED}", _year, _YEARS - {"over", "past", "last"}),
)
"""All of them. Where two begin at the same place, the longer one holds."""
