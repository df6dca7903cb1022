"""What memo sees of its user's work: executed cells, handed over by the notebook and kept in the background."""

from __future__ import annotations

import os
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

from memo_jupyter.errors import StoreError
from memo_jupyter.learned import Learning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from memo_jupyter.cells.keeping import Keeping
    from memo_jupyter.cells.seen import Seen
    from memo_jupyter.index.rows import Row
    from memo_jupyter.opened import Opened
    from memo_jupyter.records.store import RecordStore
    from memo_jupyter.redact.redactor import Redactor
    from memo_jupyter.types import Record

_PATIENCE = 0.5
"""Seconds that a question waits for the cells before it to be kept: they are, in a few milliseconds."""


class Observing(Learning):
    """A memory that keeps executed cells.

    Parameters and errors are those of `Memo`.
    """

    def __init__(self, path: str | Path | None = None, **settings: Any) -> None:
        super().__init__(path, **settings)
        self._keeping: Keeping | None = None
        self._hands = threading.Lock()
        self._paused_until = 0.0

    def note(self, seen: Seen) -> None:
        """Keep an executed cell, in the background; returns at once.

        Parameters
        ----------
        seen : Seen
            What was seen of it. Secrets are taken out before anything is written.
        """
        if os.getpid() != self._process:
            return  # a forked child: its parent's cell it is
        self._keeper().hand_over(seen)

    def learn_secret(self, value: str) -> None:
        """Take a value out of all cells that are kept from now on; it is held in memory only."""
        if os.getpid() == self._process:
            self._secrecy.learn(value)

    def remembers_cells(self) -> bool:
        """Tell whether executed cells are remembered now."""
        return bool(self.auto) and time.monotonic() >= self._paused_until

    def pause_cells(self, seconds: float) -> None:
        """Remember no cells for so many seconds; 0 ends that."""
        self._paused_until = time.monotonic() + seconds if seconds else 0.0

    def paused_for(self) -> float:
        """Tell for how many more seconds no cells are remembered."""
        return max(0.0, self._paused_until - time.monotonic())

    def wait_for_cells(self, seconds: float = 10.0) -> bool:
        """Wait until the cells that were handed over are kept; tell whether they are."""
        keeping = self._keeping
        return keeping is None or os.getpid() != self._process or keeping.wait(seconds)

    def cells_kept(self) -> tuple[int, str]:
        """Tell how many cells were kept here, and what went wrong with others, if anything did."""
        return (0, "") if self._keeping is None else (self._keeping.number, self._keeping.told())

    def redacted(self, limit: int = 50) -> list[Row]:
        """List the latest memories that secrets were taken out of; `source["redacted"]` says of which sorts."""
        self._take_up()
        return self._use(lambda parts: parts.index.catalog.redacted(limit))

    def rules_of_secrecy(self) -> tuple[Path, tuple[str, ...]]:
        """Tell where the user's own rules of what is secret may stand, and what of them cannot be understood.

        Their form stands in `memo_jupyter.redact.rules`.
        """
        from memo_jupyter.redact.rules import FILE  # noqa: PLC0415  # only here

        self._redactor()
        return self._folder() / FILE, self._secrecy.problems

    def close(self) -> None:
        """Finish what is at hand and close the files; the next call opens them again."""
        self._notice_a_fork()
        with self._hands:
            keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.close()
        super().close()

    def _besides(self, seen: Seen, record: Record) -> Sequence[Record]:
        """Give what is to be kept besides a cell, in the background; here nothing is."""
        del seen, record
        return ()

    def _rest(self) -> None:
        """Do what waits for a quiet moment, in the background."""
        self._active()  # what is learned of cells follows

    def _hurry(self) -> bool:
        """Have done now what waits for a quiet moment; tell whether something is at work in the background."""
        keeping = self._keeping
        return keeping is not None and keeping.hurry()

    def _take_up(self) -> None:
        self.wait_for_cells(_PATIENCE)

    def _keeper(self) -> Keeping:
        from memo_jupyter.cells.keeping import Keeping  # noqa: PLC0415  # not before there is a cell

        with self._hands:
            if self._keeping is None:
                self._keeping = Keeping(_Store(self))
                weakref.finalize(self, self._keeping.close)
            return self._keeping

    def _notice_a_fork(self) -> None:
        if self._process != os.getpid():
            self._left.append(self._keeping)  # its thread is not here, and its lock may be held for ever
            self._keeping = None
            self._hands = threading.Lock()
        super()._notice_a_fork()


class _Store:
    """The store of a `Memo`, as `Keeping` uses it; it keeps nobody alive."""

    def __init__(self, memo: Observing) -> None:
        self._memo = weakref.ref(memo)
        self._records: tuple[Path, RecordStore] | None = None

    def hold(self) -> Observing:
        memo = self._memo()
        if memo is None:
            raise StoreError("The memory was closed.")
        return memo

    def limit(self) -> int:
        return int(self.hold().auto_output)

    def redactor(self) -> Redactor:
        return self.hold()._redactor()  # noqa: SLF001  # a part of it

    def record_store(self) -> RecordStore:
        from memo_jupyter.records.store import RecordStore  # noqa: PLC0415  # in the background

        parts = self.opened()
        if parts is not None:
            return parts.store
        folder = self.hold()._folder()  # noqa: SLF001  # a part of it
        if self._records is None or self._records[0] != folder:
            self._records = folder, RecordStore(folder)
        return self._records[1]

    def opened(self) -> Opened | None:
        return self.hold()._opened  # noqa: SLF001  # as above

    def open(self) -> Opened:
        return self.hold()._open()  # noqa: SLF001  # as above

    def besides(self, seen: Seen, record: Record) -> Sequence[Record]:
        return self.hold()._besides(seen, record)  # noqa: SLF001  # as above

    def rest(self) -> None:
        self.hold()._rest()  # noqa: SLF001  # as above
