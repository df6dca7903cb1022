"""What has been handed over and waits to be kept: bounded, and quick for the cell that hands it over."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memo_jupyter.cells.seen import Seen

_MOST = 20_000
"""Cells that wait, at the most."""

_MOST_BYTES = 64 * 1024 * 1024
"""Bytes that wait, at the most; beyond that a cell waits without its outputs."""


class Handover:
    """A queue of cells, filled by the notebook and emptied by one thread.

    Attributes
    ----------
    lost : int
        The cells that came too fast to be taken.
    bytes : int
        About how many bytes wait.
    """

    def __init__(self) -> None:
        self.lost = 0
        self.bytes = 0
        self._waiting: deque[tuple[Seen, int]] = deque()
        self._busy = 0
        self._changed = threading.Condition()
        self._closed = False
        self._hurried = False

    def put(self, seen: Seen) -> bool:
        """Hand a cell over, and return at once; False if it is not taken."""
        size = seen.size
        with self._changed:
            if self._closed or len(self._waiting) >= _MOST:
                self.lost += not self._closed
                return False
            if self.bytes + size > _MOST_BYTES:
                seen = replace(seen, outputs=())
                size = seen.size
            self._waiting.append((seen, size))
            self.bytes += size
            self._changed.notify_all()
        return True

    def take(self, most: int, seconds: float) -> list[Seen]:
        """Take up to so many, waiting for the first; none if the time is up, or it is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed or self._hurried, seconds)
            self._hurried = self._hurried and bool(self._waiting)  # what waits comes first
            taken = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            self.bytes -= sum(size for _, size in taken)
            self._busy = len(taken)
        return [seen for seen, _ in taken]

    def done(self) -> None:
        """Say that what was taken is kept."""
        with self._changed:
            self._busy = 0
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until all is kept; tell whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, seconds)

    def hurry(self) -> None:
        """Let the next `take` that finds nothing return at once, instead of waiting for a cell."""
        with self._changed:
            self._hurried = True
            self._changed.notify_all()

    def close(self) -> None:
        """Take nothing more; what waits can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether it takes nothing more."""
        return self._closed

    @property
    def waiting(self) -> int:
        """How many wait to be taken."""
        return len(self._waiting)

    def __len__(self) -> int:
        return len(self._waiting) + self._busy
