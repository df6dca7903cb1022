"""How long `remember` takes until the memory is safe on the disk.

The floor, measured in the same run and in turns with it: write a file of the same size, fsync it, rename it, fsync the
folder. Embedding happens in the background and is held off here, so that it does not compete for the two cores.

    python benchmarks/remember.py [--n 1 10000 100000] [--count 300]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import stores
from measuring import report, summary, timed

from memo_jupyter import fields
from memo_jupyter.records import codec

if TYPE_CHECKING:
    from memo_jupyter import Memo

TEXT = (
    "The robust scaler beat the standard scaler on the churn data: accuracy 0.71 against 0.66, once more. " * 3
    + "Note {}."
)


def durable_file(folder: Path, name: str, data: bytes) -> None:
    """Do the least that makes a file durable."""
    descriptor = os.open(folder / "arriving", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(descriptor, data)
    os.fsync(descriptor)
    os.close(descriptor)
    (folder / "arriving").rename(folder / name)
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def measure(memo: Memo, plain: Path, count: int) -> list[dict[str, Any]]:
    """Take turns: the floor, the record alone, and all that `remember` does."""
    floor, written, remembered = [], [], []
    data = codec.encode(memo.remember(TEXT.format("first")))
    memo.recall("scaler")
    parts = memo._open()  # noqa: SLF001  # to hold the indexer off
    parts.indexer.close()
    parts.indexer.wake = lambda: None
    for number in range(count):
        text = TEXT.format(number)
        floor.append(timed(lambda n=number: durable_file(plain, str(n), data)))
        record = fields.record({"text": text})
        written.append(timed(lambda r=record: parts.store.write(r)))
        remembered.append(timed(lambda t=text: memo.remember(t)))
    rows = [
        {"what": "floor: write, fsync, rename, fsync the folder", **summary(floor)},
        {"what": "the record alone", **summary(written)},
        {"what": "remember (record, catalog and words)", **summary(remembered)},
    ]
    for row in rows:
        row["ratio of p50"] = round(row["p50_ms"] / rows[0]["p50_ms"], 2)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, nargs="+", default=[1, 10_000, 100_000], help="memories in the store before")
    parser.add_argument("--count", type=int, default=300)
    given = parser.parse_args()
    rows = []
    for number in given.n:
        with tempfile.TemporaryDirectory(dir=stores.ready(number).parent) as folder:
            plain = Path(folder) / "plain"
            plain.mkdir()
            with stores.opened(stores.copied(number, Path(folder))) as memo:
                rows += [{"memories": number, **row} for row in measure(memo, plain, given.count)]
    report("remember", rows)


if __name__ == "__main__":
    main()
