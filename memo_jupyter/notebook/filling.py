"""Fills values into a prompt: `{name}`, `{name.attr}`, `{In[3]}`, `{Out[3]}`, `{Err[3]}`, and nothing else.

One pass, and what was filled in is never looked at again, so braces in code, in data and in values stay as they are.
Attributes are read, nothing is called: a prompt is no program.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FIELD = re.compile(r"\{(?:(?P<list>In|Out|Err)\[(?P<number>-?\d+)\]|(?P<path>[^\W\d]\w*(?:\.[^\W\d]\w*)*))\}")
_LONGEST = 20_000
"""Characters of one value; a model's window holds little more."""

_ABSENT = object()


def fill(prompt: str, names: Mapping[str, Any], raised: Mapping[int, str], written: Callable[[Any], str]) -> str:
    """Put the values of `names` into `prompt`; a field that stands for nothing is left as it is.

    Parameters
    ----------
    names : mapping
        The user's variables, `In` and `Out` among them.
    raised : mapping of int to str
        The tracebacks, by execution count.
    written : callable
        Turns a value into text.
    """

    def value(match: re.Match[str]) -> str:
        found = _listed(match, names, raised) if match["list"] else _named(match["path"], names)
        if found is _ABSENT:
            return match[0]
        try:
            return _capped(found if isinstance(found, str) else written(found))
        except Exception:  # a value's own repr may raise anything, and the prompt must not fail for it
            return match[0]

    return _FIELD.sub(value, prompt)


def _listed(match: re.Match[str], names: Mapping[str, Any], raised: Mapping[int, str]) -> Any:
    number = int(match["number"])
    if match["list"] == "Err":
        if number < 0:
            counts = list(raised)
            number = counts[number] if -number <= len(counts) else 0
        return raised.get(number, _ABSENT)
    try:
        return names[match["list"]][number]
    except (KeyError, IndexError, TypeError):
        return _ABSENT


def _named(path: str, names: Mapping[str, Any]) -> Any:
    first, *attributes = path.split(".")
    found = names.get(first, _ABSENT)
    for attribute in attributes:
        if found is _ABSENT:
            break
        try:
            found = getattr(found, attribute)
        except Exception:  # a property may raise anything
            return _ABSENT
    return found


def _capped(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half:,} characters left out …]\n{text[-half:]}"
