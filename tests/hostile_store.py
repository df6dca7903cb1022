"""A store with hostile files among good records, read through `Memo`; run by `guarded`."""

from __future__ import annotations

import os
import random
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hostile_pickles
from hostile_programs import dumped, wrapped

from memo_jupyter.errors import CorruptRecord, StoreError
from memo_jupyter.index.dense import pack
from memo_jupyter.records import codec
from memo_jupyter.records.store import RecordStore, new_id
from memo_jupyter.testing import HashEmbedder, fake_memo
from memo_jupyter.types import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from guarded import Watch

START = datetime(2026, 11, 22, 9, tzinfo=timezone.utc)


def main(watch: Watch, folder: str, which: str) -> dict[str, Any]:
    return {"set_aside": set_aside, "valid": valid}[which](watch, Path(folder))


def text(number: int) -> str:
    return f"memory {number} is about thing{number} and matter{number * 7}"


def filled(folder: Path, count: int) -> tuple[RecordStore, list[str]]:
    """Make a store of good records, no index."""
    store = RecordStore(folder)
    ids = []
    for number in range(count):
        record = Record(new_id(START + timedelta(minutes=number)), START, "note", text(number))
        store.write(record)
        ids.append(record.id)
    return store, ids


def checked(folder: Path, ids: list[str]) -> list[str]:
    """Use the store as a person would, and say what does not work."""
    wrong = []
    with fake_memo(folder, publish_after=5) as memo:
        memo.verify()  # waits until all is indexed: a recall waits a second for it, and then answers from the newest
        for number, one in enumerate(ids):
            hits = memo.recall(text(number), k=3)
            if not hits or hits[0].record.id != one:
                wrong.append(f"{text(number)!r} is not found")
            if memo.get(one).text != text(number):
                wrong.append(f"{one} is not read")
        kept = memo.remember("a new memory beside hostile ones")
        if kept.id not in [hit.record.id for hit in memo.recall("new memory beside hostile ones", k=3)]:
            wrong.append("what is remembered now is not found")
        memo.stats()
        memo.verify()
        wrong += [f"notice {notice[:300]!r}" for notice in memo.take_notices() if not notice.isprintable()]
        if len(memo.recent(10_000)) < len(ids):
            wrong.append("the list is short")
    return wrong


def set_aside(watch: Watch, folder: Path) -> dict[str, Any]:
    """Put 400 files that are no records among the good ones, and a few things that are no files."""
    store, ids = filled(folder, 40)
    dice = random.Random(hostile_pickles.SEED)
    every = [case for case in hostile_pickles.cases() if len(case.data) < 1_000_000 and _corrupt(case.data)]
    chosen = {case.name: case for case in every if case.name.startswith("bomb")}
    chosen |= {case.name: case for case in dice.sample(every, 350)}
    paths = {}
    for number, case in enumerate(chosen.values()):
        paths[case.name] = store.path(new_id(START + timedelta(hours=1, seconds=number)))
        paths[case.name].write_bytes(case.data)
    for number, (name, put) in enumerate(_NO_FILES.items()):
        paths[name] = store.path(new_id(START + timedelta(hours=2, seconds=number)))
        put(paths[name])
    wrong = []
    for name, path in list(paths.items())[::2]:  # half of them met by name, half by the index as it is made
        watch.begin(name)
        try:
            store.read(path.stem)
            wrong.append(f"{name} was read")
        except CorruptRecord:
            pass
    watch.begin("all together")
    wrong += checked(folder, ids)
    quarantine = folder / "quarantine"
    for name, path in paths.items():
        if path.exists() or not stat.S_ISREG((quarantine / f"{path.name}.why").stat().st_mode):
            wrong.append(f"{name} was not set aside")
        elif not 3 < len((quarantine / f"{path.name}.why").read_text("utf-8")) < 300:
            wrong.append(f"{name} has no reason")
    return {"wrong": wrong, "files": len(paths), "aside": len(store.set_aside())}


def _corrupt(data: bytes) -> bool:
    try:
        codec.decode(data)
    except CorruptRecord:
        return True
    except StoreError:
        return False
    return False


def _vast(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)  # it takes no room


_NO_FILES: dict[str, Callable[[Path], None]] = {
    "a folder": lambda path: path.mkdir(),
    "a full folder": lambda path: (path / "a" / "b").mkdir(parents=True),
    "a pipe": os.mkfifo,
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a terminal": lambda path: path.symlink_to("/dev/tty"),
    "an empty file": lambda path: path.touch(),
    "a terabyte": _vast,
}  # fmt: skip


def valid(watch: Watch, folder: Path) -> dict[str, Any]:
    """Put records among the good ones that are well-formed, each with one value that memo would never write."""
    embedder = HashEmbedder()
    wrong, count = [], 0
    for at, (name, fields) in enumerate(_odd(embedder).items()):
        watch.begin(name)
        home = folder / f"store-{at}"
        store, ids = filled(home, 12)
        number = new_id(START + timedelta(hours=1, seconds=at))
        plain = codec._to_plain(Record(number, START, "note", "an odd memory of some words"))
        store.path(number).write_bytes(wrapped(dumped({**plain, **fields}), *_VERSIONS.get(name, ())))
        try:
            wrong += [f"{name}: {word}" for word in checked(home, ids)]
        except Exception as error:
            wrong.append(f"{name}: {type(error).__name__}: {str(error)[:300]}")
        count += 1
    return {"wrong": wrong, "files": count}


_VERSIONS = {"a later format": (2, 0), "a later flag": (1, 1), "format 255": (255, 255)}


def _odd(embedder: HashEmbedder) -> dict[str, dict[str, Any]]:
    here = embedder.fingerprint
    words = "an odd memory of some words"
    size = 2 * embedder.dim
    nan, infinite, huge = b"\x00\x7e" * embedder.dim, b"\x00\x7c" * embedder.dim, b"\xff\x7b" * embedder.dim
    whole = pack(embedder.embed([words]))[0]
    vectors = {
        "NaN": [(0, len(words), nan)], "infinite": [(0, len(words), infinite)], "huge": [(0, len(words), huge)],
        "zero": [(0, len(words), bytes(size))], "one NaN": [(0, len(words), whole[:-2] + b"\x00\x7e")],
        "of another size": [(0, len(words), bytes(10))], "empty": [(0, len(words), b"")],
        "elsewhere": [(3, 7, whole)], "beyond": [(0, 2**70, whole)], "before": [(-9, -1, whole)],
        "twice": [(0, len(words), whole), (0, len(words), nan)], "many": [(n, n + 1, whole) for n in range(2000)],
        "of 2**2000": [(2**2000, -(2**2000), whole)],
    }  # fmt: skip
    odd = {f"vectors {name}": {"vectors": given, "embedder": here} for name, given in vectors.items()}
    odd |= {f"embedder {name}": {"vectors": [(0, 5, whole)], "embedder": name} for name in ("", "\x00", "x" * 10_000)}
    times = [-62135596800000000, 253402300799999999, -1, 0]
    odd |= {f"created {time}": {"created": time} for time in times}
    texts = ["", " ", "\x00", "\n\n", "\x00" * 500, "🌲" * 5000, "\x1b[2J", "x" * 300_000, "a " * 100_000,
             '"' * 500,
             "\u202e\u2066", "A" * 2000 + " odd", "{}", "'; DROP TABLE records; --", "%s %n",
             "e\u0301" * 1000]  # fmt: skip
    odd |= {f"text {number}": {"text": given} for number, given in enumerate(texts)}
    for name in ("kind", "author", "thread"):
        odd |= {f"{name} {number}": {name: given} for number, given in enumerate(texts[:13])}
    odd |= {"many tags": {"tags": ["tag"] * 20_000}, "odd tags": {"tags": texts[:13]}}
    sources = [
        {"": ""},
        {"a": 2**2000},
        {"a": -(2**2000)},
        {"\x00": "\x00"},
        {str(n): n for n in range(5000)},
        {"a": True},
    ]
    odd |= {f"source {number}": {"source": given} for number, given in enumerate(sources)}
    ids = ["", "../../../etc/passwd", "/etc/passwd", "x" * 100_000, "\x00", "\x1b[2J\n", "01M83MMMCZM20DJZWX1MKPHT8H"]
    odd |= {f"id {number}": {"id": given} for number, given in enumerate(ids)}
    return odd | {name: {} for name in _VERSIONS}
