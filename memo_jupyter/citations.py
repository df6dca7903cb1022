"""The memories that an answer cites: markers such as [1] or [2, 3], in its prose, not in code or formulas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_APART = re.compile(
    r"^ *(?P<run>`{3,}|~{3,}).*?(?:^ *(?P=run)[`~]*[ \t]*$|\Z)"  # a fence, closed or cut, in a list too
    r"|(?P<tick>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=tick)(?!`)"
    r"|\$\$.+?\$\$|\$(?=\S)[^$\n]+(?<=\S)\$(?!\d)|\\\(.+?\\\)|\\\[.+?\\\]"  # formulas; $5 and $6 are none
    r"|^ {0,3}\[\d{1,3}\]:",  # where a link leads
    re.DOTALL | re.MULTILINE,
)
"""What is no prose."""

_NUMBERS = r"\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3})*"  # U+2013 is the dash of a range
_OTHER = (
    rf"\u3010{_NUMBERS}(?:\u2020[^\u3011\n]{{0,60}})?\u3011"  # the brackets that some models were trained to cite in
)
_RUN = re.compile(rf"(?<![\w\]\\!])(?:\[{_NUMBERS}\])+(?!\()|{_OTHER}")  # no index, no link
_MARKER = re.compile(rf"[\[\u3010](?P<numbers>{_NUMBERS})[^\]\u3011]*[\]\u3011]")
_NUMBER = re.compile(r"(?P<range>[\u2013-])?\s*(?P<number>\d+)")


def cited(answer: str) -> list[int]:
    """List the numbers of the memories that an answer cites, each once, in the order of their first mention."""
    found = [number for marker in _markers(answer) for number in _numbers(marker["numbers"])]
    return list(dict.fromkeys(found))


def marked(answer: str, known: int) -> str:
    """Put a question mark into the markers that no memory stands behind.

    Parameters
    ----------
    known : int
        How many memories the answer was given.
    """
    told: list[str] = []
    last = 0
    for marker in _markers(answer):
        if any(number > known for number in _numbers(marker["numbers"])):
            told += [answer[last : marker.end() - 1], "?", marker[0][-1]]
            last = marker.end()
    return "".join([*told, answer[last:]])


def _markers(answer: str) -> Iterator[re.Match[str]]:
    apart = [found.span() for found in _APART.finditer(answer)]
    for run in _RUN.finditer(answer):
        if not any(start <= run.start() < end for start, end in apart):
            for marker in _MARKER.finditer(answer, *run.span()):
                if 0 not in _numbers(marker["numbers"]):  # [0, 1] is an interval: memories are numbered from 1
                    yield marker


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    for one in _NUMBER.finditer(text):
        number = int(one["number"])
        found += range(found[-1] + 1, number + 1) if one["range"] and found else [number]
    return found
