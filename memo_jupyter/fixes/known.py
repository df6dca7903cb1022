"""All fixes of a store, in memory, so that an error is compared with them while its traceback is still being read."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.errors import MemoError
from memo_jupyter.fixes.candidate import Candidate, candidate, failed
from memo_jupyter.fixes.likeness import signature
from memo_jupyter.fixes.wording import worded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from memo_jupyter.cells.seen import Raised
    from memo_jupyter.opened import Opened
    from memo_jupyter.records.store import RecordStore
    from memo_jupyter.types import Record

_SURE = 0.75
"""How surely a fix has to fit, to be named; see `likeness`."""

_MOST = 200
"""Fixes of errors with the same words that an error is compared with, the newest."""

_AT_ONCE = 50  # fixes that are read before others get their turn
_REST = 0.005  # seconds that the reading in the background leaves to the user's own code then


@dataclass(frozen=True, slots=True)
class Hint:
    """A past fix that fits an error.

    Attributes
    ----------
    record : str
        The id of the fix's memory.
    line : str
        What is said of it: one line of 120 characters at the most.
    """

    record: str
    line: str


class Known:
    """The fixes of a store.

    Parameters
    ----------
    parts : callable
        Gives the opened store.
    """

    def __init__(self, parts: Callable[[], Opened]) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._loaded = threading.Event()
        self._store: RecordStore | None = None
        self._known: dict[str, Candidate | None] = {}  # None: it cannot be read
        self._by_key: dict[tuple[str, ...], dict[str, Candidate]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def refresh(self) -> None:
        """Take up what was added and forgotten since, here and by other processes; for the background.

        Raises
        ------
        StoreError
        """
        with self._refreshing:
            parts = self._parts()
            if parts.store is not self._store:
                with self._lock:
                    self._store, self._known, self._by_key = parts.store, {}, {}
            there = parts.use(lambda one: one.index.catalog.ids_of("fix"))
            self._drop(set(self._known) - set(there))
            new = [one for one in there if one not in self._known]
            for place, record_id in enumerate(new):
                try:
                    self.add(parts.store.read(record_id))
                except MemoError:  # forgotten meanwhile, or damaged, which whoever looks for it is told
                    self._known[record_id] = None
                if place % _AT_ONCE == _AT_ONCE - 1:
                    time.sleep(_REST)
            self._loaded.set()

    @property
    def loaded(self) -> bool:
        """Whether those of other days have been taken up."""
        return self._loaded.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for that, so long at the most; tell whether it is so."""
        return self._loaded.wait(seconds)

    def add(self, record: Record) -> None:
        """Take up a fix."""
        made = candidate(record)
        with self._lock:
            self._known[record.id] = made
            self._by_key.setdefault(made.signature.key, {})[record.id] = made

    def hint(self, raised: Raised, code: str, notebook: str | None = None) -> Hint | None:
        """Name the past fix that mends the error a cell has just raised; None unless that is sure.

        Only memory is looked into, but for one look whether the file of the fix to be named is still there: what
        another process has forgotten a moment ago is not named.

        Parameters
        ----------
        raised : Raised
        code : str
            The cell that raised it.
        notebook : str, optional
            The notebook that it stands in: some fixes only mean something there.
        """
        best = self.find(raised, code, notebook)
        return None if best is None else Hint(best.id, worded(best.fix))

    def find(self, raised: Raised, code: str, notebook: str | None = None) -> Candidate | None:
        """Give the fix that `hint` names."""
        error = signature(raised.name, raised.message, raised.traceback, code)
        with self._lock:
            same = self._by_key.get(error.key, {})
            chosen = sorted(same, reverse=True)[:_MOST]  # ids sort by time
            asked = [same[one] for one in chosen]
        if not asked:
            return None
        compared = failed(error, code, notebook)
        scored = [(one.mends(compared), one.id, one) for one in asked]
        for score, _, one in sorted(scored, key=lambda told: told[:2], reverse=True):
            if score < _SURE:
                break
            if (self._store or self._parts().store).has(one.id):
                return one
        return None

    def _drop(self, ids: Iterable[str]) -> None:
        with self._lock:
            for one in ids:
                gone = self._known.pop(one, None)
                if gone is not None:
                    same = self._by_key[gone.signature.key]
                    same.pop(one, None)
                    if not same:
                        del self._by_key[gone.signature.key]
