"""Follows a pickle's instructions without running them, and lets only those pass that build small plain data.

A pickle is a program for a machine with a stack. Some of its instructions import and call things; others, all of which
look harmless, can still bring a process down: tuples nested 100,000 deep overflow the C stack when one is hashed, a
million empty lists take 72 times the room of their file, numbers chosen to collide make a dict's keys take a minute,
and an append to what is no list calls a method of it. So the program is followed here first, with nothing but the
kind of each value on the stack. (Instructions: https://github.com/python/cpython/blob/main/Lib/pickletools.py.)
"""

from __future__ import annotations

import pickletools
from typing import NamedTuple

from memo_jupyter.errors import CorruptRecord

MOST = 400_000
"""Instructions that a pickle may have. No value takes more than some 80 bytes besides its text, so this bounds memory;
a record as large as one may be, in chunks of 800 characters with 384 numbers each, has half as many."""

_DEEPEST = 8
"""Levels of lists, tuples and dicts; a record has three."""

_MARK, _TEXT, _LEAF, _LIST, _TUPLE, _DICT = range(6)

# What an instruction puts on the stack.
_PUSHES = {
    **dict.fromkeys("NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINFLOAT".split(), _LEAF),
    **dict.fromkeys("SHORT_BINBYTES BINBYTES".split(), _LEAF),
    **dict.fromkeys("SHORT_BINUNICODE BINUNICODE".split(), _TEXT),
    "EMPTY_LIST": _LIST, "EMPTY_TUPLE": _TUPLE, "EMPTY_DICT": _DICT, "MARK": _MARK,
}  # fmt: skip

# How many values an instruction takes from it (0: all above the last mark), and what takes them up: a tuple that it
# makes, or the list or dict below them.
_TAKES = {
    "TUPLE1": (1, _TUPLE), "TUPLE2": (2, _TUPLE), "TUPLE3": (3, _TUPLE), "TUPLE": (0, _TUPLE),
    "APPEND": (1, _LIST), "APPENDS": (0, _LIST), "SETITEM": (2, _DICT), "SETITEMS": (0, _DICT),
}  # fmt: skip

PLAIN = frozenset({*_PUSHES, *_TAKES, "PROTO", "FRAME", "STOP"})
"""The instructions that are let through. Those that store and fetch shared objects are not among them, so no small
file unfolds into a large object."""


class _Instruction(NamedTuple):
    name: str
    argument: int  # bytes of its argument, or of the number that says how long that is
    counted: bool  # whether it is that number


def _read_table() -> dict[int, _Instruction]:
    counts = {pickletools.TAKEN_FROM_ARGUMENT1: 1, pickletools.TAKEN_FROM_ARGUMENT4U: 4}
    table = {}
    for opcode in pickletools.opcodes:
        if opcode.name in PLAIN:
            size = 0 if opcode.arg is None else opcode.arg.n
            table[ord(opcode.code)] = _Instruction(opcode.name, counts.get(size, size), size in counts)
    return table


_TABLE = _read_table()
_NAMES = {ord(opcode.code): opcode.name for opcode in pickletools.opcodes}


def check(data: bytes, start: int = 0) -> None:
    """Follow the pickle that stands in `data` from `start` to the end.

    Raises
    ------
    CorruptRecord
        It has an instruction that is not plain, is damaged, too deep or too long, or ends before `data` does.
    """
    stack = _Stack()
    position = start
    try:
        for _ in range(MOST):
            name, size, counted = _TABLE[data[position]]
            position += 1 + size
            if counted:
                position += int.from_bytes(data[position - size : position], "little")
            if name in _PUSHES:
                stack.push(_PUSHES[name])
            elif name in _TAKES:
                stack.take(*_TAKES[name])
            elif name == "STOP":
                break
        else:
            raise CorruptRecord(f"its pickle has more than {MOST:,} instructions")
    except KeyError:
        found = data[position]
        raise CorruptRecord(f"its pickle has the instruction {_NAMES.get(found, f'{found:#04x}')}") from None
    except IndexError:
        raise CorruptRecord("its pickle is damaged") from None
    if position != len(data):
        raise CorruptRecord("its pickle ends before the file does")


class _Stack:
    """The kinds of the values on the machine's stack, and how deep each is."""

    def __init__(self) -> None:
        self._kinds: list[int] = []
        self._depths: list[int] = []
        self._marks: list[int] = []

    def push(self, kind: int) -> None:
        if kind == _MARK:
            self._marks.append(len(self._kinds))
        else:
            self._kinds.append(kind)
            self._depths.append(0)

    def take(self, count: int, into: int) -> None:
        first = len(self._kinds) - count if count else self._marks.pop()
        # Values below a mark are out of reach until it is gone.
        if first < (self._marks[-1] if self._marks else 0):
            raise IndexError
        kinds = self._kinds[first:]
        depth = 1 + max(self._depths[first:], default=0)
        del self._kinds[first:], self._depths[first:]
        if into == _TUPLE:
            self.push(_TUPLE)
        elif first == (self._marks[-1] if self._marks else 0) or self._kinds[-1] != into:
            raise CorruptRecord("its pickle adds to what is no list or dict")
        elif into == _DICT and (len(kinds) % 2 or any(kind != _TEXT for kind in kinds[::2])):
            # Only a text's hash cannot be foreseen, and takes no recursion.
            raise CorruptRecord("its pickle has a key that is no text")
        if depth > _DEEPEST:
            raise CorruptRecord("its pickle is nested too deep")
        self._depths[-1] = max(self._depths[-1], depth)
