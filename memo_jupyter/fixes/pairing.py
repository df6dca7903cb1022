"""Pairs an error with the edit that mended it, cell by cell, as they are executed.

Of several attempts that failed, the one that counts is the nearest to the code that ran, of those that raised the same
error as the last: so the difference is small, and what was remembered is the error that it mended.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memo_jupyter.fixes import between
from memo_jupyter.fixes.fix import BEFORE, EDIT, INSTALL, Fix
from memo_jupyter.fixes.mending import alike, bare, mends
from memo_jupyter.fixes.templates import template
from memo_jupyter.fixes.traces import frames, of_user

if TYPE_CHECKING:
    from memo_jupyter.cells.seen import Raised, Seen

_NO_ERRORS = frozenset({"KeyboardInterrupt", "SystemExit", "GeneratorExit", "CancelledError", "BdbQuit", "Stopped"})
"""What is raised because the user wants a cell to end."""

_FOR_IMPORTS = frozenset({"ModuleNotFoundError", "ImportError"})
_NEXT = 6
"""Cells after an error of which another cell may be the one that mends it."""

_LATER = 40
"""Cells after an error in which its own cell may be."""

_MOST = 8  # errors that wait for their fix
_VERSIONS = 100  # cells whose last code is kept
_SAME = 0.35
"""How alike two versions of a cell have to be: below that, the cell was used for something else."""


@dataclass
class _Waiting:
    """An error that has not been mended: the attempts that failed, and the cells that ran since."""

    attempts: list[Seen] = field(default_factory=list)
    since: list[tuple[Seen, str]] = field(default_factory=list)  # with the version before it

    @property
    def last(self) -> Seen:
        return self.attempts[-1]

    @property
    def raised(self) -> Raised:
        error = self.last.error
        assert error is not None  # noqa: S101  # only cells that raised one are attempts
        return error


class Pairing:
    """Pairs the errors of one kernel with their fixes."""

    def __init__(self) -> None:
        self._session: str | None = None
        self._waiting: list[_Waiting] = []
        self._versions: OrderedDict[tuple[str | None, str], str] = OrderedDict()

    def see(self, seen: Seen) -> Fix | None:
        """Take note of a cell that was executed, and give the fix if it mends an earlier error."""
        if seen.session != self._session:
            self._session, self._waiting = seen.session, []
            self._versions.clear()
        if not seen.code.strip():
            return None
        error = seen.error
        if error is not None:
            if error.name not in _NO_ERRORS:
                self._note(seen)
            return None
        fix = self._mended(seen)
        before = self._version(seen)
        for one in self._waiting:
            one.since.append((seen, before))
        self._waiting = [one for one in self._waiting if len(one.since) <= _LATER]
        return fix

    def _version(self, seen: Seen) -> str:
        """Give the version of this cell before this run, and keep this one."""
        if seen.cell is None:
            return ""
        key = (seen.notebook, seen.cell)
        before = self._versions.pop(key, "")
        self._versions[key] = seen.code
        while len(self._versions) > _VERSIONS:
            self._versions.popitem(last=False)
        return before

    def _note(self, seen: Seen) -> None:
        for one in self._waiting:
            if _same_cell(one.last, seen) if _have_ids(one.last, seen) else _alike(one.last, seen):
                self._waiting.remove(one)
                # A cell that was used for something else begins anew.
                attempts = one.attempts if _alike(one.last, seen) else []
                self._waiting.append(_Waiting([*attempts, seen][-_MOST:], one.since if attempts else []))
                break
        else:
            self._waiting.append(_Waiting([seen]))
        self._version(seen)
        del self._waiting[:-_MOST]

    def _mended(self, seen: Seen) -> Fix | None:
        for one in reversed(self._waiting):
            if bare(one.last.code) == bare(seen.code):
                if _have_ids(one.last, seen) and not _same_cell(one.last, seen):
                    continue
                self._waiting.remove(one)
                return _by_what_ran(one, seen)
            if _same_cell(one.last, seen):
                if not _alike(one.last, seen) and not _mends(one.last, seen):
                    continue
                found = _mends(one.last, seen)
            else:
                found = len(one.since) < _NEXT and _mends(one.last, seen, strict=True)
            if found:
                self._waiting.remove(one)
                return _by_edit(one, seen)
        return None


def _have_ids(one: Seen, other: Seen) -> bool:
    return one.cell is not None and other.cell is not None


def _same_cell(one: Seen, other: Seen) -> bool:
    return _have_ids(one, other) and (one.notebook, one.cell) == (other.notebook, other.cell)


def _alike(one: Seen, other: Seen) -> bool:
    return alike(one.code, other.code) >= (_SAME if _have_ids(one, other) else 0.6)


def _line(failed: Seen) -> str:
    """Give the line of the cell itself that failed."""
    error = failed.error
    if error is None:
        return ""
    lines = {line.strip() for line in failed.code.splitlines()}
    mine = [frame.line for frame in of_user(frames(error.traceback)) if frame.line]
    return next((line for line in reversed(mine) if line in lines), "")


def _mends(failed: Seen, seen: Seen, *, strict: bool = False) -> bool:
    error = failed.error
    return error is not None and mends(failed.code, seen.code, _line(failed), error.name, strict=strict)


def _by_edit(one: _Waiting, seen: Seen) -> Fix:
    raised = one.raised
    kind = (raised.name, template(raised.name, raised.message).text)
    same = [
        attempt for attempt in one.attempts
        if attempt.error and (attempt.error.name, template(attempt.error.name, attempt.error.message).text) == kind
    ]  # fmt: skip
    nearest = max(reversed(same), key=lambda attempt: alike(attempt.code, seen.code), default=one.last)
    return _fix(one, seen, nearest.code, seen.code, EDIT, nearest)


def _by_what_ran(one: _Waiting, seen: Seen) -> Fix | None:
    """Tell what of the cells that ran meanwhile mended it, if that is clear."""
    raised, code = one.raised, one.last.code
    codes = [cell.code for cell, _ in one.since]
    if line := between.installed(raised.message, codes) if raised.name in _FOR_IMPORTS else "":
        return _fix(one, seen, code, f"{line}\n{code}", INSTALL)
    own = {line.strip() for line in code.splitlines()}
    for frame in reversed(of_user(frames(raised.traceback))):
        if frame.line and frame.line not in own:  # in a function of another cell
            for cell, before in reversed(one.since):
                if frame.line in before and mends(before, cell.code, frame.line, raised.name):
                    return _fix(one, seen, before, cell.code, EDIT)
    first = between.defined(raised.message, codes) if raised.name == "NameError" else ""
    if not first and raised.name not in ("NameError", *_FOR_IMPORTS):
        first = between.changed(raised.name, _line(one.last), codes)
    return _fix(one, seen, code, f"{first}\n{code}", BEFORE) if first else None


def _fix(one: _Waiting, seen: Seen, broken: str, fixed: str, how: str, failed: Seen | None = None) -> Fix:
    raised = one.raised
    at = (failed or one.last).place
    return Fix(raised.name, raised.message, raised.traceback, broken, fixed, how, seen.place, seen.started, at)
