"""Learning in the background: when its user has been idle for a while, and never beside a question of theirs."""

from __future__ import annotations

import logging
import threading
import weakref
from typing import TYPE_CHECKING, Protocol

from memo_jupyter.errors import MemoError

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)


class Pass(Protocol):
    """A pass that can be ended from another thread."""

    def __call__(self, stopping: Callable[[], bool], stoppable: Callable[[Callable[[], None]], None]) -> None:
        """Carry it out; hand what ends a request that is under way to `stoppable`."""
        ...


class Background:
    """Waits until nothing has been asked or remembered for a while, then carries out one pass.

    A question ends a pass that is under way: its memories are read at the next.

    Parameters
    ----------
    work : callable
        The pass; a method, which is held weakly, so that the thread keeps nobody alive.
    idle : callable
        Gives the seconds to wait.
    """

    def __init__(self, work: Pass, idle: Callable[[], float]) -> None:
        self._work = weakref.WeakMethod(work)
        self._idle = weakref.WeakMethod(idle)
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._moments = 0  # counts what the user does
        self._closed = False
        self._end: Callable[[], None] | None = None

    def active(self) -> None:
        """Take note that the user does something; returns at once."""
        with self._changed:
            self._moments += 1
            self._changed.notify_all()
            if self._end is not None:
                self._end()
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="memo-learner", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End it, and a pass that is under way."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            if self._end is not None:
                self._end()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        try:
            while self._wait():
                self._pass()
                with self._changed:  # once is enough until the user does something again
                    if self._moments == self._seen:
                        self._thread = None
                        return
        finally:
            with self._changed:
                self._thread = None if self._thread is threading.current_thread() else self._thread

    def _wait(self) -> bool:
        """Wait for a quiet while; tell whether there was one."""
        with self._changed:
            while not self._closed:
                self._seen = self._moments
                idle = self._idle()
                if idle is None:
                    return False
                seconds = idle()
                del idle
                if not self._changed.wait_for(lambda: self._closed or self._moments != self._seen, seconds):
                    return True
        return False

    def _pass(self) -> None:
        work = self._work()
        if work is None:
            return
        try:
            work(self._stopping, self._stoppable)
        except MemoError as error:
            _log.info("learning paused: %s", error)
        except Exception:
            _log.exception("learning failed")
        finally:
            with self._changed:
                self._end = None

    def _stopping(self) -> bool:
        return self._closed or self._moments != self._seen

    def _stoppable(self, end: Callable[[], None]) -> None:
        with self._changed:
            self._end = end
