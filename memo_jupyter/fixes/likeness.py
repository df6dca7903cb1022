"""What an error is recognised by, and how alike two errors are.

Two errors of the same class and the same words may well be of different causes. So where it was raised, what was
called, the names in question and the failing line itself have to speak for it too, and each may speak against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from memo_jupyter.fixes.lines import Tokens, dice, near, read
from memo_jupyter.fixes.mending import SYNTAX
from memo_jupyter.fixes.templates import FUNCTION, NUMBER, SHAPE, TEXT, Template, form, is_name, template
from memo_jupyter.fixes.traces import entry, frames, of_user

_BY_NAME = frozenset({"NameError", "UnboundLocalError", "ModuleNotFoundError", "ImportError", "AttributeError"})
"""Errors that are about a name, whatever the line did with it."""

_OF_KEYS = frozenset({"KeyError", "FileNotFoundError"})
"""Errors that are about the very key or file they name."""

_IS_VALUE = re.compile(r"^(?:could not convert \w+ to|invalid literal for|Unable to parse string)")
"""What is said of a value in the data, which was to be a number."""

_SAYS_MUCH = 5  # words of a message: such a message is one library's own
_TWO = 2
_CAPITAL = re.compile(r"\b[A-Z]\w+")

# What speaks for a likeness, and how much; they were chosen on the first half of the written cases.
_CLASS, _WORDS, _NAME, _SUBJECT, _FORM = 0.20, 0.35, 0.20, 0.45, 0.10
_RAISED_BY, _ENTERED_BY, _CALLED, _LINE, _NAMES = 0.15, 0.15, 0.15, 0.25, 0.25


@dataclass(frozen=True, slots=True)
class Signature:
    """What an error is recognised by.

    Attributes
    ----------
    name : str
        The exception's class.
    template : Template
        Its words.
    raised_by, entered_by : tuple of str
        Library and function that raised it, and those that the user's code had called; empty if it was the user's code.
    lines : tuple of Tokens
        The user's lines at work, the innermost first, two at the most.
    within : str
        The user's own function that raised it; empty if none did.
    """

    name: str
    template: Template
    raised_by: tuple[str, ...]
    entered_by: tuple[str, ...]
    lines: tuple[Tokens, ...]
    within: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What two like errors have in common in any case, to look them up by."""
        exact = [value for sort, value in self.template.params if sort == TEXT] if _is_exact(self) else []
        return (self.name, _CAPITAL.sub("<Name>", self.template.text), *exact)


def signature(name: str, message: str, traceback: str, code: str) -> Signature:
    """Tell what an error is recognised by.

    Parameters
    ----------
    name, message : str
        The exception's class and words.
    traceback : str
        As it was shown, without colours.
    code : str
        The cell that raised it.
    """
    found = frames(traceback)
    mine = [frame.line for frame in reversed(of_user(found)) if frame.line][:2]
    if not mine and code.strip():
        mine = [code.strip().splitlines()[0]] if len(code.strip().splitlines()) == 1 else []
    first = entry(found)
    last = found[-1] if found else None
    return Signature(
        name,
        template(name, message),
        (last.package, last.function) if last and last.package else (),
        (first.package, first.function) if first else (),
        tuple(read(line) for line in mine),
        last.function if last and not last.package else "",
    )


def likeness(one: Signature, other: Signature) -> float:
    """Tell how surely two errors are of the same cause, from 0 to 1."""
    words = _words(one, other)
    if not words:
        return 0.0
    line, names = _lines(one, other)
    if one.name in SYNTAX:  # the parser's words say where it stopped, seldom why
        return 0.6 * line + 0.4 * names
    params = _params(one, other)
    if params is None:
        return 0.0
    score = words + params + _origin(one, other) + _LINE * line + _NAMES * names
    return max(0.0, min(1.0, score))


def _is_exact(signature: Signature) -> bool:
    return signature.name in _BY_NAME or signature.name in _OF_KEYS


def _words(one: Signature, other: Signature) -> float:
    """Weigh class and words; nothing where they differ."""
    if one.name != other.name:
        return 0.0
    told = _CLASS + _WORDS * min(1.0, one.template.words / _SAYS_MUCH)
    if one.template.text == other.template.text:
        return told
    # "This Ridge instance is not fitted yet": a class that a long message names may be another.
    long = min(one.template.words, other.template.words) > _SAYS_MUCH
    same = _CAPITAL.sub("<Name>", one.template.text) == _CAPITAL.sub("<Name>", other.template.text)
    return 0.9 * told if long and same else 0.0


def _params(one: Signature, other: Signature) -> float | None:
    """Weigh what the messages name; None where that differs in what matters."""
    pairs = list(zip(one.template.params, other.template.params, strict=False))
    gained = 0.0
    if _order(one) != _order(other):  # too many is another error than too few
        return None
    for (sort, mine), (_, theirs) in pairs:
        if sort == SHAPE:
            if mine != theirs:
                return None
            gained = max(gained, _FORM)
        elif sort == FUNCTION and mine != theirs:
            return None
        elif sort == TEXT:
            told = _text(one, other, mine, theirs)
            if told is None:
                return None
            gained = max(gained, told)
    return gained


def _order(signature: Signature) -> int:
    """Tell which of two numbers in a message is the greater; 0 where there are not two."""
    numbers = [float(value) for sort, value in signature.template.params if sort == NUMBER]
    return (numbers[0] > numbers[1]) - (numbers[0] < numbers[1]) if len(numbers) == _TWO else 0


def _text(one: Signature, other: Signature, mine: str, theirs: str) -> float | None:
    if mine == theirs:
        return _SUBJECT if one.name in _BY_NAME and not _is_none(one) else _NAME
    if _is_exact(one):
        return None
    if _IS_VALUE.search(one.template.text):
        # A word in the data is no name: whichever it was, the same call does not take it.
        same = bool(one.entered_by) and (one.raised_by, one.entered_by) == (other.raised_by, other.entered_by)
        return _FORM if form(mine) == form(theirs) and (same or not is_name(mine)) else None
    if is_name(mine) or is_name(theirs) or "%" in mine + theirs:
        # A column that both name in their own line is the user's, and may be called anything.
        own = any(mine in line.strings for line in one.lines) and any(theirs in line.strings for line in other.lines)
        return 0.0 if own else None
    return _FORM if form(mine) == form(theirs) else None


def _is_none(signature: Signature) -> bool:
    """Tell whether the error is that something was None: what is then asked of it says nothing of why."""
    return (TEXT, "NoneType") in signature.template.params


def _origin(one: Signature, other: Signature) -> float:
    """Weigh where they were raised."""
    if bool(one.raised_by) != bool(other.raised_by):
        return -0.5
    if not one.raised_by:
        return _origin_of_user(one, other)
    told = _RAISED_BY if one.raised_by == other.raised_by else -0.3
    return told + (_ENTERED_BY if one.entered_by == other.entered_by else -0.2)


def _origin_of_user(one: Signature, other: Signature) -> float:
    if one.name in _BY_NAME or not one.lines or not other.lines:
        return 0.0
    if one.within != other.within and "raise" in one.lines[0].telling:
        return -0.5  # the user's own words, from two places
    mine, theirs = one.lines[0].calls, other.lines[0].calls
    if not mine or not theirs:
        return 0.0
    return _CALLED if mine & theirs else -_CALLED


def _lines(one: Signature, other: Signature) -> tuple[float, float]:
    """Tell how alike the failing lines are, and how many of their names they share."""
    if not one.lines or not other.lines:
        return 0.0, 0.0
    alike = max(near(mine, theirs) for mine in one.lines for theirs in other.lines)
    names = max(dice(mine.names, theirs.names) for mine in one.lines for theirs in other.lines)
    return alike, names
