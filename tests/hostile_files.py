"""Ways to damage an index, made from a seed: the same ones on every run."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from hostile_catalogs import STATEMENTS, with_sql

SEED = 20261122
PAGE = 4096

Change = Callable[[Path], None]
"""Damages the index in a folder."""


_CATALOG, _GRAPH, _MANIFEST = "catalog.sqlite3", "generations/*/dense.hnsw", "generations/*/manifest.json"
_WORDS, _META, _LISTED = "words/*/*.[a-z]*", "words/*/*meta.json", "words/*/manifest.json"
_EACH = tuple(f"words/*/*.{ending}" for ending in ("fast", "fieldnorm", "idx", "pos", "store", "term"))
_COUNTS = {
    (_CATALOG, "closed"): {"flip": 210, "flips": 50, "head": 60, "cut": 40, "zero": 70, "swap": 40, "copy": 40,
                           "extend": 5, "garbage": 30, "shift": 15},
    (_CATALOG, "killed"): {"flip": 60, "flips": 20, "head": 10, "cut": 10, "zero": 20, "swap": 10, "garbage": 10},
    (_CATALOG + "-wal", "killed"): {"flip": 50, "flips": 20, "cut": 20, "zero": 20, "swap": 10, "garbage": 10},
    (_CATALOG + "-shm", "killed"): {"flip": 50, "flips": 20, "cut": 20, "zero": 20, "swap": 10, "garbage": 10},
    (_GRAPH, "closed"): {"flip": 70, "flips": 20, "head": 30, "cut": 30, "zero": 20, "swap": 10, "extend": 10},
    (_MANIFEST, "closed"): {"flip": 60, "cut": 20, "garbage": 10, "extend": 10},
    ("CURRENT", "closed"): {"flip": 30, "cut": 5, "garbage": 5, "extend": 5},
    **{(file, "closed"): {"flip": 12, "flips": 4, "head": 4, "cut": 6, "zero": 4, "garbage": 4, "extend": 4}
       for file in (*_EACH, _WORDS, _META, "words/*/.managed.json")},
    (_LISTED, "closed"): {"flip": 40, "cut": 12, "garbage": 8, "extend": 8},
}  # fmt: skip


def changes() -> list[tuple[str, str, Change]]:
    """Give all of them: a name, the index it is to be made in (`closed`, or `killed`: with its WAL), and the change."""
    damaged = [
        (name, which, _rewritten(file, _DAMAGE[kind], name))
        for (file, which), counts in _COUNTS.items()
        for kind, count in counts.items()
        for name in (f"{kind} {number} of {file}, {which}" for number in range(count))
    ]
    crafted = [(f"manifest of {what}", "closed", _with_manifest(given)) for what, given in _manifests().items()]
    crafted += [(f"words of {what}", "closed", _with_manifest(given, "words")) for what, given in _listed().items()]
    crafted += [(f"CURRENT is {words[:30]!r}", "closed", _with_current(words)) for words in _CURRENTS]
    crafted += [(f"SQL {statement}", "closed", with_sql(statement)) for statement in STATEMENTS]
    files = [
        "change.lock",
        "open.lock",
        _CATALOG,
        _CATALOG + "-wal",
        _CATALOG + "-shm",
        _GRAPH,
        _MANIFEST,
        "CURRENT",
        "publish.lock",
        "words/*/meta.json",
        _EACH[2],
        _LISTED,
        "words/*",
        "words",
        "generations",
    ]
    placed = [
        (f"{what} in place of {file}", "killed" if file.endswith(("-wal", "-shm")) else "closed", _replaced(file, put))
        for file in files
        for what, put in _PLACES.items()
    ]
    placed += [
        (f"{file} grown to a terabyte", "killed", _grown(file)) for file in files if "." in file or file == "CURRENT"
    ]
    placed += [(f"{file} of {which}", "closed", _of_another(which, file)) for which in OTHERS for file in _PARTS]
    placed += [(f"{what} in place of the index", "closed", _instead(put)) for what, put in _PLACES.items()]
    return damaged + crafted + placed


def _paths(folder: Path, file: str) -> list[Path]:
    return list(folder.glob(file)) or [folder / file.replace("*", "00000000000000000001")]


def _rewritten(file: str, damage: Callable[[bytes, random.Random], bytes], name: str) -> Change:
    def change(folder: Path) -> None:
        dice = random.Random(f"{SEED} {name}")
        for path in folder.glob(file):
            path.write_bytes(damage(path.read_bytes(), dice))

    return change


def _flip(data: bytes, dice: random.Random, most: int | None = None) -> bytes:
    changed = bytearray(data)
    for_all = len(changed) if most is None else min(most, len(changed))
    if for_all:
        changed[dice.randrange(for_all)] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _flips(data: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.choice((2, 8, 64))):
        data = _flip(data, dice)
    return data


def _cut_off(data: bytes, at: int, unit: int) -> bytes:
    return data[: at // unit * unit]


def _zero(data: bytes, dice: random.Random) -> bytes:
    size = dice.choice((16, 512, PAGE, PAGE, 4 * PAGE))
    at = size * dice.randrange(max(1, len(data) // size))
    return data[:at] + bytes(len(data[at : at + size])) + data[at + size :]


def _pages(data: bytes, dice: random.Random, *, both: bool) -> bytes:
    pages = [data[at : at + PAGE] for at in range(0, len(data), PAGE)] or [b""]
    one, other = dice.randrange(len(pages)), dice.randrange(len(pages))
    pages[one], pages[other] = pages[other], pages[one] if both else pages[other]
    return b"".join(pages)


def _garbage(data: bytes, dice: random.Random) -> bytes:
    size = dice.choice((4, 100, PAGE))
    at = dice.randrange(len(data) + 1)
    return data[:at] + dice.randbytes(len(data[at : at + size])) + data[at + size :]


def _shift(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + dice.randbytes(dice.choice((1, 3, 512))) + data[at:]


_DAMAGE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "flip": _flip,
    "flips": _flips,
    "head": lambda data, dice: _flip(data, dice, 128),
    "cut": lambda data, dice: data[
        : dice.choice((dice.randrange(len(data) + 1), PAGE * dice.randrange(1 + len(data) // PAGE)))
    ],
    "zero": _zero,
    "swap": lambda data, dice: _pages(data, dice, both=True),
    "copy": lambda data, dice: _pages(data, dice, both=False),
    "extend": lambda data, dice: data + dice.randbytes(dice.choice((1, 100, PAGE, 100_000))),
    "garbage": _garbage,
    "shift": _shift,
}


def _grown(file: str) -> Change:
    return lambda folder: [os.truncate(path, 1 << 40) for path in folder.glob(file)] and None


def _replaced(file: str, put: Callable[[Path], None]) -> Change:
    def change(folder: Path) -> None:
        for path in _paths(folder, file):
            if path.is_dir():
                shutil.rmtree(path)
            path.unlink(missing_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            put(path)

    return change


def _instead(put: Callable[[Path], None]) -> Change:
    def change(folder: Path) -> None:
        shutil.rmtree(folder)
        put(folder)

    return change


OTHERS = ("another store", "another model", "an earlier time")
"""Whole indexes that stand beside the store, each in a folder of that name."""

_FOLDERS = ("words/*", "words", "generations")
_PARTS = ("*", _CATALOG, "CURRENT", "generations", "[Cg]*", "words", "[Cgw]*")


def _of_another(which: str, file: str) -> Change:
    def change(folder: Path) -> None:
        for path in (folder.parents[1] / which).glob(file):
            target = folder / path.name
            if path.is_dir():
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(path, target)
            else:
                shutil.copy(path, target)

    return change


def _vast(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)  # it takes no room


def _full(path: Path) -> None:
    (path / "a" / "b").mkdir(parents=True)
    (path / "a" / "c").write_bytes(b"c")


_PLACES: dict[str, Callable[[Path], None]] = {
    "nothing": lambda path: None,
    "an empty file": lambda path: path.touch(),
    "words": lambda path: path.write_text("not this\n" * 1000) and None,
    "a folder": lambda path: path.mkdir(),
    "a full folder": _full,
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to nothing": lambda path: path.symlink_to(path.with_name("nothing")),
    "a pipe": os.mkfifo,
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a terabyte": _vast,
}


def _with_manifest(given: object, where: str = "generations") -> Change:
    def change(folder: Path) -> None:
        for path in folder.glob(f"{where}/*/manifest.json"):
            manifest = json.loads(path.read_text("utf-8"))
            words = (
                given
                if isinstance(given, str)
                else json.dumps({**manifest, **given} if isinstance(given, dict) else given)
            )
            path.write_bytes(words.encode("utf-8", "surrogatepass"))

    return change


def _manifests() -> dict[str, object]:
    values = [None, True, 0, -1, 1, 2**31, 2**63, 2**64, 10**400, 1.5, float("nan"), float("inf"), "", "x", "../../x",
              "/etc/passwd", "\x00", "\ud800", "x" * 100_000, [], [1], {}, {"a": 1}]  # fmt: skip
    found: dict[str, object] = {}
    for name in ("identity", "embedder", "dim", "label", "size", "digest"):
        found |= {f"{name} {number}": {name: value} for number, value in enumerate(values)}
    return found | _odd_manifests(values)


def _listed() -> dict[str, object]:
    values = [None, True, -1, 10**400, 1.5, "", "../x", "/etc/passwd", "\ud800", [], {}, {"../../x": [1, "x"]},
              {"meta.json": [0]}, {"/dev/zero": [0, "x"]}, {"manifest.json": [0, ""]}, {"": [0, ""]}]  # fmt: skip
    found: dict[str, object] = {}
    for name in ("first", "last", "rows", "digest", "files"):
        found |= {f"{name} {number}": {name: value} for number, value in enumerate(values)}
    return found | _odd_manifests(values[:6])


def _odd_manifests(values: list[object]) -> dict[str, object]:
    found: dict[str, object] = {}
    found |= {f"all {number}": value for number, value in enumerate(v for v in values if not isinstance(v, dict))}
    found |= {"more": {"more": 1}, "less": "{}", "deep": "[" * 100_000, "deep dict": '{"a":' * 100_000,
              "digits": '{"dim": ' + "9" * 5000 + "}", "twice": '{"dim": 1, "dim": 64}', "BOM": "\ufeff{}"}  # fmt: skip
    return found


_CURRENTS = [
    "", " ", "\n", "..", ".", "/", "/etc", "../..", "../../records", "generations", "00000000000000000000", "x",
    "x" * 5000, "00000000000000000060\n../x", "\x00", "CURRENT", "9" * 255, "9" * 256, "a/b", "a\\b", "~", "-", "%s",
    "none",     "00000000000000000060" * 2, "٣", "ⅷ", "x\udcff", "con", "1e5",
]  # fmt: skip


def _with_current(words: str) -> Change:
    return lambda folder: (folder / "CURRENT").write_bytes(words.encode("utf-8", "surrogatepass")) and None
