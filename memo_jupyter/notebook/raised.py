"""The errors that cells have raised, so that `{Err[3]}` in a prompt can stand for one."""

from __future__ import annotations

import traceback
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import IPython

if TYPE_CHECKING:
    from types import TracebackType

_MOST = 50  # errors that are remembered
_LONGEST = 20_000  # characters of one
_SHELL = IPython.__path__[0]


class Raised(OrderedDict[int, str]):
    """Tracebacks as text, by execution count, the last `_MOST` of them."""

    def note(self, result: Any) -> None:
        """Take down the error of a cell, if it has one (IPython's `post_run_cell`)."""
        if result is None or result.success or result.execution_count is None:
            return
        error = result.error_before_exec or result.error_in_exec
        if not isinstance(error, BaseException):
            return
        # As text at once: a kept exception would keep its frames, and all their variables, alive.
        self[result.execution_count] = _told(error)
        while len(self) > _MOST:
            self.popitem(last=False)


def _told(error: BaseException) -> str:
    lines = traceback.format_exception(type(error), error, _of_the_user(error.__traceback__))
    text = "".join(lines).strip()
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST // 2]}\n[…]\n{text[-_LONGEST // 2 :]}"


def _of_the_user(trace: TracebackType | None) -> TracebackType | None:
    """Skip the shell's own frames, which stand before those of the cell."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_SHELL):
        trace = trace.tb_next
    return trace
