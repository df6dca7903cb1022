"""Ctrl-C while an answer arrives: it stops the answer at once, and it is never lost.

Python runs the signal's handler between any two instructions of the main thread. If that happens to be in a
``__del__``, a callback of a weak reference or of the garbage collector, the KeyboardInterrupt is printed and dropped
there, and the answer would go on as if nothing had been said; in the midst of clean-up, another error may take its
place. So the signal is also taken down here, the answer is stopped by its own means, and the interrupt is raised at the
end.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


@contextlib.contextmanager
def heard(stop: Callable[[], None]) -> Iterator[None]:
    """Hear every interrupt within a ``with`` block.

    Parameters
    ----------
    stop : callable
        Called at once, in the midst of whatever runs, to end what is being waited for.

    Raises
    ------
    KeyboardInterrupt
        At the latest when the block ends.
    """
    before = signal.getsignal(signal.SIGINT)
    # Elsewhere than in the main thread no signal arrives, and what the program has made of Ctrl-C itself is its own.
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    came = False

    def hear(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = True
        stop()
        before(number, frame)

    signal.signal(signal.SIGINT, hear)
    try:
        yield
    except Exception as error:
        if came:  # it broke because it was stopped
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt
