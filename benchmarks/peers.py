"""memo beside other stores on a disk that find texts by meaning: chroma, lancedb, and sqlite-vec with SQLite's FTS5.

All get the same texts, vectors and questions; nobody embeds. What each `add` guarantees, and how each is set up, stands
in `peer_stores.py`. A query gives 6 texts. The ratio is to memo's figure, and for every way to ask to memo's `recall`,
which is hybrid: more than 1 is slower or bigger, but for rows per second, where it is faster. The floor is the least
that makes a file of the record's size durable, measured in turns with the adding, 20 and 20.

A text is forgotten if a word that stood in no other is in no file below the store's folder: `at once`, `once closed`,
`once purged` (with what the library's documentation advises for that), or `never`.

    python benchmarks/peers.py [--n 100000] [--only memo chroma]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import stores
import texts
from measuring import report, summary, timed
from peer_stores import STORES, MemoStore, Store
from remember import durable_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 20  # so many are added in one go
FILLED = 20_000  # at most so many are added for the rate
ADDED, ASKED, OPENED, FORGOTTEN = 200, 200, 5, 20
MARK = "qwzforgetme"
RECALL = "query: hybrid"
FLOOR = "floor: write, fsync, rename, fsync the folder"

COLD = """
import json, sys, time
name, folder, question, vector = json.load(sys.stdin)
start = time.perf_counter()
from pathlib import Path
from peer_stores import STORES
store = STORES[name](Path(folder))
found = list(store.asks.values())[-1](question, vector)
print(time.perf_counter() - start)
assert len(found) == 6
store.close()
"""


class Data:
    """The texts, their vectors, and questions."""

    def __init__(self, number: int) -> None:
        embed = stores.BenchEmbedder().embed
        self.number = number
        self.texts = texts.notes(number + ADDED)
        self.vectors: NDArray[Any] = embed(self.texts)
        self.questions = texts.questions(self.texts[:number], ASKED)
        self.asked: list[list[float]] = embed(self.questions).tolist()


def fill(store: Store, data: Data, first: int, end: int) -> None:
    for place in range(first, end, store.batch):
        part = slice(place, min(end, place + store.batch))
        store.add_many(place, data.texts[part], list(data.vectors[part]))
    store.ready()


def filled(kind: type[Store], data: Data, folder: Path) -> tuple[Path, float]:
    """Give a full store, and how many rows a second it took until the first answer."""
    number = min(data.number, FILLED)
    store = kind(folder / "store")
    start = time.perf_counter()
    fill(store, data, 0, number)
    ask(store, data, 0)
    rate = number / (time.perf_counter() - start)
    if kind is not MemoStore and number < data.number:
        fill(store, data, number, data.number)
    store.close()
    if kind is not MemoStore:
        return folder / "store", rate
    shutil.rmtree(folder / "store")
    return stores.copied(data.number, folder), rate


def ask(store: Store, data: Data, place: int) -> None:
    list(store.asks.values())[-1](data.questions[place], data.asked[place])


def queries(store: Store, data: Data) -> list[dict[str, Any]]:
    rows = []
    for way, asking in store.asks.items():
        asking("What was it about?", data.asked[0])  # so that what it loads is loaded
        spent = [
            timed(partial(asking, question, vector))
            for question, vector in zip(data.questions, data.asked, strict=True)
        ]
        rows.append({"what": f"query: {way}", **summary(spent)})
    return rows


def adding(store: Store, data: Data, plain: Path) -> list[dict[str, Any]]:
    plain.mkdir()
    floor, added = [], []
    for number in range(data.number, data.number + ADDED):
        text, vector = data.texts[number], data.vectors[number]
        if number % BLOCK == 0:
            os.sync()  # so that neither pays for what the other has left unsynced
            floor += [
                timed(partial(durable_file, plain, f"{number}-{place}", text.encode() + vector.tobytes()))
                for place in range(BLOCK)
            ]
            os.sync()
        added.append(timed(partial(store.add, number, text, vector)))
    rows: list[dict[str, Any]] = [{"what": FLOOR, **summary(floor)}, {"what": "add one", **summary(added)}]
    rows[1]["ratio to floor"] = round(rows[1]["p50_ms"] / rows[0]["p50_ms"], 2)
    return rows


def marked(folder: Path) -> bool:
    """Tell whether the mark is in any file."""
    return any(MARK.encode() in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def forgetting(kind: type[Store], folder: Path, data: Data) -> list[dict[str, Any]]:
    store, first = kind(folder), data.number + ADDED
    keys = [store.add(first + place, f"{data.texts[place]} {MARK}", data.vectors[place]) for place in range(FORGOTTEN)]
    ask(store, data, 0)
    if not marked(folder):
        raise AssertionError("The mark is not even found where it has to be.")
    os.sync()
    forgotten = [timed(partial(store.forget, key)) for key in keys]
    gone = "" if marked(folder) else "at once"
    store.close()
    gone = gone or ("" if marked(folder) else "once closed")
    store = kind(folder)
    purged = timed(store.purge)
    store.close()
    gone = gone or ("never" if marked(folder) else "once purged")
    rows: list[dict[str, Any]] = [{"what": "forget one", **summary(forgotten)}]
    if kind is not MemoStore:
        rows.append({"what": "purge what was forgotten", "p50_ms": round(1000 * purged, 3)})
    return [*rows, {"what": "its text is off the disk", "value": gone}]


def cold(kind: type[Store], folder: Path, data: Data) -> dict[str, Any]:
    """Open it and ask once in fresh processes, with all imports."""
    spent = []
    for place in range(OPENED + 1):
        given = json.dumps([kind.name, str(folder), data.questions[place], data.asked[place]])
        command = [sys.executable, "-c", COLD]
        done = subprocess.run(
            command, input=given, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
        spent.append(float(done.stdout.split()[-1]))
    middle = summary(spent[1:])["p50_ms"]  # the first is for the byte code and the disk's cache
    return {"what": "fresh process to first answer", "p50_ms": middle}


def measure(kind: type[Store], data: Data, folder: Path) -> list[dict[str, Any]]:
    full, rate = filled(kind, data, folder)
    size = sum(file.stat().st_size for file in full.rglob("*") if file.is_file())
    rows: list[dict[str, Any]] = [{"what": "fill, rows a second", "value": round(rate)}]
    opening = cold(kind, full, data)
    store = kind(full)
    rows += [*queries(store, data), *adding(store, data, folder / "plain")]
    store.close()
    rows += [opening, *forgetting(kind, full, data), {"what": "on the disk, MB", "value": round(size / 1e6, 1)}]
    return [{"system": kind.name, **row} for row in rows]


def compared(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add each row's ratio to memo's of the same thing."""
    ours = {row["what"]: row for row in rows if row["system"] == MemoStore.name}
    for row in rows:
        if row["what"] == FLOOR:
            continue
        own = ours.get(RECALL if row["what"].startswith("query") else row["what"], {})
        for column in ("p50_ms", "value"):
            if isinstance(row.get(column), int | float) and own.get(column):
                row["ratio to memo"] = round(row[column] / own[column], 2)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=100_000, help="texts in each store")
    parser.add_argument("--only", nargs="+", choices=list(STORES), default=list(STORES), help="these systems alone")
    given = parser.parse_args()
    data, rows = Data(given.n), []
    near = stores.ready(given.n).parent  # on the same disk
    for name in given.only:
        with tempfile.TemporaryDirectory(dir=near, ignore_cleanup_errors=True) as folder:
            try:
                rows += measure(STORES[name], data, Path(folder))
            except ImportError as error:
                print(f"{name} is left out, since it is not installed ({error}); `pip install memo-jupyter[bench]`")
    report(f"peers, {given.n:,} texts", compared(rows))


if __name__ == "__main__":
    main()
