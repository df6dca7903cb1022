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

_LONGEST = 10_000  # characters of a cell that are taken apart


@dataclass(frozen=True, slots=True)
class Failed:
    """An error that was just raised, made ready to be compared.

    Attributes
    ----------
    signature : Signature
    plain : str
        The cell's code without comments and layout.
    lines, words : frozenset of str
        Its lines, and what stands in them.
    notebook : str or None
        The notebook that it stands in.
    """

    signature: Signature
    plain: str
    lines: frozenset[str]
    words: frozenset[str]
    notebook: str | None


def failed(error: Signature, code: str, notebook: str | None) -> Failed:
    """Make an error of a cell ready to be compared with many fixes."""
    plain = bare(code)
    found = read(plain[:_LONGEST])
    lines = frozenset(line.strip() for line in plain.splitlines())
    return Failed(error, plain, lines, found.telling | found.names, notebook)


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

    def mends(self, failed: Failed) -> float:
        """Tell how surely it would mend an error, from 0 to 1."""
        if failed.plain == self.fixed:  # what mended it then is what fails now
            return 0.0
        if self.added and self.added <= failed.lines:
            return 0.0
        if self.removed and not self.removed <= failed.words:
            return 0.0
        if self._is_of_its_notebook() and (
            failed.notebook is None or failed.notebook != self.fix.place.get("notebook")
        ):
            return 0.0
        return likeness(self.signature, failed.signature)

    def _is_of_its_notebook(self) -> bool:
        """Tell whether the fix was to make a name, which means something else elsewhere; modules are the same."""
        if self.fix.name != "NameError":
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


def _removed(fix: Fix) -> frozenset[str]:
    """Give what the change took out of the line that it changed."""
    gone = [line[1:] for line in diff(fix.broken, fix.fixed) if line.startswith("-")]
    if not gone:
        return frozenset()
    return read("\n".join(gone)).telling - read(fix.fixed).telling
