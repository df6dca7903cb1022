"""Remembers the cells that a shell executes, with what they showed; the rest is done in the background.

It is called before and after each cell. Whatever goes wrong here is one line in the log, and the cell's own business is
never touched.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from IPython.display import display

from memo_jupyter.cells.seen import Raised, Seen
from memo_jupyter.cells.writing import MARGIN
from memo_jupyter.engine import Memo
from memo_jupyter.notebook.capture import Capture
from memo_jupyter.notebook.place import folder, place
from memo_jupyter.views import Line, Page

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from IPython.core.interactiveshell import InteractiveShell


_log = logging.getLogger(__name__)

_LONGEST = 200_000
"""Characters of a cell that are remembered: a longer one is data that was pasted."""

_WISH = re.compile(r"#[ \t]*memo:[ \t]*(ignore|keep)\b")
_OWN_CELL = re.compile(r"\s*%%memo\b")
_OWN_LINE = re.compile(r"\s*(?:#.*|%(?:memo\b|(?:re)?load_ext[ \t]+memo|unload_ext[ \t]+memo|config[ \t]+Memo\b).*)?")
_RECALLS = re.compile(r"\b(\w+)\.(?:recall|ask|get|recent|profile|session|timeline|where|fix)\(")
_ASKED = re.compile(
    r"^\s*(\w+)\s*=\s*(?:(?:\w+\.)?getpass\(|input\([^)\n]*(?:pass|token|secret|key|credential))",
    re.MULTILINE | re.IGNORECASE,
)
"""A name that is given a secret that the user typed."""


class AutoRemember:
    """Hands each executed cell over to be remembered.

    Parameters
    ----------
    shell : InteractiveShell
    memo : Memo

    Attributes
    ----------
    problem : str
        What went wrong with a cell, or nothing.
    """

    def __init__(self, shell: InteractiveShell, memo: Memo) -> None:
        self._shell = shell
        self._memo = memo
        self._capture = Capture(shell, lambda: int(memo.auto_output) + MARGIN, memo.learn_secret)
        self._session = secrets.token_hex(6)
        self._depth = 0
        self._parent = ""
        self.problem = ""
        self._code: str | None = None
        self._started = datetime.now(timezone.utc)
        self._begun = 0.0

    @property
    def session(self) -> str:
        """The kernel's life, as the memories of its cells name it."""
        return self._session

    def before(self, info: Any) -> None:
        """Begin to hear what a cell shows (IPython's `pre_run_cell`)."""
        if threading.current_thread() is not threading.main_thread():
            return  # another thread of the kernel runs a cell beside this one
        try:
            parent = self._request()
            if self._depth and parent != self._parent:
                self._abandon()  # a cell that ended without saying so
            self._parent = parent
            self._depth += 1
            if self._depth == 1:  # else one that another cell runs: what both show is one memory
                self._begin(info)
        except Exception as error:
            self._fail(error)

    def after(self, result: Any) -> None:
        """Hand the cell over (IPython's `post_run_cell`)."""
        if threading.current_thread() is not threading.main_thread() or self._depth == 0:
            return
        self._depth -= 1
        if self._depth:
            return
        try:
            self._finish(result)
        except Exception as error:
            self._fail(error)

    def muted(self) -> AbstractContextManager[None]:
        """Hear nothing within a ``with`` block: what memo itself shows is no new memory."""
        return self._capture.muted()

    def close(self) -> None:
        """Hear no more."""
        self._abandon()

    def _abandon(self) -> None:
        self._depth = 0
        if self._code is not None:
            self._code = None
            self._capture.stop()

    def _fail(self, error: Exception) -> None:
        self.problem = f"A cell was not remembered: {error!r}"
        _log.warning("a cell is not remembered: %r", error)

    def _request(self) -> str:
        """Name the request that the kernel carries out; in a terminal there is none."""
        parent = self._shell.get_parent() if hasattr(self._shell, "get_parent") else None
        return str((parent or {}).get("header", {}).get("msg_id", ""))

    def _begin(self, info: Any) -> None:
        code = info.raw_cell
        if not isinstance(code, str) or not code.strip() or not info.store_history or _is_own(code):
            return
        wish = _WISH.search(code) if "memo:" in code else None
        if (wish[1] == "ignore") if wish else not self._memo.remembers_cells():
            return
        try:
            self._capture.start()
        except Exception:
            self._capture.stop()
            raise
        self._code = code
        self._started = datetime.now(timezone.utc)
        self._begun = time.perf_counter()

    def _finish(self, result: Any) -> None:
        seconds = time.perf_counter() - self._begun
        code, self._code = self._code, None
        if code is None:
            return
        outputs = self._capture.stop()
        if self._asks_memo(code):
            outputs = tuple(one for one in outputs if isinstance(one, Raised))  # what was recalled is no new memory
        where = place(self._shell)
        count = getattr(result, "execution_count", None)
        if count is not None:
            where["execution_count"] = int(count)  # the shell has moved on to the next one
        self._learn_secrets(code)
        seen = Seen(code[:_LONGEST], outputs, self._started, seconds, where, self._session, folder())
        self._memo.note(seen)
        if seen.error is not None:
            self._hint(seen.error, seen)

    def _hint(self, raised: Raised, seen: Seen) -> None:
        """Name a past fix under the traceback, in one quiet line, if one is sure to help."""
        hint = self._memo.hint(raised, seen.code, seen.notebook)
        if hint is not None:
            display(Page([Line(hint.line, quiet=True)]))

    def _asks_memo(self, code: str) -> bool:
        """Tell whether a cell asks a `Memo` of its own for memories."""
        return any(isinstance(self._shell.user_ns.get(name), Memo) for name in _RECALLS.findall(code))

    def _learn_secrets(self, code: str) -> None:
        if "getpass" not in code and "input(" not in code:
            return
        for name in _ASKED.findall(code):
            value = self._shell.user_ns.get(name)
            if isinstance(value, str):
                self._memo.learn_secret(value)


def _is_own(code: str) -> bool:
    """Tell whether a cell only speaks to memo: a question is a memory anyway, and what it shows is none."""
    if _OWN_CELL.match(code):
        return True
    return "memo" in code.casefold() and all(_OWN_LINE.fullmatch(line) for line in code.splitlines())
