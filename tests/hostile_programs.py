"""Pickles that no honest writer makes: those that would call something, and those that would take all there is."""

from __future__ import annotations

import io
import pickle
import struct
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import product
from typing import TYPE_CHECKING

from memo_jupyter.records import codec, instructions
from memo_jupyter.types import Record, Vector

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 22, 9, 30, 1, 123457, tzinfo=timezone.utc)
ID = "01M83MMMCZM20DJZWX1MKPHT8H"

CANARY = "hostile_canary"
"""A module whose functions leave a trace when they are called; see `canary`."""


@dataclass(frozen=True)
class Case:
    name: str
    data: bytes
    damaged: bool = False  # nothing was made right again, so it may not be read


def samples() -> list[Record]:
    vector = Vector(0, 28, bytes(range(64)))
    return [
        Record(ID, NOW, "note", "The robust scaler gave 0.71.", tags=("churn",)),
        Record(ID, NOW, "chat", "Warum?\n\nDarum: naïve Bäume 🌲.", "Warum?", "Darum.", author="a", thread="main",
               vectors=(vector, vector), embedder="hash-32"),
        Record(ID, NOW, "cell", "x = 1", code="x = 1", outputs="1", source={"cell": "c", "execution_count": 70000}),
        Record(ID, NOW, "document", "long " * 200, source={"page": -5, "path": "a/b.pdf"}, tags=("x", "y", "z")),
    ]  # fmt: skip


def wrapped(payload: bytes, version: int = 1, flags: int = 0) -> bytes:
    """Put a header around `payload` that is right in all."""
    header = codec._HEADER.pack(codec.MAGIC, version, flags, len(payload), b"")
    return header[: codec._HASHED] + codec._digest(header, payload) + payload


def dumped(value: object) -> bytes:
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, 5)
    pickler.fast = True
    pickler.dump(value)
    return buffer.getvalue()


def calling() -> list[Case]:
    """Give programs that would call something, with every instruction that takes part in calling."""
    module, text = CANARY.encode(), b"tweet"
    name = b"c" + module + b"\nsing\n"
    stacked = b"\x8c" + bytes([len(module)]) + module + b"\x8c\x04sing\x93"
    argument = b"\x8c\x05" + text
    single = argument + b"\x85"
    programs = {
        "GLOBAL": name, "STACK_GLOBAL": stacked,
        "GLOBAL REDUCE": name + single + b"R", "STACK_GLOBAL REDUCE": stacked + single + b"R",
        "INST": b"(" + argument + b"i" + module + b"\nsing\n", "INST Bird": b"(i" + module + b"\nBird\n",
        "OBJ": b"(" + name + argument + b"o", "OBJ stacked": b"(" + stacked + argument + b"o",
        "NEWOBJ": name + single + b"\x81", "NEWOBJ_EX": name + single + b"}\x92",
        "NEWOBJ Bird": b"c" + module + b"\nBird\n)\x81", "NEWOBJ_EX Bird": b"c" + module + b"\nBird\n)}\x92",
        "BUILD": b"c" + module + b"\nBird\n)\x81}b", "BUILD a dict": b"}}b", "BUILD a list": b"]}b",
        "BUILD with slots": b"]N}\x8c\x01aNs\x86b",
        "EXT1": b"\x82\x01", "EXT2": b"\x83\x01\x00", "EXT4": b"\x84\x01\x00\x00\x00",
        "EXT1 REDUCE": b"\x82\x01" + single + b"R", "EXT4 0": b"\x84" + bytes(4), "EXT4 -1": b"\x84" + b"\xff" * 4,
        "PERSID": b"P" + text + b"\n", "BINPERSID": argument + b"Q",
        "os.mkdir": b"cos\nmkdir\n" + single + b"R", "posix.system": b"cposix\nsystem\n" + single + b"R",
        "eval": b"cbuiltins\neval\n" + single + b"R", "old eval": b"c__builtin__\neval\n" + single + b"R",
        "dotted": b"\x8c\x08builtins\x8c\x0deval.__call__\x93" + single + b"R",
        "breakpoint": b"cbuiltins\nbreakpoint\n)R", "exit": b"cos\n_exit\nK\x07\x85R",
        "NEXT_BUFFER": b"\x97", "READONLY_BUFFER": b"\x97\x98", "BYTEARRAY8": b"\x96" + bytes(8),
    }  # fmt: skip
    plain = dumped(codec._to_plain(samples()[0]))
    around = {
        "alone": lambda program: b"\x80\x05" + program + b".",
        "no version": lambda program: program + b".",
        "first": lambda program: b"\x80\x02" + program + b"0" + plain[2:],
        "at the end": lambda program: plain[:-1] + program + b".",
        "dropped": lambda program: plain[:-1] + program + b"0.",
        "in a list": lambda program: b"\x80\x05](" + program + b"e.",
        "as a value": lambda program: b"\x80\x05}\x8c\x02id" + program + b"s.",
        "as a key": lambda program: b"\x80\x05}" + program + b"Ns.",
        "after the end": lambda program: plain + program + b".",
        "framed": lambda program: b"\x80\x05\x95" + struct.pack("<Q", len(program) + 1) + program + b".",
        "in a text": lambda program: b"\x80\x05\x8c" + bytes([len(program)]) + program + b".",
    }
    return [
        Case(f"call {what}, {where}", wrapped(put(program)))
        for (what, program), (where, put) in product(programs.items(), around.items())
    ]


def bombs() -> Iterator[Case]:
    """Give programs that are small and would take all memory, all time, or the whole C stack."""
    many = 300_000
    start = b"\x80\x05"
    colliding = b"".join(b"\x8a\x14" + (k * (2**61 - 1)).to_bytes(20, "little") + b"N" for k in range(1, 20_000))
    bombs = {
        "hash deep tuple": b"})" + b"\x85" * many + b"Ns", "hash deep triple": b"})" + b"NN\x87" * 90_000 + b"Ns",
        "hash deep tuple in SETITEMS": b"}(N)" + b"\x85" * many + b"u", "deep tuple": b")" + b"\x85" * many,
        "deep marked tuple": b"(" * many + b"t" * many, "deep list": b"]" * many + b"a" * (many - 1),
        "deep marked list": b"](" * (many // 2) + b"e" * (many // 2),
        "deep dict": b"}N" * 100_000 + b"}" + b"s" * 100_000,
        "deep text dict": b"}\x8c\x01a" * 90_000 + b"N" + b"s" * 90_000, "lists": b"]" * 399_990,
        "dicts": b"}" * 399_990, "more lists": b"]" * 3_000_000, "marks": b"(" * 3_000_000,
        "dicts of one": b"}\x8c\x01aNs" * 99_000, "lists of one": b"]Na" * 130_000, "tuples": b"N\x85" * 190_000,
        "versions": b"\x80\x05" * 390_000, "frames": (b"\x95" + bytes(8)) * 100_000,
        "numbers that collide": b"}(" + colliding + b"u", "MEMOIZE": b"]\x94" + b"h\x00h\x00\x86\x94" * 60,
        "BINPUT": b"]" + b"".join(b"q%c(h%ch%ce" % (n, n, n) for n in range(100)),
        "LONG_BINPUT": b"Nr\xff\xff\xff\xff", "PUT": b"Np4294967295\n", "PUT far": b"Np" + b"9" * 5000 + b"\n",
        "GET": b"g0\n", "BINGET": b"h\x00", "LONG_BINGET": b"j\xff\xff\xff\xff", "DUP": b"]" + b"2(22e" * 200,
        "DUP DUP": b"]" + b"22\x86" * 1000, "POP": b"0" * 1000, "POP_MARK": b"1",
        "LONG digits": b"L" + b"7" * 2_000_000 + b"L\n", "INT digits": b"I" + b"7" * 2_000_000 + b"\n",
        "FLOAT words": b"F" + b"x" * 1_000_000 + b"\n", "STRING": b"S" + b"x" * 1_000_000 + b"\n",
        "UNICODE": b"V" + b"\\u" * 500_000 + b"\n", "LONG1 255": b"\x8a\xff" + b"\xff" * 255,
        "LONG4": b"\x8b" + struct.pack("<i", 2**31 - 1), "LONG4 negative": b"\x8b" + struct.pack("<i", -1),
        "LONG4 real": b"\x8b" + struct.pack("<i", 100_000) + b"\x7f" * 100_000, "FROZENSET": b"(\x91",
        "SET": b"\x8f(N\x90", "append to nothing": b"Na", "append to a number": b"K\x01Na",
        "append to a text": b"\x8c\x01a" + b"Na", "append to a dict": b"}Na", "append to a tuple": b")Na",
        "appends to a number": b"K\x01(NNe", "item of a list": b"]K\x00Ns", "items of a number": b"K\x01(NNu",
        "odd items": b"}(Nu", "list as key": b"}]Ns", "append below a mark": b"](Na", "tuple below a mark": b"N(\x85",
        "no stack": b"", "tuple of nothing": b"\x87", "no mark": b"t", "only a mark": b"(",
    }  # fmt: skip
    for name, program in bombs.items():
        yield Case(f"bomb {name}", wrapped(start + program + b"."))
        if len(program) < 10_000:
            yield Case(f"bomb {name}, above a dict", wrapped(dumped({})[:-1] + program + b"."))
    for code, size in product(
        b"XBTU\x8d\x8e\x96\x8c\x8b\x95", (2, 10, 2**16, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1)
    ):
        width = {0x8C: 1, 0x55: 1}.get(code, 8 if code in b"\x8d\x8e\x96\x95" else 4)
        prefix = (size & (1 << 8 * width) - 1).to_bytes(width, "little")
        for text in (b"", b"abc", b"x" * 70_000):
            yield Case(f"length {code:#x} {size} {len(text)}", wrapped(start + bytes([code]) + prefix + text + b"."))
    plain = codec._to_plain(samples()[0])
    yield Case("wide text", wrapped(dumped({**plain, "text": "x" * 3_000_000 + "🌲"})))
    yield Case("many tags", wrapped(dumped({**plain, "tags": ["a"] * 390_000})))
    yield Case("many vectors", wrapped(dumped({**plain, "vectors": [(0, 1, b"")] * 98_000})))
    yield Case("too many instructions", wrapped(dumped({**plain, "tags": ["a"] * (instructions.MOST + 1)})))
