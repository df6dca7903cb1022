"""Cutting a JSON file of any size into its items, in bounded memory, so that a bad one does not end the rest.

Exports of years are one list of conversations, of 100 to 500 MB. ``json`` would read all of it at once. ``ijson`` was
weighed, and streams it; but it stops for good at the first number that is too large or byte that is not UTF-8, and a
path of deep lists fills its memory (100,000 brackets: all of the machine's). Here only brackets and strings are looked
at, to find where an item ends; each item is then read on its own by ``json``, or left out with a reason.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    class Readable(Protocol):
        """Anything that gives bytes."""

        def read(self, size: int, /) -> bytes:
            """Give so many bytes at the most; none at the end."""
            ...


_MARK = re.compile(rb'"[^"]*"?|[\[\]{}]')  # a string, whole unless it goes on in the next piece; or a bracket
_QUOTE, _BRACKET, _BRACE = b'"[}'
_CUT = "the file ends in the middle of it: it was cut"
_UNMATCHED = "the brackets before it do not match, and nothing after them was read"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one item may ask of whoever reads it.

    Attributes
    ----------
    size : int
        The longest item, in bytes.
    bare : int
        What of it may stand outside of strings, in bytes: three of them make an object of 64 and more.
    strings : int
        How many strings it may have.
    depth : int
        How deep it may be nested.
    piece : int
        How much is read at a time, in bytes.
    """

    size: int = 64 * 1024 * 1024
    bare: int = 8 * 1024 * 1024
    strings: int = 1024 * 1024
    depth: int = 200
    piece: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Item:
    """One item: what it says, or why it cannot be read."""

    value: Any = None
    problem: str = ""


def items(stream: Readable, bounds: Bounds | None = None) -> Iterator[Item]:
    """Read the lists and objects in the list that `stream` is, one after the other; or the one object that it is.

    Numbers and words that stand in the list by themselves are passed over: nothing that is looked for is one.
    """
    return _Cutter(bounds or Bounds()).items(stream)


class _Cutter:
    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._outer = 0  # the depth at which items stand: 1 in a list, 0 for a single object
        self._depth = 0
        self._in_string = False
        self._inside = False  # of an item
        self._begin()

    def items(self, stream: Readable) -> Iterator[Item]:
        self._left = b""
        while piece := stream.read(self._bounds.piece):
            yield from self._in(self._left + piece)
            if self._depth < 0:  # the list has ended, whatever follows it
                return
        if self._depth > 0:
            yield Item(problem=_CUT)

    def _in(self, piece: bytes) -> Iterator[Item]:
        # Without what is escaped, each quote that is left begins or ends a string: so most of it is done in C.
        masked = piece.replace(b"\\\\", b"..").replace(b'\\"', b"..")
        self._left = piece[-1:] if masked.endswith(b"\\") else b""  # what it escapes is in the next piece
        place = start = 0
        if self._in_string:
            place = masked.find(b'"') + 1
            self._in_string = not place
        if not self._in_string:
            for found in _MARK.finditer(masked, place):
                self._bare += found.start() - place + 1
                place = found.end()
                mark = masked[found.start()]
                if mark == _QUOTE:
                    self._strings += 1
                    self._in_string = place == found.start() + 1 or masked[place - 1] != _QUOTE
                elif mark in b"[{":
                    start = found.start() if self._opens(mark) else start
                elif self._closes():
                    self._take(piece[start:place])
                    yield self._made()
                if self._depth < 0:
                    if piece[place:].strip() or mark == _BRACE:
                        yield Item(problem=_UNMATCHED)
                    return
            self._bare += 0 if self._in_string else len(masked) - place
        if self._inside:
            self._take(piece[start : len(piece) - len(self._left)])

    def _begin(self) -> None:
        self._held: list[bytes] = []
        self._size = self._bare = self._strings = self._deepest = 0

    def _opens(self, mark: int) -> bool:
        """Go into what begins here, and tell whether an item does."""
        begins = self._depth == self._outer and not self._inside
        self._depth += 1
        if begins and self._outer == 0 and mark == _BRACKET:
            self._outer = 1
            return False
        if begins:
            self._begin()
            self._inside = True
        self._deepest = max(self._deepest, self._depth)
        return begins

    def _closes(self) -> bool:
        """Go out of what ends here, and tell whether an item does."""
        self._depth -= 1
        ends = self._inside and self._depth == self._outer
        if not ends and self._depth == 0 and self._outer == 1:
            self._depth = -1  # the list is at its end, and so is what is looked at
        return ends

    def _take(self, part: bytes) -> None:
        self._size += len(part)
        if self._problem():
            self._held.clear()
        else:
            self._held.append(part)

    def _problem(self) -> str:
        if self._size > self._bounds.size:
            return f"it is longer than {self._bounds.size:,} bytes"
        if self._deepest - self._outer > self._bounds.depth:
            return "it is nested too deeply"
        if self._bare > self._bounds.bare or self._strings > self._bounds.strings:
            return "it has too many parts"
        return ""

    def _made(self) -> Item:
        problem, data = self._problem(), b"".join(self._held)
        self._inside = False
        self._begin()
        if problem:
            return Item(problem=problem)
        try:
            return Item(json.loads(data.decode("utf-8", "replace")))
        except (ValueError, RecursionError):
            return Item(problem="it is not JSON")
