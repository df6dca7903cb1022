"""How far a long command has come, and whether to go on with one."""

from __future__ import annotations

import sys
from typing import Any


class Bar:
    """One bar, shown when the first step is told and taken away after the last.

    Parameters
    ----------
    stream : str
        Where it is shown: `stderr`, or `stdout` in a notebook, which paints what is on the other like an error.
    """

    def __init__(self, stream: str = "stderr") -> None:
        self._stream = stream
        self._bar: Any = None

    def tell(self, step: str, fraction: float) -> None:
        """Show what is done now, and the share of the whole that is done, from 0 to 1."""
        from tqdm import tqdm  # noqa: PLC0415  # only for long commands

        if self._bar is None:
            form = "{desc:<40}{bar:30} {n:3.0f} %"
            self._bar = tqdm(total=100, bar_format=form, leave=False, file=getattr(sys, self._stream))
        self._bar.set_description_str(step, refresh=False)
        self._bar.update(100 * fraction - self._bar.n)
        self._bar.refresh()
        if fraction >= 1:
            self._bar.close()
            self._bar = None


def confirmed(question: str) -> bool | None:
    """Ask a question; anything but yes, Ctrl-C too, is no. None if no one can be asked."""
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except KeyboardInterrupt:
        return False
    except (NotImplementedError, EOFError):  # a notebook that runs by itself, a front end that cannot ask, no terminal
        return None
