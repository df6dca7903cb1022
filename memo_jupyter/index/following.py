"""Keeps an index in step with its records: at once if that is quick, else in the background, the newest first."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from memo_jupyter.errors import CorruptIndex, StoreError
from memo_jupyter.index.reconcile import Reconciled, reconcile

if TYPE_CHECKING:
    from collections.abc import Callable

    from memo_jupyter.index.index import Index
    from memo_jupyter.records.store import RecordStore

_PATIENCE = 1.0
"""Seconds that whoever asks waits for the index; some thousand records are read in them."""

_PAUSE = 10.0
"""Seconds after which an index that could not be brought up to date is tried again."""

BEHIND = "The index is still being made from the records, the newest first: older memories are found in a while."
MISSING = "The newest memories may be missing here."


class Follower:
    """Brings one index up to date with its records.

    Parameters
    ----------
    store, index
        The records, and the index that follows them.
    apart : bool
        Whether the index is not the store's own: then it is told of nothing that others do, and looks each time.
    tell : callable
        Told, in a line, what the user should know.
    wake : callable
        Called when there is work for the background, which then calls `finish`.
    """

    def __init__(
        self,
        store: RecordStore,
        index: Index,
        *,
        apart: bool,
        tell: Callable[[str], None],
        wake: Callable[[], None],
    ) -> None:
        self.behind = False
        self._store = store
        self._index = index
        self._apart = apart
        self._tell = tell
        self._wake = wake
        self._state: tuple[int, int] | None = None  # what was last compared: see `_now`
        self._paused_until = 0.0
        self._lock = threading.RLock()

    def follow(self, *, whole: bool = False, progress: Callable[[int, int], None] | None = None) -> None:
        """Take up what others have changed.

        Parameters
        ----------
        whole : bool
            Whether to wait until nothing is missing, however long that takes.
        progress : callable, optional
            Called with the number of days done and their total.

        Raises
        ------
        CorruptIndex
        """
        with self._lock:
            if time.monotonic() < self._paused_until:
                return
            try:
                state = self._now()
                if self._state == state and not self._apart:
                    return
                if self.behind and not whole:
                    self._tell(BEHIND)
                    self._wake()
                    return
                until = time.monotonic() + _PATIENCE
                done = reconcile(self._store, self._index, progress, lambda: not whole and time.monotonic() > until)
            except StoreError as error:  # a full disk, say: what is in the index can be read all the same
                self.pause()
                self._tell(f"{MISSING} {error}")
                return
            self._note(done, state)
            if self.behind:
                self._tell(BEHIND)
            if self.behind or done.added or self._index.catalog.waiting(1):
                self._wake()

    def finish(self, stopping: Callable[[], bool]) -> None:
        """Do what `follow` left, in the background; `stopping` says when to leave it to the next process."""
        if not self.behind:
            return
        try:
            state = self._now()
            done = self._reconcile_all(stopping)
        except CorruptIndex:
            self.behind = False  # whoever asks next finds it too, and sees to it
            raise
        with self._lock:
            self._note(done, state)

    def _reconcile_all(self, stopping: Callable[[], bool]) -> Reconciled:
        """Take up all records; their words go into segments meanwhile: only so many are searched that are in none."""
        words = self._index.lexical
        problems: list[str] = []
        can_write = True  # until that fails, or another process is at it

        def is_time() -> bool:
            return stopping() or (can_write and words.publish_due())

        while True:
            done = reconcile(self._store, self._index, stop=is_time)
            problems += done.problems
            if done.finished or stopping():
                done.problems = problems
                return done
            can_write = False
            with contextlib.suppress(StoreError):  # a full disk: the records are taken up all the same
                can_write = words.publish(stopping)

    def look_again(self) -> None:
        """Compare the index with the records anew at the next `follow`."""
        self._state = None

    def pause(self) -> None:
        """Do not try again for a while, then compare anew."""
        self._state = None
        self._paused_until = time.monotonic() + _PAUSE

    def _now(self) -> tuple[int, int]:
        """Tell which opening of the catalog this is, and when others with another index last changed the records."""
        with self._index.catalog.transaction():  # opened anew, if another process has made it anew
            return self._index.catalog.openings, self._store.changed_elsewhere()

    def _note(self, done: Reconciled, state: tuple[int, int]) -> None:
        self.behind = not done.finished
        self._state = state if done.finished else None
        for problem in done.problems:
            self._tell(problem)
