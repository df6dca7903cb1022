"""An error written down so that it is found by what it says: its class and words first, then where it was raised.

A front end shows them the other way round, below a rule of dashes and the insides of libraries, which are the same for
every error and would be most of what is embedded.
"""

from __future__ import annotations

import re

_NOISE = re.compile(r"^-{20,}\s*$|^(?:[\w.]+ +)?Traceback \(most recent call last\):?\s*$")
_FRAME = re.compile(r"^(?:File )?(?P<path>.+?)(?::\d+)?,? in ")
_LIBRARY = re.compile(r"^.*(?:(?:site|dist)-packages|[\\/]lib[\\/]python\d[\d.]*)[\\/]|^(?=<frozen )", re.IGNORECASE)
"""What a library's path begins with, on whichever computer."""

_AT_WORK = re.compile(r"^-*> *\d+")
_FEW = 2
"""Frames of libraries that are kept between the user's own ones: what was called, and what raised it."""


def raised(name: str, message: str, traceback: str) -> str:
    """Write an error down.

    Parameters
    ----------
    name, message : str
        Its class and words.
    traceback : str
        As it was shown, without colours. Of the user's own frames all is kept; of a library's, the function and the
        line at work, of the first and the last.
    """
    shown = [line.rstrip() for line in traceback.strip("\n").split("\n") if not _NOISE.match(line)]
    words, where = _apart(name, message.strip(), "\n".join(shown).rstrip())
    return "\n".join([words, *_telling(where)]).rstrip("\n")


def _apart(name: str, message: str, shown: str) -> tuple[str, str]:
    """Part the words of an error, which a traceback ends with, from the rest."""
    words = f"{name}: {message}" if message else name
    if message and shown.endswith(message):  # it may be of several lines
        before, _, head = shown[: -len(message)].rpartition("\n")
        return f"{head}{message}" if head else words, before
    before, _, last = shown.rpartition("\n")
    if re.match(rf"(?:[\w.]+\.)?{re.escape(name)}(?::|$)", last):
        return last, before  # of a syntax error less is shown than it says of itself
    return words, shown


def _telling(shown: str) -> list[str]:
    """Leave out what the insides of libraries are, but for the function that was called and the one that raised it."""
    kept: list[str] = []
    inside: list[list[str]] = []  # frames of libraries that called one another

    def close() -> None:
        few = inside if len(inside) <= _FEW else [inside[0], [_left_out(len(inside) - _FEW)], inside[-1]]
        kept.extend(line for one in few for line in one)
        inside.clear()

    of_library = False
    for line in shown.split("\n"):
        frame = _FRAME.match(line)
        if frame and _LIBRARY.match(frame["path"]):
            of_library = True
            inside.append(["File " + _LIBRARY.sub("", line.removeprefix("File "), count=1)])
        elif not line:  # frames are a blank line apart
            of_library = False
        elif not of_library:
            close()
            kept.append(line)
        elif _AT_WORK.match(line):
            inside[-1].append(line)
    close()
    return kept


def _left_out(number: int) -> str:
    return f"[… {number} more frame{'s' if number > 1 else ''} of libraries …]"
