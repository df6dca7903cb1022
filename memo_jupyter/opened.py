"""An opened store: its records, its index, the embedding model, and the indexer that keeps them together."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar

from memo_jupyter.errors import CorruptIndex, CorruptRecord, StoreError, UnknownId
from memo_jupyter.index import words
from memo_jupyter.index.agreement import is_in_its_place
from memo_jupyter.index.following import MISSING, Follower
from memo_jupyter.index.index import Index
from memo_jupyter.index.rows import row_of
from memo_jupyter.indexing import Indexer
from memo_jupyter.recall.asked import understand
from memo_jupyter.recall.recall import recall
from memo_jupyter.records.store import RecordStore
from memo_jupyter.times import local
from memo_jupyter.types import Doing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.errors import MemoError
    from memo_jupyter.index.lines import Line
    from memo_jupyter.index.rows import Filter, Row
    from memo_jupyter.records.disk import Disk
    from memo_jupyter.types import Hit, Record

T = TypeVar("T")

_AT_ONCE = 32
"""Chunks that a recall waits for to be embedded; more are found by their words now, and by meaning a little later."""

_RUNS = 5
"""Runs of a cell that are looked at: one that failed may stand between two that did not."""

REBUILT = "The index was damaged. It has been made anew from the records; nothing is lost."
REBUILDING = "The index was damaged. It is being made anew from the records; nothing is lost."

STILL_INDEXING = "New memories are still being indexed: they are found by their words now, by meaning in a while."


class Opened:
    """The parts of one store, opened together.

    Parameters
    ----------
    folder, index_folder : Path
        The store's folder and its index's.
    embedder : Embedder
    publish_after : int
        See `Index`.
    disk : Disk, optional
        How files are written; tests put another in its place.
    """

    def __init__(
        self, folder: Path, index_folder: Path, embedder: Embedder, publish_after: int, disk: Disk | None = None
    ) -> None:
        self.notices: list[str] = []
        self.store = RecordStore(folder, disk)
        self._disk = disk
        self.index = Index(index_folder, embedder, publish_after, self.tell, disk)
        self.embedder = embedder
        self._apart = index_folder != folder / "index"
        self.indexer = Indexer(self.store, self.index, embedder, self._finish)
        self._follower = Follower(self.store, self.index, apart=self._apart, tell=self.tell, wake=self._wake)
        self._process = os.getpid()

    def tell(self, line: str) -> None:
        """Keep a line for the user, once, until it is taken."""
        if line not in self.notices:
            self.notices.append(line)

    def use(self, work: Callable[[Opened], T], *, whole: bool = False) -> T:
        """Do `work` on parts that agree with one another; a damaged index is made anew, and the user is told.

        Parameters
        ----------
        work : callable
        whole : bool
            Whether it needs every record to be in the index; else it is done on the newest if that takes long.
        """
        try:
            self._follower.follow(whole=whole)
            return work(self)
        except CorruptIndex:
            self._wipe(damaged=True)
            self._follower.follow(whole=whole)
            self.tell(REBUILDING if self._follower.behind else REBUILT)
            return work(self)

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Make the index anew from the records; their vectors are in them, so nothing is embedded again."""
        self._wipe(damaged=False)
        self._follower.follow(whole=True, progress=progress)

    def _wake(self) -> None:
        self.indexer.wake()

    def _finish(self, stopping: Callable[[], bool]) -> None:
        self._follower.finish(stopping)

    def _wipe(self, *, damaged: bool) -> None:
        self.index.wipe(damaged=damaged)
        self._follower.look_again()

    def keep(self, record: Record) -> Record:
        """Keep a record. When this returns, it survives a crash and a power cut; it is embedded in the background."""
        self._write([record])
        self.indexer.wake()
        return record

    def keep_many(self, records: Sequence[Record]) -> Sequence[Record]:
        """Keep records that were made together, embedded here and now if the model is there."""
        # Embedded first, so that each is written once, vectors and all.
        return self._write(self.indexer.embedded_if_ready(records))

    def keep_as_they_are(self, records: Sequence[Record]) -> Sequence[Record]:
        """Keep records that were made elsewhere; those without vectors wait for the indexer's next `wake`."""
        return self._write(records)

    def _write(self, records: Sequence[Record]) -> Sequence[Record]:
        try:
            return self._written(records)
        except BaseException:  # a full disk or Ctrl-C: those that were kept before it are found by the next use
            self._follower.look_again()
            raise

    def _written(self, records: Sequence[Record]) -> Sequence[Record]:
        self.store.write_many(records)  # from here on, they are kept
        if self._apart:
            self.store.tell_elsewhere()

        def add(parts: Opened) -> int:
            days = [(record, parts.store.day(record.id)) for record in records]
            return parts.index.add(days, wanted=parts.store.has)  # another process may have forgotten it already

        try:
            self.use(add)
        except StoreError as error:  # the index is derived, and catches up as soon as it can
            self._follower.pause()
            self.tell(f"The memory is kept, but cannot be found yet. {error}")
        return records

    def amend(self, record_id: str, change: Callable[[Record], Record]) -> bool:
        """Change where a record comes from; tell whether it was there. What it is found by stays as it is."""
        with self.store.lock():
            changed = self.store.amend(record_id, change)
            if changed is not None:
                self.use(lambda parts: parts.index.catalog.amend(changed))
        return changed is not None

    def read(self, record_id: str) -> Record:
        """Read a record; one that is damaged is set aside, and taken out of the index."""
        try:
            return self.store.read(record_id)
        except CorruptRecord:
            self.use(lambda parts: parts.index.remove([record_id]))
            raise

    def earlier_runs(self, record_id: str) -> list[str]:
        """List what the memory of that whole id has taken the place of, of a cell or a note, the latest first.

        The records say so: a damaged index must not name what is then forgotten.
        """
        runs: list[str] = []
        record = self._readable(record_id)
        while record is not None and record.kind in ("cell", "note"):
            older = str(record.source.get("supersedes", ""))
            record = self._readable(older) if older not in ("", record_id, *runs) else None
            runs += [older] if record is not None else []
        return runs

    def latest_runs(self, notebook: str, cell: str) -> list[Record]:
        """Read the latest runs of a notebook's cell, the latest first; a few are enough."""
        ids = self.use(lambda parts: parts.index.catalog.runs_of(notebook, cell, _RUNS))
        return [record for one in ids if (record := self._readable(one)) is not None]

    def rows(self, where: Filter | None, limit: int = -1) -> list[Row]:
        """List records, newest first, without reading their files."""
        return self.use(lambda parts: parts.index.catalog.rows(where, limit=limit))

    def named(self, query: str | None, where: Filter | None) -> list[str]:
        """List the ids of all records that fit `where` and in whose text every word of `query` stands, newest first.

        It is for what cannot be undone, and a damaged index may say of any record that it fits: so each is compared
        with its file.
        """

        def look(parts: Opened) -> list[Row]:
            if query is None:
                return parts.index.catalog.rows(where)
            ids = words.candidates(parts.index.catalog, query, where)
            return [row for one in ids if self._has(one, query) for row in parts.index.catalog.rows(ids=[one])]

        return [row.id for row in self._compared(look)]

    def search(
        self,
        query: str,
        k: int,
        where: Filter | None = None,
        wanted: Callable[[Line], bool] = lambda _: True,
        doing: Doing | None = None,
        neighbours: int = 0,
    ) -> list[Hit]:
        """Find the `k` records that bear on `query`, of those that fit `where` and of which `wanted` is true."""
        given: dict[str, Any] = {"where": where, "wanted": wanted, "neighbours": neighbours}
        return self.use(lambda _: self._search(query, k, doing or Doing(), given))

    def forget(self, ids: Sequence[str]) -> None:
        """Remove records so that nothing of them is in any file of the store."""

        def remove(parts: Opened) -> None:
            with parts.store.lock():
                found = True
                for one in ids:
                    record = parts._readable(one)
                    if record is not None and not is_in_its_place(parts.index, record):
                        found = False
                    parts.store.remove(one)
                try:
                    if found:
                        parts.index.remove(ids)
                except StoreError:  # no room even to remove
                    found = False
                if not found:  # the whole index goes, and is made anew from the rest
                    parts.index.wipe()
                    self._follower.look_again()
                self._forget_elsewhere()

        if ids:
            self.use(remove)
            self.indexer.wake()  # the next generation may be due

    def unreadable(self, record_id: str, why: MemoError) -> None:
        """Go on without a record that could not be read: one that is damaged or gone leaves the index."""
        if isinstance(why, (CorruptRecord, UnknownId)):
            self.index.remove([record_id])
        if not isinstance(why, UnknownId):  # another process may just have forgotten it, and need not be told of
            self.tell(str(why))

    def close(self) -> None:
        """Finish the batch at hand and close the files."""
        if self._process != os.getpid():
            return  # a forked child ends: what is its parent's may be locked for ever by threads that are not here
        self.indexer.close()
        self.index.close()

    def _compared(self, look: Callable[[Opened], list[Row]]) -> list[Row]:
        """Give what `look` finds in the index, once all of it agrees with the records."""
        checks = [True]  # the first time only: an index that was just made from the records is believed

        def looked(parts: Opened) -> list[Row]:
            found = look(parts)
            if checks and checks.pop() and not all(map(self._says, found)):
                raise CorruptIndex("The catalog does not say of a record what its file says.")
            return found

        return self.use(looked, whole=True)

    def _says(self, row: Row) -> bool:
        """Tell whether the record's file says what its row says; or cannot be read, and says nothing."""
        record = self._readable(row.id)
        return record is None or row_of(record) == row

    def _has(self, record_id: str, query: str) -> bool:
        """Tell whether the words of `query` stand in the record's file, which is the one that says so."""
        record = self._readable(record_id)
        return record is not None and words.stand_in(record.text, query)

    def _readable(self, record_id: str) -> Record | None:
        try:
            return self.store.read(record_id)
        except (StoreError, UnknownId):
            return None

    def _forget_elsewhere(self) -> None:
        """See to it that what was forgotten is not in the index that others may have in the store either."""
        if self._apart:
            inside = self.store.folder / "index"
            if inside.exists():
                Index(inside, self.embedder, 1, disk=self._disk).wipe()
            self.store.tell_elsewhere()

    def _search(self, query: str, k: int, doing: Doing, given: Mapping[str, Any]) -> list[Hit]:
        self.index.prepare()  # it is loaded while the question is embedded
        asked = understand(query, self.embedder, self.index.authors(), local(datetime.now(timezone.utc)), doing)
        try:
            if not self.indexer.catch_up(limit=_AT_ONCE):
                self.tell(STILL_INDEXING)
        except StoreError as error:  # a full disk, say: what is indexed already can be found all the same
            self.tell(f"{MISSING} {error}")
        hits = recall(self.store, self.index, asked, k, unreadable=self.unreadable, **given)
        if self.index.lexical.behind:
            self.indexer.wake()
        return hits
