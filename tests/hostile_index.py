"""Opens a store on one damaged index after another, and tells what does not work; run by `guarded`."""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import shutil
import sqlite3
import threading
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hostile_files
from dictionaries import UNREADABLE, words_under

from memo_jupyter.errors import CorruptIndex, MemoError
from memo_jupyter.recall.signals import SIGNALS
from memo_jupyter.testing import HashEmbedder, fake_memo

if TYPE_CHECKING:
    from collections.abc import Callable

    from guarded import Watch

    from memo_jupyter.engine import Memo

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
COUNT = 9  # memories; the last is forgotten
_EARLIER, _PUBLISHED = 2, 6
_MEBIBYTE = 1 << 20
_EMBEDDER = HashEmbedder(64)
_BEGINNINGS = ("export", "import_", "rebuild", "verify", "stats", "recent", "get")
_OTHERWISE = 6
"""So many cases begin as usual for one that begins in another way."""


def text(number: int) -> str:
    return f"memory {number} is about thing{number} and matter{number * 7}"


def fill(home: Path, folder: Path) -> None:
    """Make the store `home`, and in `folder` its index as a process leaves it that is killed, and one that ends.

    Beside them: the index at an earlier time, and those of another store and of another model.
    """
    items = [
        {
            "text": text(n),
            "created": START + timedelta(hours=6 * n),
            "source": {"page": n},
            "author": f"a{n % 3}",
            "tags": ["t"],
            "thread": "main",
        }
        for n in range(COUNT)
    ]
    index = home / "index"
    _make(folder / "another", HashEmbedder(64), items).rename(folder / "another store")
    _make(folder / "third", HashEmbedder(32), items).rename(folder / "another model")
    with fake_memo(home, embedder=_EMBEDDER, publish_after=3) as memo:
        memo.remember_many(items[:_EARLIER], progress=False)
        settle(memo)
    shutil.copytree(index, folder / "an earlier time")
    with fake_memo(home, embedder=_EMBEDDER, publish_after=1000) as memo:
        memo.remember_many(items[_EARLIER:_PUBLISHED], progress=False)
        for searched in (memo._open().index.lexical, memo._open().index.near):
            searched._publish_after = 1
            searched.publish()
        memo.remember_many(items[_PUBLISHED:], progress=False)
        settle(memo)
    _let_settle(home)
    with fake_memo(home, embedder=_EMBEDDER, publish_after=1000) as memo:
        memo.recall("memory", k=1)
        settle(memo)
        shutil.copytree(index, folder / "killed")
    assert (folder / "killed" / "catalog.sqlite3-wal").stat().st_size
    index.rename(folder / "closed")
    for which in ("killed", "closed", *hostile_files.OTHERS[:2]):
        assert (folder / which / "CURRENT").exists()
        assert list((folder / which / "words").glob("*/manifest.json"))
    with contextlib.closing(sqlite3.connect(folder / "closed" / "catalog.sqlite3")) as catalog:
        # Nothing of it will be looked into, unless damage is noticed.
        assert catalog.execute("SELECT count(*) FROM days").fetchone()[0] == len(_days(home))


def _make(home: Path, embedder: HashEmbedder, items: list[dict[str, Any]]) -> Path:
    with fake_memo(home, embedder=embedder, publish_after=3) as memo:
        memo.remember_many(items, progress=False)
        settle(memo)
    return home / "index"


def _days(home: Path) -> list[Path]:
    return sorted((home / "records").glob("*/*/*"))


def _let_settle(home: Path) -> None:
    for number, day in enumerate(_days(home)):
        os.utime(day, (START.timestamp() + number, START.timestamp() + number))


def settle(memo: Memo) -> None:
    while (thread := memo._open().indexer._thread) is not None:
        thread.join()


def main(watch: Watch, home: str, folder: str, part: str, parts: str) -> dict[str, Any]:
    store, pristine = Path(home), Path(folder)
    log: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda entry: log.append(f"{entry.getMessage()} {entry.exc_info and entry.exc_info[1]!r}")  # type: ignore[method-assign]
    logging.getLogger("memo_jupyter").addHandler(handler)
    threading.excepthook = lambda arguments: log.append(f"thread: {arguments.exc_value!r}")
    records = {path: path.read_bytes() for path in (store / "records").rglob("*.memo")}
    archive = pristine / "archive.jsonl"
    ids = {row.opening: row.id for row in _rows(store, archive)}
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    slowest = (0.0, "")
    for number, (name, which, change) in enumerate(hostile_files.changes()[int(part) :: int(parts)]):
        index = store / "index"
        shutil.copytree(pristine / which, index)
        change(index)
        watch.begin(name)
        began = time.perf_counter()
        case = Case(store, ids)
        if number % _OTHERWISE == 0:
            case.begin_with(_BEGINNINGS[number // _OTHERWISE % len(_BEGINNINGS)], archive)
        case.run()
        slowest = max(slowest, (time.perf_counter() - began, name))
        seen["cases"] += 1
        seen.update(case.seen)
        wrong += [f"{name}: {word}" for word in case.wrong + log]
        log.clear()
        _remove(index)
        _restore(store, records)
    hungriest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # MiB
    return {"hungriest": hungriest, "wrong": wrong, "seen": seen, "slowest": slowest}


def _rows(store: Path, archive: Path) -> list[Any]:
    with fake_memo(store, embedder=_EMBEDDER) as memo:
        found = memo.recent(COUNT)
        memo.export(archive)
    shutil.rmtree(store / "index")
    return found


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        while path.exists():  # tantivy may make the file of its lock a moment after it was closed
            shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()


def _restore(store: Path, records: dict[Path, bytes]) -> None:
    for path in (store / "records").rglob("*.memo"):
        if path not in records:
            path.unlink()
    for path, data in records.items():
        if not path.exists():
            path.write_bytes(data)
    for day in _days(store):
        if not list(day.iterdir()):
            day.rmdir()
    _let_settle(store)


class Case:
    """One damaged index, used as a person would who knows nothing of it."""

    def __init__(self, store: Path, ids: dict[str, str]) -> None:
        self.store, self.ids = store, ids
        self.wrong: list[str] = []
        self.verified = False
        self.seen: Counter[str] = Counter()

    def begin_with(self, what: str, archive: Path) -> None:
        """Do what comes first in `run`, in a handle of its own, by another method."""
        with self._open() as memo:
            arguments = {"export": (archive.with_suffix(".other"),), "import_": (archive,), "get": (self.ids[text(0)],)}
            self._try(what, lambda: getattr(memo, what)(*arguments.get(what, ())))

    def run(self) -> None:
        new, last = "a remembered new word beside damage", text(COUNT - 1)
        with self._open() as memo:
            self._try("recall", lambda: memo.recall(text(7), k=3))
            self._try("filtered", lambda: memo.recall(text(6), k=3, kinds=["note"], tags=["t"], since=START))
            self._try("get", lambda: memo.get(self.ids[text(5)][-8:]))
            self._try("recent", lambda: self._plain(memo.recent(10)))
            self._try("stats", memo.stats)
            kept = self._try("remember", lambda: memo.remember(new))
            self._try("recall new", lambda: memo.recall(new, k=3))
            self._try("containing", lambda: memo.forget(query="thing3", dry_run=True))
            if self._try("forget another thread", lambda: memo.forget(thread="other", tags=["other"])):
                self.wrong.append("another thread's memories were forgotten")
            self._try("forget", lambda: memo.forget(self.ids[last]))
            settle(memo)
            self.seen["kept what was forgotten, till verified"] += bool(self._left(last))
            self.verified = True
            self._try("verify", memo.verify)
            self.seen["rebuilt"] += any("made anew" in notice for notice in memo.take_notices())
            gold = {**{words: one for words, one in self.ids.items() if words != last}, new: kept.id if kept else ""}
            self._try("gold", lambda: self._gold(memo, gold, 5))
            settle(memo)
        with self._open() as memo:
            self._try("gold again", lambda: self._gold(memo, gold, 3))
            self._healed(memo, gold)
        if left := self._left(last):
            self.wrong.append(f"what was forgotten is in {left}")

    def _left(self, words: str) -> list[str]:
        vector = _EMBEDDER.embed([words]).astype("<f2")
        marks = [words[:-2].encode(), vector.tobytes()[:64], vector.astype("<f4").tobytes()[:64]]
        files = [path for path in self.store.rglob("*") if path.is_file() and not path.is_symlink()]
        left = [path.name for path in files if any(mark in _start_of(path) for mark in marks)]
        return left + [word for word in words_under(self.store) if word in {words.rsplit(maxsplit=1)[-1], UNREADABLE}]

    def _plain(self, rows: list[Any]) -> None:
        for row in rows:
            values = [row.thread or "", row.author or "", row.kind, row.opening, *row.tags, *map(str, row.source)]
            if not all(isinstance(value, str) for value in values):
                self.wrong.append(f"a row of odd values: {row}")

    def _open(self) -> Memo:
        return fake_memo(self.store, embedder=_EMBEDDER, publish_after=3)

    def _try(self, what: str, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except CorruptIndex as error:
            self.wrong.append(f"{what} raised CorruptIndex: {error}")
        except MemoError as error:  # one clear line is allowed as long as nothing has looked for damage
            self.seen["refused"] += 1
            if self.verified:
                self.wrong.append(f"{what} raised {type(error).__name__}: {error}")
        except Exception as error:
            self.wrong.append(f"{what} raised {type(error).__name__}: {str(error)[:200]}")
        return None

    def _gold(self, memo: Memo, gold: dict[str, str], every: int) -> None:
        for words, one in list(gold.items())[::-every]:
            hits = memo.recall(words, k=3)
            if not hits or hits[0].record.id != one:
                self.wrong.append(f"{words!r} is not found first")
            elif not 0.9 < hits[0].why.get("meaning", 0) / SIGNALS["meaning"][0] <= 1.01:  # the vector is its own
                self.wrong.append(f"{words!r} scores {hits[0].score}: {hits[0].why}")
            if memo.get(one).text != words:
                self.wrong.append(f"{one} cannot be read")

    def _healed(self, memo: Memo, gold: dict[str, str]) -> None:
        listed = self._try("list again", lambda: {row.opening: row.id for row in memo.recent(1000)}) or {}
        if listed != gold:
            self.wrong.append(f"the list has {len(listed)} of {len(gold)}: {sorted(listed.items() ^ gold.items())}")
        left = self._try("verify again", memo.verify)
        notices = memo.take_notices()
        if left or notices:
            self.wrong.append(f"not healed: {left} {notices}")


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4 * _MEBIBYTE)
