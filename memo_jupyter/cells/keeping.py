"""Keeps the cells that are handed over, in the background: at once as records, and in the index a little later.

A record needs neither numpy nor the index, so the first cells of a kernel are on the disk within milliseconds, while
nothing heavy has been imported. Once no cell has ended for a moment, the store is opened and takes them up. After that
each is in the index as soon as it is kept, and its embedding follows.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from typing import TYPE_CHECKING, Protocol

from memo_jupyter import fields
from memo_jupyter.cells.handover import Handover
from memo_jupyter.cells.memory import cleaned, memory_of
from memo_jupyter.cells.reruns import Reruns, Run
from memo_jupyter.errors import MemoError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from memo_jupyter.cells.memory import Memory
    from memo_jupyter.cells.seen import Seen
    from memo_jupyter.opened import Opened
    from memo_jupyter.records.store import RecordStore
    from memo_jupyter.redact.redactor import Redactor
    from memo_jupyter.types import Record

_log = logging.getLogger(__name__)

_BATCH = 64
_QUIET = 1.5
"""Seconds without a cell after which the store is opened and what waits is indexed."""

_COUNTED = 0.5
"""Seconds after which the count of a cell that runs again and again is written."""

_UNWRITTEN = 2000
"""Records that are held while the disk takes none."""


class Place(Protocol):
    """Where cells are kept: a memory that may not have been opened yet."""

    def hold(self) -> object:
        """Give what must not go while there is something to keep."""
        ...

    def redactor(self) -> Redactor:
        """Give what takes secrets out, as the rules and the environment are now."""
        ...

    def besides(self, seen: Seen, record: Record) -> Sequence[Record]:
        """Give what is to be kept besides a cell, which is free of secrets, and its record."""
        ...

    def rest(self) -> None:
        """Do what waits for a quiet moment."""
        ...

    def limit(self) -> int:
        """Give the characters of a cell's outputs that are kept."""
        ...

    def record_store(self) -> RecordStore:
        """Give the store of the records alone."""
        ...

    def opened(self) -> Opened | None:
        """Give the parts of the store, if it has been opened."""
        ...

    def open(self) -> Opened:
        """Open the store."""
        ...


class Keeping:
    """Keeps cells in a thread that starts when there are some and ends when there are none.

    Parameters
    ----------
    place : Place
    """

    def __init__(self, place: Place) -> None:
        self.problem = ""
        self.number = 0  # of the cells that were kept
        self._place = place
        self._queue = Handover()
        self._reruns = Reruns(self._look_up)
        self._counts: dict[str, Run] = {}
        self._counted = 0.0
        self._unwritten: list[Record] = []
        self._early: list[tuple[Seen, Run]] = []  # kept before the store was opened
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._held: object = None

    def hand_over(self, seen: Seen) -> None:
        """Take a cell; returns at once."""
        if not self._queue.put(seen):
            return
        with self._starting:
            if self._thread is None:
                self._held = self._place.hold()
                self._thread = threading.Thread(target=self._run, name="memo-cells", daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until all that was handed over is kept; tell whether it is."""
        return threading.current_thread() is self._thread or self._queue.wait(seconds)

    def hurry(self) -> bool:
        """Do now what waits for a quiet moment, in the background; tell whether something is at work there."""
        self._queue.hurry()
        return self._thread is not None

    def close(self) -> None:
        """Keep what was handed over, and end."""
        self._queue.close()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def told(self) -> str:
        """Say what went wrong, or nothing."""
        if self._queue.lost:
            return f"{self._queue.lost:,} cells came too fast to be remembered."
        return self.problem

    def _run(self) -> None:
        try:
            while self._pass():
                pass
        except Exception as error:  # a thread's last resort: Python would print it where the user works
            self._fail(error)
            with self._starting:
                self._thread = self._held = None

    def _pass(self) -> bool:
        """Keep what there is; tell whether to go on."""
        batch = self._queue.take(_BATCH, _COUNTED if self._counts else _QUIET)
        try:
            if batch:
                self._keep(batch)
            if self._counts and (not batch or time.monotonic() - self._counted >= _COUNTED):
                self._write_counts()
            elif not batch:
                self._settle()
        except MemoError as error:  # a full disk, say
            self.problem = str(error)
            _log.info("cells are not kept: %s", error)
        except Exception as error:
            self._fail(error)
        finally:
            self._queue.done()
        if batch:
            return True
        with self._starting:
            # What was handed over while the store was being opened comes first, also when all is closed.
            ends = not len(self._queue) and (self._queue.closed or not self._counts)
            if ends:
                self._thread = self._held = None
            return not ends

    def _fail(self, error: Exception) -> None:
        self.problem = f"A cell was not remembered: {error!r}"
        _log.warning("a cell is not kept: %r", error)

    def _keep(self, batch: Sequence[Seen]) -> None:
        redactor = self._place.redactor()
        records = self._unwritten
        found: list[tuple[Seen, Record]] = []
        for seen in batch:
            try:
                record = self._record(seen, memory_of(seen, redactor, self._place.limit()))
            except Exception as error:  # one odd cell must not take the others with it
                self._fail(error)
                continue
            if record is not None:
                records.append(record)
                found.append((seen, record))
        self._write(records)

        def clean(text: str) -> str:
            return redactor.redact(text).text

        more = [one for seen, record in found for one in self._place.besides(cleaned(seen, clean), record)]
        if more:
            self._write(more)

    def _record(self, seen: Seen, memory: Memory) -> Record | None:
        """Make the record of a cell; none if it is the one before it again."""
        where = seen.notebook, seen.cell
        run = Run("", memory.code, memory.outputs, memory.error, folder=str(memory.fields["source"].get("folder", "")))
        again = self._reruns.same(*where, run)
        if again is not None and not self._is_there(again.id):
            self._reruns.drop(again)  # it was forgotten
            again = None
        if again is not None:
            again.runs += 1
            self._counts[again.id] = again
            return None
        earlier = self._reruns.earlier(*where, run)
        source = dict(memory.fields["source"])
        if earlier is not None and self._is_there(earlier.id):
            source["supersedes"] = earlier.id
        record = fields.record({**memory.fields, "source": source})
        run.id = record.id
        self._reruns.note(*where, run)
        if self._place.opened() is None and seen.cell and earlier is None:
            self._early.append((seen, run))
        return record

    def _is_there(self, record_id: str) -> bool:
        return any(one.id == record_id for one in self._unwritten) or self._place.record_store().has(record_id)

    def _write(self, records: list[Record]) -> None:
        if not records:
            return
        parts = self._place.opened()
        try:
            if parts is None:
                self._place.record_store().write_many(records)
            else:
                parts.keep_as_they_are(records)
                if not self._queue.waiting:  # records first, embedding later
                    parts.indexer.wake()
        except StoreError:
            self._unwritten = records[-_UNWRITTEN:]  # tried again with the next
            raise
        self.number += sum(record.kind == "cell" for record in records)
        self._unwritten = []
        self.problem = ""

    def _write_counts(self) -> None:
        counts, self._counts = self._counts, {}
        self._counted = time.monotonic()
        for run in counts.values():
            runs = run.runs

            def counted(now: Record, runs: int = runs) -> Record:
                return dataclasses.replace(now, source={**now.source, "runs": runs})

            self._amend(run.id, counted)

    def _amend(self, record_id: str, change: Callable[[Record], Record]) -> None:
        parts = self._place.opened()
        if parts is None:
            self._place.record_store().amend(record_id, change)
        else:
            parts.amend(record_id, change)

    def _settle(self) -> None:
        """Open the store, if that has not been done; it takes up what was kept without it."""
        if self._queue.closed:
            return
        if self._early or self._place.opened() is None:
            parts = self._place.open()
            early, self._early = self._early, []
            parts.use(lambda parts: parts.store.tell_elsewhere() if early else None)
            for seen, run in early:
                self._supersede(parts, seen, run)
            parts.indexer.wake()
        self._place.rest()

    def _supersede(self, parts: Opened, seen: Seen, run: Run) -> None:
        """Find the earlier run of a cell that was kept before the store was opened."""
        older = Reruns(lambda *where: [one for one in self._look_up(*where) if one.id < run.id])
        earlier = older.earlier(seen.notebook, seen.cell, run)
        if earlier is not None:
            parts.amend(run.id, lambda now: dataclasses.replace(now, source={**now.source, "supersedes": earlier.id}))

    def _look_up(self, notebook: str, cell: str) -> list[Record]:
        parts = self._place.opened()
        return parts.latest_runs(notebook, cell) if parts is not None else []
