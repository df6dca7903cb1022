"""A line of code as tokens, so that lines can be compared: quickly, and also where it is no Python."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOKEN = re.compile(
    r"""[rbfuRBFU]{0,2}(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|[^\W\d]\w*|\d[\w.]*|[-+*/%&|^<>=!@]{1,3}|\S"""
)
_COMMENT = re.compile(r"\s*#.*")
_LAYOUT = frozenset("()[]{},.:;=")
_COMMON = frozenset("df i j k n x y X self data print len range str int float list dict".split())
"""Names that so many cells have that they say little."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A line, or a few, taken apart.

    Attributes
    ----------
    pairs, forms : frozenset of str
        What stands beside what: as it is, and with the user's own names and values left out.
    names : frozenset of str
        The names in it that say something; what stands behind a dot is none.
    calls : frozenset of str
        What is called.
    strings : frozenset of str
        The texts in it.
    telling : frozenset of str
        What it does with the names: attributes, calls, keywords, operators.
    """

    pairs: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    strings: frozenset[str] = frozenset()
    telling: frozenset[str] = frozenset()


def tokens(code: str) -> list[str]:
    """Split code into tokens; comments are none."""
    lines = (line if '"' in line or "'" in line else _COMMENT.sub("", line) for line in code.splitlines())
    return _TOKEN.findall("\n".join(lines))


def read(code: str) -> Tokens:
    """Take code apart."""
    found = tokens(code)
    names, calls, strings, telling = set(), set(), set(), set()
    forms: list[str] = []
    for place, token in enumerate(found):
        before = found[place - 1] if place else ""
        after = found[place + 1] if place + 1 < len(found) else ""
        text = re.match(r"[rbfuRBFU]{0,2}[\"']", token)
        if text:
            strings.add(token[text.end() : -1])
            forms.append("<text>")
        elif token[0].isdigit():
            forms.append("0")
        elif not token.isidentifier():
            telling.update({token} - _LAYOUT)
            forms.append(token)
        elif keyword.iskeyword(token):
            telling.add(token)
            forms.append(token)
        elif before == "." or after == "(":
            calls.update([token] if after == "(" else [])
            names.update([token] if before != "." and token not in _COMMON else [])
            telling.add(token)
            forms.append(token)
        else:
            names.update([token] if token not in _COMMON else [])
            forms.append("<name>")
    return Tokens(
        _pairs(found), _pairs(forms), frozenset(names), frozenset(calls), frozenset(strings), frozenset(telling)
    )


def dice(one: frozenset[str], other: frozenset[str]) -> float:
    """Give the share of two sets that they have in common, from 0 to 1 (Dice, 1945)."""
    total = len(one) + len(other)
    return 2 * len(one & other) / total if total else 0.0


def near(one: Tokens, other: Tokens) -> float:
    """Tell how alike two lines are, from 0 to 1; the same with other names is nearly as alike."""
    return max(dice(one.pairs, other.pairs), 0.9 * dice(one.forms, other.forms))


def _pairs(found: Sequence[str]) -> frozenset[str]:
    ends = ["", *found, ""]
    return frozenset(f"{one} {other}" for one, other in pairwise(ends))
