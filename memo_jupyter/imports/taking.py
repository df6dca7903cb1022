"""One import: memories are added batch by batch, those that are here are counted, and what went wrong is told."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from memo_jupyter.archive.transfer import Imported
from memo_jupyter.characters import for_terminal
from memo_jupyter.errors import CorruptRecord, MemoError, StoreUnwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from memo_jupyter.opened import Opened
    from memo_jupyter.types import Record

_BATCH = 64  # records that go into the index together
_BATCH_CHARACTERS = 16 * 1024 * 1024  # so that 64 of the largest do not fill the memory
_MOST_PROBLEMS = 100


class Taking:
    """What has been added so far, and what could not be.

    Parameters
    ----------
    parts : Opened
    progress : callable, optional
        Called with how much is done, and of how much.
    """

    def __init__(self, parts: Opened, progress: Callable[[int, int], None] | None = None) -> None:
        self._parts = parts
        self._progress = progress
        self._problems: list[str] = []
        self._more = 0
        self._added = self._known = 0
        self._characters = 0
        self._batch: dict[str, Record] = {}

    @property
    def problem(self) -> str:
        """The first thing that went wrong; empty if nothing did."""
        return self._problems[0] if self._problems else ""

    def tell(self, problem: str) -> None:
        """Keep a line on something that could not be taken."""
        if len(self._problems) < _MOST_PROBLEMS:
            self._problems.append(for_terminal(" ".join(problem.split())))
        else:
            self._more += 1

    def here(self, record_id: str) -> Record | None:
        """Give a memory that is here already."""
        if not self._parts.store.has(record_id):
            return None
        try:
            return self._parts.store.read(record_id)
        except MemoError:  # damaged, and set aside: it comes anew
            return None

    def know(self) -> None:
        """Count a memory that is here already."""
        self._known += 1

    def take(self, record: Record) -> None:
        """Add a memory, unless it is here already."""
        if record.id in self._batch or self._parts.store.has(record.id):
            self._known += 1
            return
        self._batch[record.id] = record
        self._characters += len(record.text)
        if len(self._batch) >= _BATCH or self._characters > _BATCH_CHARACTERS:
            self._write()

    def reach(self, done: int, total: int) -> None:
        """Tell how far it has come."""
        if self._progress:
            self._progress(min(done, total - 1) if total else 0, max(1, total))

    @contextlib.contextmanager
    def to_its_end(self) -> Iterator[None]:
        """Add what is taken within, also what is left at the end; it is embedded in the background from then on."""
        try:
            yield
            self._write()
        except StoreUnwritable as error:
            raise StoreUnwritable(
                f"{error} {self._added:,} memories were added before; import the file again to go on."
            ) from error
        finally:
            self._parts.indexer.wake()

    def done(self, what: str, conversations: int) -> Imported:
        """Say what was done."""
        if self._progress:
            self._progress(1, 1)
        more = [f"… and {self._more:,} more like these."] if self._more else []
        return Imported(self._added, self._known, what, conversations, (*self._problems, *more))

    def _write(self) -> None:
        batch, self._batch, self._characters = list(self._batch.values()), {}, 0
        if not batch:
            return
        try:
            self._parts.keep_as_they_are(batch)  # nothing of it is written if one of them cannot be
            self._added += len(batch)
        except CorruptRecord:
            for record in batch:
                try:
                    self._parts.keep_as_they_are([record])
                    self._added += 1
                except CorruptRecord as error:
                    self.tell(str(error))
