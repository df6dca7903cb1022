"""Looks at every state that a power cut may leave of a run, and tells what is not well; run by `guarded`."""

from __future__ import annotations

import itertools
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crash.power import RecordingDisk, states
from dictionaries import UNREADABLE, words_under

from memo_jupyter import fields
from memo_jupyter.opened import Opened
from memo_jupyter.records.disk import Disk
from memo_jupyter.testing import HashEmbedder
from memo_jupyter.verify import verify

if TYPE_CHECKING:
    from guarded import Watch

WORDS = "apricot basalt cobalt dahlia elmwood fjord granite harbour indigo juniper kestrel lantern meadow".split()
MORE = [f"{syllable}{number}onium" for number in range(12) for syllable in ("lax", "mer", "tov")]


class QuickDisk(Disk):
    """A disk that is never cut off, for looking at what another has left."""

    def sync(self, descriptor):
        pass

    def sync_folder(self, folder):
        pass


def run(store, more):
    """Remember, publish and forget, and write down every operation and every word to the caller."""

    def catalog():
        files = store / "index"
        return {path.name: path.read_bytes() for path in sorted(files.glob("catalog.sqlite3*"))}

    disk = RecordingDisk(store, catalog)
    parts = Opened(store, store / "index", HashEmbedder(16), 3, disk)
    parts.indexer.wake = lambda: None  # one thread, so that the operations stand in one order
    kept = {}

    def keep(word):
        record = parts.keep(fields.record({"text": f"{word} is remembered"}))
        kept[word] = record.id
        disk.tell("kept", word, record.id)

    def forget(word):
        disk.tell("forgetting", word, kept[word])
        parts.forget([kept[word]])
        disk.tell("forgotten", word, kept[word])

    for word in WORDS[:4]:
        keep(word)
    parts.indexer.catch_up()
    assert parts.index.lexical.publish()
    assert parts.index.near.publish()
    keep(WORDS[4])
    parts.indexer.catch_up()
    forget(WORDS[1])  # in the graph
    keep(WORDS[5])
    assert parts.index.lexical.publish()
    assert parts.index.near.publish()
    forget(WORDS[4])  # not yet in the graph
    together = parts.keep_many([fields.record({"text": f"{word} is remembered"}) for word in WORDS[10:]])
    for word, record in zip(WORDS[10:], together, strict=True):
        kept[word] = record.id
        disk.tell("kept", word, record.id)
    forget(WORDS[11])
    for word in more:
        keep(word)
        parts.indexer.catch_up()
        if word[0] == "m":
            parts.index.lexical.publish()
            parts.index.near.publish()
            forget(word)
    parts.rebuild()
    parts.close()
    return disk.events


def catalogs(events, count):
    """What SQLite may have kept: everything, what its last checkpoint forced, or a folder that is not there."""
    now = events[count].catalog if count < len(events) else events[-1].catalog
    forced = next(
        (
            event.catalog
            for event in reversed(events[: count + 1])
            if event.catalog.get("catalog.sqlite3-wal") == b"" and "catalog.sqlite3" in event.catalog
        ),
        {},
    )
    return {"now": now, "forced": forced, "gone": {}}


def check(root, events, count):
    told = events[:count]
    kept = {event.more: event.path for event in told if event.name == "kept"}
    leaving = {event.more for event in told if event.name == "forgetting"}
    forgotten = {event.more: event.path for event in told if event.name == "forgotten"}
    parts = Opened(root, root / "index", HashEmbedder(16), 3, QuickDisk())
    parts.indexer.wake = lambda: None
    there = {row.id for row in parts.rows(None)}
    parts.indexer.catch_up()
    for record_id, word in kept.items():
        if record_id not in leaving:
            assert parts.store.read(record_id).text == f"{word} is remembered"
            assert parts.search(f"{word} is remembered", 1)[0].record.id == record_id
    assert not there & set(forgotten)
    parts.index.lexical.publish()
    parts.index.near.publish()
    assert verify(parts) == []
    assert parts.store.set_aside() == []
    parts.close()
    left = b"".join(path.read_bytes().lower() for path in root.rglob("*") if path.is_file())
    words = words_under(root)
    assert UNREADABLE not in words
    for word in forgotten.values():
        assert word.encode() not in left
        assert word not in words


def wrongs(folder, events, part=0, parts=1):
    """Check every state, or one part of them: None for each that is well, else what is wrong with it."""
    number = itertools.count()
    for count, tree in states(events, random.Random(1)):
        for files in {repr(sorted(found)): found for found in catalogs(events, count).values()}.values():
            if (place := next(number)) % parts != part:
                continue
            root = folder / f"state-{place}"  # its own: the threads of one that failed may be writing still
            root.mkdir()
            tree.write(root)
            for name, data in files.items():
                (root / "index").mkdir(exist_ok=True)
                if not name.endswith("-shm"):  # shared memory does not outlive the machine
                    (root / "index" / name).write_bytes(data)
            try:
                check(root, events, count)
                yield None
            except Exception as error:  # told with what led to it
                done = [(event.name, event.path) for event in events[max(0, count - 6) : count]]
                yield f"after {count} operations, the last of them {done}: {error!r}"
            shutil.rmtree(root, ignore_errors=True)


def main(watch: Watch, folder: str, part: str, parts: str) -> dict[str, Any]:
    events = run(Path(folder) / "store", WORDS[6:9] + MORE)
    found = []
    for one in wrongs(Path(folder), events, int(part), int(parts)):
        watch.begin(f"state {len(found) + 1}")
        found.append(one)
    names = sorted({event.name for event in events})
    return {"operations": len(events), "names": names, "states": len(found), "wrong": [one for one in found if one]}
