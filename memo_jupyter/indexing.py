"""Indexing in the background: embeds what has been remembered, and publishes generations of the index.

A record is durable before it is embedded, and `waiting` rows in the catalog say which are not, so nothing here can lose
anything: what a process does not finish, the next one does.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
from typing import TYPE_CHECKING

from memo_jupyter.errors import CorruptIndex, EmbeddingModelMissing, MemoError, StoreError, UnknownId
from memo_jupyter.index.dense import pack
from memo_jupyter.types import Vector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.index.index import Index
    from memo_jupyter.records.store import RecordStore
    from memo_jupyter.types import Record

_BATCH = 64  # chunks at a time: enough to keep the model busy, few enough to stop soon
_PATIENCE = 0.5  # seconds that a recall waits for the background to finish what it is at
_log = logging.getLogger(__name__)


class _ClosingError(Exception):
    """The indexer is being closed; what is not done is done by the next process."""


class Indexer:
    """Embeds the records that wait for it, in a thread that starts when there is work and ends when there is none.

    Parameters
    ----------
    store, index, embedder
        What it works on.
    first : callable
        Called in the background before anything is embedded, with a callable that tells when to stop.
    """

    def __init__(
        self,
        store: RecordStore,
        index: Index,
        embedder: Embedder,
        first: Callable[[Callable[[], bool]], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._index = index
        self._embedder = embedder
        self._first = first
        self._working = threading.Lock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._again = threading.Event()
        self._stopping = threading.Event()
        self.problem: str | None = None

    def wake(self) -> None:
        """See to it that what waits is embedded soon; returns at once."""
        with self._starting:
            self._again.set()
            if (self._thread is None or not self._thread.is_alive()) and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name="memo-indexer", daemon=True)
                self._thread.start()

    def catch_up(self, progress: Callable[[int], None] | None = None, limit: int | None = None) -> bool:
        """Embed what waits, here and now.

        Parameters
        ----------
        progress : callable, optional
            Called with the number of records done so far.
        limit : int, optional
            Leave all to the background if more than so many chunks wait.

        Returns
        -------
        bool
            Whether nothing waits any more.

        Raises
        ------
        EmbeddingError
        """
        done = 0
        while waiting := self._index.catalog.waiting(_BATCH if limit is None else limit + 1):
            if limit is not None and waiting > limit:
                self.wake()
                return False
            if not self._working.acquire(timeout=-1 if limit is None else _PATIENCE):
                return False  # the background is at a long text
            try:
                # Another thread may have done them while this one waited for its turn.
                done += self._embed(self._index.catalog.without_vectors(_BATCH))
            except _ClosingError:
                return False
            finally:
                self._working.release()
            if progress:
                progress(done)
            if self._stopping.is_set():
                return False
        return True

    def embedded(self, records: Sequence[Record]) -> list[Record]:
        """Give `records` with the vectors of their chunks.

        Raises
        ------
        EmbeddingError
        """
        spans = [self._spans(record) for record in records]
        texts = [record.text[start:end] for record, cuts in zip(records, spans, strict=True) for start, end in cuts]
        values = iter(self._vectors(texts))
        return [
            dataclasses.replace(
                record,
                vectors=tuple(Vector(start, end, next(values)) for start, end in cuts),
                embedder=self._embedder.fingerprint,
            )
            for record, cuts in zip(records, spans, strict=True)
        ]

    def _spans(self, record: Record) -> list[tuple[int, int]]:
        """Tell how the index has cut a record, or else how it will."""
        known = [(start, end) for _, start, end in self._index.catalog.chunks(record.id)]
        return known if self._index.cutter.holds(record.text, known) else self._index.cutter.spans(record)

    def embedded_if_ready(self, records: Sequence[Record]) -> Sequence[Record]:
        """Give `records` with their vectors, or as they are while the embedding model is not set up."""
        try:
            return self.embedded(records)
        except EmbeddingModelMissing:
            return records

    def close(self) -> None:
        """Stop after the slice at hand; not sooner, because Python must not end under a thread inside the model."""
        self._stopping.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._again.clear()
            try:
                self._first(self._stopping.is_set)
                # Before what may take long: it needs no embedding model.
                if self._index.lexical.publish_due():
                    self._index.lexical.publish(self._stopping.is_set)
                self.catch_up()
                if not self._stopping.is_set() and self._index.near.publish_due():
                    self._index.near.publish(self._stopping.is_set)
                self.problem = None
            except _ClosingError:
                return
            except MemoError as error:
                # Not ready (no model yet), or a full disk: the records are safe, and the next wake tries again.
                self.problem = str(error)
                _log.info("indexing paused: %s", error)
            except Exception:
                self.problem = "Indexing failed; see the log of memo_jupyter."
                _log.exception("indexing failed")
            with self._starting:
                if not self._again.is_set():
                    self._thread = None
                    return

    def _vectors(self, texts: list[str]) -> Iterator[bytes]:
        for start in range(0, len(texts), _BATCH):
            if self._stopping.is_set():
                raise _ClosingError
            yield from pack(self._embedder.embed(texts[start : start + _BATCH]))

    def _embed(self, ids: list[str]) -> int:
        records: list[Record] = []
        for record_id in ids:
            try:
                records.append(self._store.read(record_id))
            except UnknownId:  # forgotten meanwhile
                self._index.remove([record_id])
            except StoreError as error:
                _log.warning("%s", error)
                self._index.remove([record_id])
        # Some were remembered by a process that had the model, and indexed by one that had not.
        without = [record for record in records if not self._index.add_vectors(record)]
        for embedded in self.embedded(without):

            def with_vectors(now: Record, made: Record = embedded) -> Record:
                # Where it comes from may have been amended while its text was embedded.
                return dataclasses.replace(now, vectors=made.vectors, embedder=made.embedder)

            # Under the lock that `forget` holds: a record that was forgotten meanwhile is not written again.
            with self._store.lock_if_writable():
                # Where the record cannot be written again, its vectors are in the index alone.
                writable = self._store.is_writable()
                kept = self._store.amend(embedded.id, with_vectors) if writable else self._store.has(embedded.id)
                if kept and not self._index.add_vectors(embedded):
                    # They would wait, and be embedded, for ever.
                    raise CorruptIndex(f"The chunks of memory {embedded.id} are not those of its text.")
        return len(records)
