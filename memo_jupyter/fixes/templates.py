"""An error's words as a template, with what changes from one time to the next taken out, and kept beside it.

``could not convert string to float: '1,200'`` becomes ``could not convert string to float: <text>`` and the text.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

TEXT, SHAPE, FUNCTION, NUMBER, PLACE = "text", "shape", "function", "number", "place"

_LONGEST = 2000  # characters of a message that are looked at: the rest is data

_PART = re.compile(
    r"""
      (?<!\w)'(?P<single>[^'\n]*)'(?!\w) | (?<!\w)"(?P<double>[^"\n]*)"(?!\w) | `(?P<back>[^`\n]*)`
    | (?P<address>\b0x[0-9a-fA-F]+\b)
    | (?P<shape>\(\s*\d+\s*(?:,\s*\d*\s*)+\) | \[\d+(?:,\ ?\d+)+\] | \b\d+x\d+(?:x\d+)*\b)
    | (?P<function>[A-Za-z_][\w.]*)\(\)
    | (?P<path>(?:~|\.{0,2}/|[A-Za-z]:[\\/])[\w./\\~+-]*[\w]) | (?P<file>\(?<ipython-input[^>]*>,?\ ?)
    | (?P<number>(?<![\w.])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w]))
    | (?<=:\ )(?P<named>[A-Za-z_]\w*)$
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.'-]*")
_EMPTY = frozenset(
    "a an the of to in on at by for is are was be been it its and or not with from as but if you".split()
)
_SENTENCE = 3
"""Words that a line, or a `KeyError`'s key, needs to be taken for a sentence: a library's own words."""


@dataclass(frozen=True, slots=True)
class Template:
    """The words of an error.

    Attributes
    ----------
    text : str
        With `<text>`, `<shape>` … for what was taken out.
    words : int
        How many words it has that say something.
    params : tuple of (str, str)
        What was taken out, in order: its sort, and itself.
    """

    text: str
    words: int
    params: tuple[tuple[str, str], ...]


def template(name: str, message: str) -> Template:
    """Take the message of an error of the class `name` apart."""
    message = _first(_unwrapped(name, message[:_LONGEST]).strip())
    params: list[tuple[str, str]] = []

    def taken(match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        value = match[kind]
        sort = {"address": PLACE, "path": PLACE, "file": PLACE, "shape": SHAPE, "function": FUNCTION,
                "number": NUMBER}.get(kind, TEXT)  # fmt: skip
        params.append((sort, value))
        return f"<{sort}>"

    text = " ".join(_PART.sub(taken, message).split())
    words = [word for word in _WORD.findall(re.sub(r"<\w+>", " ", text)) if word.lower() not in _EMPTY]
    return Template(text, len(words), _canonical(params))


def form(value: str) -> str:
    """Give the form of a value: ``1,200`` and ``35,000`` have one form, ``n/a`` another."""
    return re.sub(r"\d+", "0", re.sub(r"[^\W\d]+", "a", value))


def is_name(value: str) -> bool:
    """Tell whether a text could be a name that the user, or a library, has given to something."""
    return re.fullmatch(r"[^\W\d][\w.]*", value) is not None


def _first(message: str) -> str:
    """Give the first line, where that is a sentence: below it there is advice, or data."""
    line = message.partition("\n")[0]
    return line if len(line.split()) >= _SENTENCE else message


def _unwrapped(name: str, message: str) -> str:
    """Give a `KeyError`'s key itself where it is a sentence: it is told as Python writes it, in quotes."""
    if name != "KeyError" or message[:1] not in "'\"":
        return message
    try:
        key = ast.literal_eval(message)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return message
    return key if isinstance(key, str) and len(key.split()) >= _SENTENCE else message


def _canonical(params: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Write lengths in shapes as letters, the same for the same: which agree is what matters, not how long they are."""
    letters: dict[str, str] = {}

    def letter(match: re.Match[str]) -> str:
        return letters.setdefault(match[0], f"n{len(letters)}")

    return tuple(
        (sort, re.sub(r"\d+", letter, value).replace(" ", "") if sort == SHAPE else value) for sort, value in params
    )
