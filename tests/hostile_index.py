"""Opens a store on one damaged index after another, and tells what does not work; run by `guarded`."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hostile_files

from memo_jupyter.errors import CorruptIndex, MemoError
from memo_jupyter.testing import HashEmbedder, fake_memo

if TYPE_CHECKING:
    from collections.abc import Callable

    from guarded import Watch

    from memo_jupyter.engine import Memo

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
COUNT = 24  # memories
_EMBEDDER = HashEmbedder(64)


def text(number: int) -> str:
    return f"memory {number} is about thing{number} and matter{number * 7}"


def fill(home: Path, folder: Path) -> None:
    """Make the store `home`, and in `folder` its index as a process leaves it that is killed, and one that ends."""
    more = {"tags": ["t"], "thread": "main"}
    items = [
        {
            "text": text(n),
            "created": START + timedelta(hours=3 * n),
            "source": {"page": n},
            "author": f"a{n % 3}",
            **more,
        }
        for n in range(COUNT)
    ]
    index = home / "index"
    with fake_memo(home, embedder=_EMBEDDER, publish_after=8) as memo:
        memo.remember_many(items[:16], progress=False)
        memo._open().indexer.catch_up()
        memo._open().index.near.publish()
        memo.remember_many(items[16:], progress=False)
        memo.recall("memory", k=1)
        settle(memo)
        shutil.copytree(index, folder / "killed")
    assert (folder / "killed" / "catalog.sqlite3-wal").stat().st_size
    index.rename(folder / "closed")
    for which in ("killed", "closed"):
        assert (folder / which / "CURRENT").exists()


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
    ids = {row.opening: row.id for row in _rows(store, pristine)}
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    slowest = (0.0, "")
    for name, which, change in hostile_files.changes()[int(part) :: int(parts)]:
        index = store / "index"
        shutil.copytree(pristine / which, index)
        change(index)
        watch.begin(name)
        began = time.perf_counter()
        case = Case(store, ids)
        case.run()
        slowest = max(slowest, (time.perf_counter() - began, name))
        seen["cases"] += 1
        seen.update(case.seen)
        wrong += [f"{name}: {word}" for word in case.wrong + log]
        log.clear()
        shutil.rmtree(index)
    return {"wrong": wrong, "seen": seen, "slowest": slowest}


def _rows(store: Path, pristine: Path) -> list[Any]:
    with fake_memo(store, embedder=_EMBEDDER) as memo:
        found = memo.recent(COUNT)
    shutil.rmtree(store / "index")
    return found


class Case:
    """One damaged index, used as a person would who knows nothing of it."""

    def __init__(self, store: Path, ids: dict[str, str]) -> None:
        self.store, self.ids = store, ids
        self.wrong: list[str] = []
        self.verified = False
        self.seen: Counter[str] = Counter()

    def run(self) -> None:
        new = "a remembered new word beside damage"
        with self._open() as memo:
            self._try("recall", lambda: memo.recall(text(7), k=3))
            self._try("filtered", lambda: memo.recall(text(8), k=3, kinds=["note"], tags=["t"], since=START))
            self._try("get", lambda: memo.get(self.ids[text(9)][-8:]))
            self._try("recent", lambda: memo.recent(10))
            self._try("stats", memo.stats)
            kept = self._try("remember", lambda: memo.remember(new))
            self._try("recall new", lambda: memo.recall(new, k=3))
            settle(memo)
            self.verified = True
            self._try("verify", memo.verify)
            self.seen["rebuilt"] += any("made anew" in notice for notice in memo.take_notices())
            self._try("gold", lambda: self._gold(memo, new, kept.id if kept else "", 11))
            settle(memo)
        with self._open() as memo:
            self._try("gold again", lambda: self._gold(memo, new, kept.id if kept else "", 7))
            self._healed(memo)
        for path in (self.store / "records").rglob("*.memo"):
            if path.stem not in self.ids.values():
                path.unlink()

    def _open(self) -> Memo:
        return fake_memo(self.store, embedder=_EMBEDDER, publish_after=8)

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

    def _gold(self, memo: Memo, new: str, kept: str, every: int) -> None:
        for words, one in [*list(self.ids.items())[::every], (new, kept)]:
            hits = memo.recall(words, k=3)
            if not hits or hits[0].record.id != one:
                self.wrong.append(f"{words!r} is not found first")
            elif not 0.9 < hits[0].score <= 1.01:
                self.wrong.append(f"{words!r} scores {hits[0].score}")
            if memo.get(one).text != words:
                self.wrong.append(f"{one} cannot be read")

    def _healed(self, memo: Memo) -> None:
        listed = self._try("list again", lambda: {row.id: row.opening for row in memo.recent(1000)}) or {}
        if any(listed.get(one) != words for words, one in self.ids.items()) or len(listed) != len(self.ids) + 1:
            self.wrong.append(
                f"the list has {len(listed)} of {len(self.ids) + 1}, {sorted(set(listed) - set(self.ids.values()))}"
            )
        left = self._try("verify again", memo.verify)
        notices = memo.take_notices()
        if left or notices:
            self.wrong.append(f"not healed: {left} {notices}")
