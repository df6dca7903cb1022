"""Flags and free text, for the magics and the shell alike.

A question or a note is free text: quotes, dashes and apostrophes in it are its own. So flags are read from the left,
and what follows the last one is the text, untouched. If the text is put in quotes, flags may follow it too, which is
also how a shell hands them over. (argparse and docopt split everything into words first, and lose the text.)
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memo_jupyter.errors import BadInput
from memo_jupyter.fields import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag.

    Attributes
    ----------
    names : tuple of str
        As it is typed, such as ``("-k",)``.
    dest : str
        The keyword that its value is handed over as.
    summary : str
        What it does, in a few words.
    value : str
        What stands for its value in the help, such as ``N``; empty for a flag that takes none.
    read : callable
        Turns what was typed into the value; raises ValueError if it does not fit.
    choices : tuple of str
        The values there are, if they are few.
    default : object
        The value when the flag is absent; a flag without a value gives the opposite of it.
    """

    names: tuple[str, ...]
    dest: str
    summary: str
    value: str = ""
    read: Callable[[str], Any] = str
    choices: tuple[str, ...] = ()
    default: Any = None

    @property
    def usage(self) -> str:
        """How it is typed."""
        return " ".join(filter(None, (self.names[0], "|".join(self.choices) or self.value)))


_WORD = re.compile(r"""\s*((?:[^\s"']|"[^"]*"|'[^']*')+)""")


def read_line(line: str, flags: Sequence[Flag]) -> tuple[dict[str, Any], str]:
    """Read a line: the flags' values, and the text that is left.

    Raises
    ------
    BadInput
        There is no such flag, or its value is missing or does not fit.
    """
    given = {flag.dest: flag.default for flag in flags}
    rest = _read_leading(line, flags, given)
    if rest[:1] in ("'", '"'):
        try:
            first, *others = shlex.split(rest)
        except ValueError:
            return given, rest
        known = {name for flag in flags for name in flag.names}
        if not others:
            return given, first
        if others[0].partition("=")[0] in known:
            after = _read_leading(shlex.join(others), flags, given)
            return given, f"{first} {after}".strip()
    return given, rest


def read_words(words: Sequence[str], flags: Sequence[Flag]) -> tuple[dict[str, Any], list[str]]:
    """Read words that a shell has split: the flags' values, wherever they stand, and the other words.

    Raises
    ------
    BadInput
        As `read_line`.
    """
    given = {flag.dest: flag.default for flag in flags}
    others: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            return given, others + left
        if not _looks_like_a_flag(word):
            others.append(word)
            continue
        flag, attached = _find(word, flags)
        if flag.value and attached is None:
            if not left:
                raise BadInput(f"{word} needs a value: {flag.usage}.")
            attached = left.pop(0)
        given[flag.dest] = _value(flag, word, attached)
    return given, others


def _read_leading(line: str, flags: Sequence[Flag], given: dict[str, Any]) -> str:
    rest = line.strip()
    while (match := _WORD.match(rest)) and _looks_like_a_flag(match[1]):
        if match[1] == "--":
            return rest[match.end() :].strip()
        flag, attached = _find(match[1], flags)
        rest = rest[match.end() :]
        if flag.value and attached is None:
            following = _WORD.match(rest)
            if following is None:
                raise BadInput(f"{match[1]} needs a value: {flag.usage}.")
            attached = following[1]
            rest = rest[following.end() :]
        given[flag.dest] = _value(flag, match[1], None if attached is None else _unquoted(attached))
    return rest.strip()


def _looks_like_a_flag(word: str) -> bool:
    return re.fullmatch(r"--|--?[A-Za-z][\w-]*(=.*)?", word, re.DOTALL) is not None


def _find(word: str, flags: Sequence[Flag]) -> tuple[Flag, str | None]:
    name, equals, attached = word.partition("=")
    for flag in flags:
        if name in flag.names:
            return flag, attached if equals else None
        # -k3, as shells take it
        if flag.value and len(flag.names[0]) == 2 and re.fullmatch(re.escape(flag.names[0]) + r"\d+", word):  # noqa: PLR2004
            return flag, word[2:]
    known = [name for flag in flags for name in flag.names]
    hint = did_you_mean(name, known) or (f" There are {', '.join(known)}." if known else " There are none here.")
    raise BadInput(f"There is no flag {name}.{hint}")


def _value(flag: Flag, word: str, attached: str | None) -> Any:
    if not flag.value:
        if attached is not None:
            raise BadInput(f"{flag.names[0]} takes no value.")
        return not flag.default
    typed = attached or ""
    if flag.choices and typed not in flag.choices:
        raise BadInput(f"{flag.names[0]} is one of {', '.join(flag.choices)}, not {typed!r}.")
    try:
        return flag.read(typed)
    except ValueError:
        raise BadInput(f"{word} does not take {typed!r}: {flag.usage}, {flag.summary}.") from None


def _unquoted(word: str) -> str:
    try:
        return "".join(shlex.split(word))
    except ValueError:
        return word


def count(typed: str) -> int:
    """Read a number that is 0 or more."""
    number = int(typed)
    if number < 0:
        raise ValueError(typed)
    return number


def name(typed: str) -> str:
    """Read a Python variable's name."""
    if not typed.isidentifier():
        raise ValueError(typed)
    return typed
