"""An opened store: its records, its index, the embedding model, and the indexer that keeps them together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from memo_jupyter.errors import CorruptIndex
from memo_jupyter.index.index import Index
from memo_jupyter.index.reconcile import Reconciled, reconcile
from memo_jupyter.indexing import Indexer
from memo_jupyter.records.store import RecordStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from memo_jupyter.embed.base import Embedder

T = TypeVar("T")

REBUILT = "The index was damaged. It has been made anew from the records; nothing is lost."


class Opened:
    """The parts of one store, opened together.

    Parameters
    ----------
    folder, index_folder : Path
        The store's folder and its index's.
    embedder : Embedder
    publish_after : int
        See `Index`.
    """

    def __init__(self, folder: Path, index_folder: Path, embedder: Embedder, publish_after: int) -> None:
        self.store = RecordStore(folder)
        self.index = Index(index_folder, embedder, publish_after)
        self.embedder = embedder
        self.indexer = Indexer(self.store, self.index, embedder)
        self.notices: list[str] = []
        self._reconciled = False
        self._lock = threading.RLock()

    def use(self, work: Callable[[Opened], T]) -> T:
        """Do `work` on parts that agree with one another; a damaged index is made anew, once, and the user is told."""
        try:
            self._agree()
            return work(self)
        except CorruptIndex:
            self.rebuild()
            self.notices.append(REBUILT)
            return work(self)

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> Reconciled:
        """Make the index anew from the records; their vectors are in them, so nothing is embedded again."""
        with self._lock:
            self.index.wipe()
            done = reconcile(self.store, self.index, progress)
            self._reconciled = True
            self.notices += done.problems
        self.indexer.wake()
        return done

    def set_aside(self, record_id: str, why: str) -> None:
        """Take a record that cannot be read out of the index, and tell the user."""
        self.index.remove([record_id])
        self.notices.append(why)

    def close(self) -> None:
        """Finish the batch at hand and close the files."""
        self.indexer.close()
        self.index.close()

    def _agree(self) -> None:
        with self._lock:
            if self._reconciled:
                return
            done = reconcile(self.store, self.index)
            self._reconciled = True
            self.notices += done.problems
            if done.added or self.index.catalog.waiting():
                self.indexer.wake()
