"""Record files as someone who means harm would write them, made from a seed: the same ones on every run."""

from __future__ import annotations

import contextlib
import functools
import pickletools
import random
from itertools import product
from typing import TYPE_CHECKING

import hostile_programs
from hostile_programs import ID, Case, dumped, samples, wrapped

from memo_jupyter.records import codec

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20261122


@functools.cache
def whole_files() -> list[bytes]:
    return [codec.encode(record) for record in samples()]


def cases() -> Iterator[Case]:
    """Give all of them, more than 24,000."""
    dice = random.Random(SEED)
    yield from _damaged_files(dice)
    yield from _headers()
    yield from _damaged_payloads(dice)
    yield from _shuffled_instructions(dice)
    yield from _fields()
    yield from hostile_programs.calling()
    yield from hostile_programs.bombs()


def _damaged_files(dice: random.Random) -> Iterator[Case]:
    files = whole_files()
    for number in range(4000):
        yield Case(f"file {number}", mutated(dice.choice(files), dice, files), damaged=True)


def _damaged_payloads(dice: random.Random) -> Iterator[Case]:
    payloads = [file[codec._HEADER.size :] for file in whole_files()]
    for position in range(8 * len(payloads[0])):
        flipped = bytearray(payloads[0])
        flipped[position // 8] ^= 1 << position % 8
        yield Case(f"payload bit {position}", wrapped(bytes(flipped)))
    for number in range(8000):
        payload = dice.choice(payloads)
        for _ in range(dice.choice((1, 1, 2, 5))):
            payload = mutated(payload, dice, payloads)
        yield Case(f"payload {number}", wrapped(payload))


def mutated(data: bytes, dice: random.Random, others: list[bytes]) -> bytes:  # noqa: PLR0911
    """Damage `data` in one way of many."""
    at, to = sorted(dice.randrange(len(data) + 1) for _ in range(2))
    match dice.randrange(9):
        case 0:
            flipped = bytearray(data) or bytearray(1)
            flipped[dice.randrange(len(flipped))] ^= 1 << dice.randrange(8)
            return bytes(flipped)
        case 1:
            return data[:at]
        case 2:
            return data + dice.randbytes(dice.choice((1, 8, 500)))
        case 3:
            return data[:at] + dice.choice(others)[at:]
        case 4:
            return data[:at] + data[to:]
        case 5:
            return data[:to] + data[at:]
        case 6:
            return data[:at] + bytes(to - at) + data[to:]
        case 7:
            return data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
        case _:
            return data[:at] + dice.choice((b"\xff", b"\x00", b"\x7f")) * dice.choice((1, 2, 4, 8)) + data[at + 4 :]


def _headers() -> Iterator[Case]:
    payload = whole_files()[0][codec._HEADER.size :]
    real = len(payload)
    lengths = (0, 1, 47, real - 1, real, real + 1, 2**31 - 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1,
               codec.MAX_BYTES, codec.MAX_BYTES + 1)  # fmt: skip
    for length, version, flags in product(lengths, (0, 1, 2, 127, 128, 255), (0, 1, 128, 255)):
        header = codec._HEADER.pack(codec.MAGIC, version, flags, length, b"")
        for digest in (codec._digest(header, payload), bytes(32)):
            name = f"header {length} {version} {flags} {digest[0]}"
            yield Case(name, header[: codec._HASHED] + digest + payload)


def _shuffled_instructions(dice: random.Random) -> Iterator[Case]:
    programs = [_split(file[codec._HEADER.size :]) for file in whole_files()]
    every = [one for program in programs for one in program]
    every += [b"]", b"}", b")", b"(", b"N", b"\x85", b"\x86", b"\x87", b"t", b"a", b"e", b"s", b"u", b"\x88", b"."]
    every += [b"\x8a\xff" + b"\x7f" * 255, b"G\x7f\xf8" + bytes(6), b"\x8c\x03\xed\xa0\x80", b"\x95" + b"\xff" * 8]
    for number in range(7000):
        program = list(dice.choice(programs))
        for _ in range(dice.choice((1, 1, 1, 2, 4))):
            at = dice.randrange(len(program))
            match dice.randrange(4):
                case 0:
                    program.insert(at, dice.choice(every))
                case 1:
                    program[at] = dice.choice(every)
                case 2:
                    other = dice.randrange(len(program))
                    program[at], program[other] = program[other], program[at]
                case _:
                    del program[at]
        yield Case(f"instructions {number}", wrapped(b"".join(program)))


def _split(payload: bytes) -> list[bytes]:
    starts = [position for _, _, position in pickletools.genops(payload)]
    parts = [payload[at:to] for at, to in zip(starts, [*starts[1:], len(payload)], strict=True)]
    return [part for part in parts if part[:1] != b"\x95"]  # no frames: their lengths would have to be made right


def strange() -> list[object]:
    """Values that a field may be given in place of its own; a record's file can say each of them."""
    numbers = [
        0,
        -1,
        1,
        255,
        256,
        65536,
        2**31,
        -(2**31),
        2**63,
        2**64,
        -(2**63),
        2**1000,
        -(2**2031),
        253402300800000000,
    ]
    texts = ["", "\x00", "a\nb", "\ud800", "a\udfff", "🌲", "../../etc/passwd", "/etc/passwd", "..", "x" * 70000,
             ID.lower(), ID + "\n", ID[:-1], "I" * 26,
             "7" + "Z" * 25, "8" + "Z" * 25, "\x1b[2J", "\u202eabc"]  # fmt: skip
    floats = [0.0, float("nan"), float("inf"), -float("inf"), 1e308]
    nested: list[object] = [[], (), {}, [[]], [()], ((),), [[[[[[[[[[]]]]]]]]]], {"a": {"b": {}}}, {1: 2}, {b"": 1}]
    shapes: list[object] = [
        (0, 1),
        (0, 1, 2, 3),
        (0, 1, b""),
        [0, 1, b""],
        ("a", "b", b""),
        (0, 1, "x"),
        (True, 1, b""),
    ]
    vectors: list[object] = [[shape] for shape in shapes] + [
        [(0, 2**2000, b"\x00\x7e" * 32)],
        [(-5, -9, b"\x00\x7c" * 32)],
    ]
    others: list[object] = [None, True, False, b"", b"bytes", ["a"], ["a", 1], ["\ud800"], {"a": None}, {"a": 1.5}]
    others += [{"a": 2**2000}, {"\ud800": 1}, {"a": "\ud800"}, {"": ""}, [None], ("a",), {"a": True}, {"a": b""}]
    return [*numbers, *texts, *floats, *nested, *shapes, *vectors, *others]


def _fields() -> Iterator[Case]:
    for record in samples()[:2]:
        plain = codec._to_plain(record)
        for number, value in enumerate(strange()):
            with contextlib.suppress(RecursionError):
                yield Case(f"all is {number}", wrapped(dumped(value)))
            for name in plain:
                yield Case(f"{name} is {number}", wrapped(dumped({**plain, name: value})))
        for name in plain:
            yield Case(f"no {name}", wrapped(dumped({key: plain[key] for key in plain if key != name})))
        yield Case("one more", wrapped(dumped({**plain, "more": 1})))
