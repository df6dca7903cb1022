"""Which words of a question name a time, and which only look like it ("May I", "2048 tokens", "sat on").

Date parsers are made for texts that are dates, and find some in nearly any other. So what is a time is decided here, by
the words around it: a month that is also a word, a year that is also a number, have to stand where only a time does.
What `forms` finds is then read by a date parser, in `stretches`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.recall.forms import FORMS
from memo_jupyter.recall.stretches import bounded, piece

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from memo_jupyter.recall.forms import Form
    from memo_jupyter.recall.stretches import Stretch

_BEFORE = re.compile(
    r"(?:\b(?:(?P<by>day|week|weekend|month|year) )?(?P<bound>since|before|after|until|till) )?"
    r"(?:\b(?P<lead>in|on|during|over|at|throughout|around|from|between|of|last|past|this|previous|year|dated) )?"
    r"(?:the )?(?:\b(?:(?P<adjective>early|mid|late)[ -]|(?P<noun>start|beginning|middle|end|week|weekend"
    r"|(?:first|second|1st|2nd) half"
    r"|(?:first|second|third|fourth|fifth|last|1st|2nd|3rd|4th|5th) (?:week|weekend|quarter)) (?:of|in) (?:the )?))?$"
)
"""What stands right before a time: the word that leads to it, and the part of it that is meant."""

_LINK = re.compile(r"(?: (?:and|to|until|till|through) (?:the )?| ?[-\u2013\u2014] ?)")
_WINDOW = 48
"""Characters before a time that are looked at; the longest that `_BEFORE` knows fits in."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A time in the text; it is read only then, as "March" in "from March to May 2024" is seen from its end."""

    match: re.Match[str]
    form: Form
    by: str | None
    bound: str | None
    lead: str | None
    piece: str | None
    link: str | None

    def read(self, now: datetime) -> list[Stretch]:
        """Give the stretches that may be meant; none if there is no such day, or it is beyond the calendar."""
        try:
            whole = self.form.read(self.match, self.lead, now)
            return [piece(one, self.piece) for one in whole] if self.piece else whole
        except (ValueError, OverflowError):
            return []


def stretches(text: str, now: datetime) -> Iterator[Stretch]:
    """Yield the stretches that `text` names; it is in lower case, and its blanks are single."""
    first: _Found | None = None
    for found in _times(text):
        if first and found.link and (first.lead in ("from", "between") or found.link.strip() in "-\u2013\u2014"):
            yield from _range(first, found, now)
            first = None
            continue
        if first:
            yield from _one(first, now, found if found.link else None)
        first = found
    if first:
        yield from _one(first, now)


def _one(found: _Found, now: datetime, following: _Found | None = None) -> Iterator[Stretch]:
    # In "July and August 2023", July is the one before that August.
    ends = [end for _, end in following.read(now)] if following else []
    for stretch in found.read(_seen(now, ends[0]) if ends else now):
        yield bounded(now, stretch, found.bound, found.by)


def _range(first: _Found, last: _Found, now: datetime) -> Iterator[Stretch]:
    for _, end in last.read(now):
        yield from ((start, end) for start, _ in first.read(_seen(now, end))[:1])


def _seen(now: datetime, end: datetime) -> datetime:
    return now if end.tzinfo else min(now, end.replace(tzinfo=now.tzinfo))


def _times(text: str) -> Iterator[_Found]:
    matches = [(match, form) for form in FORMS for match in form.pattern.finditer(text)]
    matches.sort(key=lambda one: (one[0].start(), -one[0].end()))
    end = 0
    for match, form in matches:
        if match.start() < end:
            continue
        window = text[max(end, match.start() - _WINDOW) : match.start()]
        before = _BEFORE.search(window)
        names = ("by", "bound", "lead", "adjective", "noun")
        by, bound, lead, adjective, noun = before.group(*names) if before else (None,) * len(names)
        lead, part = lead or bound, adjective or noun
        link = window if end and _LINK.fullmatch(window) else None
        # A question that is nothing but a time names it; but three letters are the beginning of any.
        alone = match.start() == 0 and match.end() == len(text.rstrip(" ?!.")) and len(match[0]) > len("may")
        if form.needs is None or alone or part or link or "sure" in form.told(match) or lead in form.needs:
            yield _Found(match, form, by, bound, lead, part, link)
            end = match.end()
