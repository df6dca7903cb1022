"""A known fix, made ready to be compared with an error: how surely it would mend that one, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.fixes.fix import BEFORE, INSTALL, fix_of
from memo_jupyter.fixes.likeness import Signature, likeness, signature
from memo_jupyter.fixes.lines import read
from memo_jupyter.fixes.mending import added, bare, diff

if TYPE_CHECKING:
    from memo_jupyter.fixes.fix import Fix
    from memo_jupyter.types import Record

_NAMES = frozenset({"NameError", "UnboundLocalError"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known fix.

    Attributes
    ----------
    id : str
        Its memory's.
    fix : Fix
    signature : Signature
        What the error that it mended is recognised by.
    fixed : str
        The fixed code without comments and layout.
    added : frozenset of str
        The lines that it brought.
    removed : frozenset of str
        What its change took out of the code, besides names and values of the user's: ``and``, ``append``.
    """

    id: str
    fix: Fix
    signature: Signature
    fixed: str
    added: frozenset[str]
    removed: frozenset[str]

    def mends(self, error: Signature, code: str, notebook: str | None) -> float:
        """Tell how surely it would mend an error of this code, from 0 to 1.

        Parameters
        ----------
        error : Signature
        code : str
            Without comments and layout.
        notebook : str or None
            The notebook that the error was raised in.
        """
        if code == self.fixed:  # what mended it then is what fails now
            return 0.0
        lines = {line.strip() for line in code.splitlines()}
        if self.added and self.added <= lines:
            return 0.0
        if self.removed and not self.removed <= _words_of(code):
            return 0.0
        if self._is_of_its_notebook() and (notebook is None or notebook != self.fix.place.get("notebook")):
            return 0.0
        return likeness(self.signature, error)

    def _is_of_its_notebook(self) -> bool:
        """Tell whether the fix was to make a name, which means something else elsewhere; modules are the same."""
        if self.fix.name not in _NAMES or self.fix.name == "UnboundLocalError":
            return False
        return not any("import " in line for line in self.added)


def candidate(record: Record) -> Candidate:
    """Make a known fix of its memory."""
    fix = fix_of(record)
    return Candidate(
        record.id,
        fix,
        signature(fix.name, fix.message, fix.traceback, fix.broken),
        bare(fix.fixed),
        frozenset() if fix.how == INSTALL else frozenset(bare("\n".join(added(fix.broken, fix.fixed))).splitlines()),
        frozenset() if fix.how in (BEFORE, INSTALL) else _removed(fix),
    )


def _words_of(code: str) -> frozenset[str]:
    found = read(code)
    return found.telling | found.names


def _removed(fix: Fix) -> frozenset[str]:
    """Give what the change took out of the line that it changed."""
    gone = [line[1:] for line in diff(fix.broken, fix.fixed) if line.startswith("-")]
    if not gone:
        return frozenset()
    return read("\n".join(gone)).telling - read(fix.fixed).telling
