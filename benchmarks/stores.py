"""Big stores, made fast and kept in `build/`: vectors are sums of words, and nothing forced to the disk."""

from __future__ import annotations

import shutil
import time
import zlib
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from texts import notes

from memo_jupyter.config import models_folder
from memo_jupyter.embed.fastembed_model import FastembedEmbedder
from memo_jupyter.embed.files import DEFAULT
from memo_jupyter.records.disk import Disk
from memo_jupyter.testing import fake_memo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from memo_jupyter import Memo

_KEPT = Path(__file__).parents[1] / "build" / "benchmarks"
_DAYS = 1000  # over which the memories of a big store are spread
_LONG = 200_000  # memories that take minutes to make
_A_NOTEBOOK = 60  # so many of them are of one notebook


class BenchEmbedder:
    """The sum of vectors of the words, in no time; or the real model's, with the seconds that they took.

    Both have one fingerprint, so that a store filled by the one can be asked with the other: how long it takes is
    measured here, and not what is found.
    """

    fingerprint = "benchmark-384"
    dim = 384
    max_tokens = 256

    def __init__(self, *, real: bool = False) -> None:
        self.seconds = 0.0
        self.model = FastembedEmbedder(DEFAULT, models_folder("")) if real else None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed `texts`; see `Embedder`."""
        start = time.perf_counter()
        rows = self.model.embed(texts) if self.model else np.stack([_of_words(text) for text in texts])
        self.seconds += time.perf_counter() - start
        return rows


class HastyDisk(Disk):
    """A disk that forces nothing, to make big stores fast; the files are written all the same."""

    def sync(self, descriptor: int) -> None:
        """Do nothing."""

    def sync_folder(self, folder: Path) -> None:
        """Do nothing."""


def speed(number: int) -> str:
    """Tell how fast the store of so many memories was made: memories a second, and of that the graph's share."""
    return (_KEPT / f"{number}" / "ready").read_text("utf-8") or "not measured"


def opened(folder: Path, embedder: BenchEmbedder | None = None, **settings: Any) -> Memo:
    """Open a store that `ready` has made; settings as for `Memo`."""
    return fake_memo(folder, embedder=embedder or BenchEmbedder(), **settings)


def ready(number: int) -> Path:
    """Give a store of so many memories, all of it published; made once, and not to be changed."""
    folder = _KEPT / f"{number}"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        start, step = datetime.now(timezone.utc) - timedelta(_DAYS), timedelta(_DAYS) / number
        items = [
            {
                "text": text,
                "created": start + place * step,
                "source": {"notebook": f"study-{place // _A_NOTEBOOK}.ipynb", "cell": f"c{place % _A_NOTEBOOK}"},
            }
            for place, text in enumerate(notes(number))
        ]
        with opened(folder / "store", publish_after=1) as memo:
            parts = memo._open()  # noqa: SLF001  # it would take minutes otherwise
            parts.store.disk = HastyDisk()
            parts.indexer.wake = lambda: None
            begin = time.perf_counter()
            memo.remember_many(items, progress=number > _LONG)
            parts.index.lexical.publish()
            filled = time.perf_counter()
            parts.index.near.publish()
            ended = time.perf_counter()
        time.sleep(3)  # so that the folders of days have settled
        with opened(folder / "store") as memo:
            memo.recent(1)
        (folder / "ready").write_text(
            f"{number / (filled - begin):.0f}, {number / (ended - begin):.0f} with HNSW", "utf-8"
        )
    return folder / "store"


def copied(number: int, folder: Path) -> Path:
    """Give a copy of such a store that may be changed."""
    return Path(shutil.copytree(ready(number), folder / f"{number}"))


def _of_words(text: str) -> NDArray[np.float32]:
    row = np.add.reduce([_of_word(word) for word in text.lower().replace(".", "").split()])
    return np.asarray(row / np.linalg.norm(row), np.float32)


@cache
def _of_word(word: str) -> NDArray[np.float32]:
    return np.random.default_rng(zlib.crc32(word.encode())).standard_normal(BenchEmbedder.dim, np.float32)
