"""Whether a cell that ran is a new memory, the same one again, or the next run of an earlier one.

Exactly the same again, code and outputs, is one memory with a count. The same cell of the same notebook, with nearly
the same code and the same end (it ran, or raised the same error), takes the place of its earlier run. A run that raised
an error stays beside the one that mends it: that is what one wants to find. So do the runs of a copy of the notebook in
another folder, which has the same name and the same cells.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from memo_jupyter.types import Record

_ALIKE = 0.6
"""Codes that have that much in common, of 1, are versions of one (`difflib.SequenceMatcher.ratio`)."""

_COMPARED = 2000
"""Characters of a code that are compared: the time grows with the square."""

_MOST = 500
"""Cells whose last run is held in mind; those before are looked up."""


@dataclass(slots=True)
class Run:
    """The last run of a cell.

    Attributes
    ----------
    id : str
        Its record's.
    code, outputs, error : str
        What it was, what it showed, and the error's class, or nothing.
    runs : int
        How often it ran so.
    folder : str
        The kernel's working directory.
    """

    id: str
    code: str
    outputs: str
    error: str
    runs: int = 1
    folder: str = ""

    def is_the_same(self, code: str, outputs: str) -> bool:
        """Tell whether a run was exactly this one again."""
        return self.code == code and self.outputs == outputs


class Reruns:
    """The last runs of one kernel's cells.

    Parameters
    ----------
    look_up : callable
        Told notebook and cell, gives the records of that cell's latest runs, the latest first.
    """

    def __init__(self, look_up: Callable[[str, str], list[Record]]) -> None:
        self._look_up = look_up
        self._runs: dict[tuple[str, str, str], Run] = {}
        self._last: tuple[str | None, Run] | None = None

    def same(self, notebook: str | None, cell: str | None, run: Run) -> Run | None:
        """Give the run that this one repeats exactly: the cell's own last one, or the one just before it."""
        code, outputs = run.code, run.outputs
        known = self._known(notebook, cell, run)
        if known is not None and known.is_the_same(code, outputs):
            return known
        if self._last is not None and self._last[0] == notebook and self._last[1].is_the_same(code, outputs):
            return self._last[1]
        return None

    def earlier(self, notebook: str | None, cell: str | None, run: Run) -> Run | None:
        """Give the run that this one takes the place of."""
        known = self._known(notebook, cell, run)
        return known if known is not None and alike(known.code, run.code) else None

    def note(self, notebook: str | None, cell: str | None, run: Run) -> None:
        """Take note of a run that was kept."""
        self._last = (notebook, run)
        if notebook and cell:
            self._runs.pop((notebook, cell, run.error), None)
            self._runs[notebook, cell, run.error] = run
            while len(self._runs) > _MOST:
                self._runs.pop(next(iter(self._runs)))

    def drop(self, run: Run) -> None:
        """Know nothing more of a run: its record is gone."""
        self._runs = {place: known for place, known in self._runs.items() if known is not run}
        if self._last is not None and self._last[1] is run:
            self._last = None

    def _known(self, notebook: str | None, cell: str | None, now: Run) -> Run | None:
        if not notebook or not cell:
            return None
        place = notebook, cell, now.error
        if place not in self._runs or _is_of_a_copy(self._runs[place], now, notebook):
            self._runs.pop(place, None)
            for record in self._look_up(notebook, cell):
                run = run_of(record)
                if run.error == now.error and not _is_of_a_copy(run, now, notebook):
                    self._runs[place] = run
                    break
        return self._runs.get(place)


def _is_of_a_copy(earlier: Run, now: Run, notebook: str) -> bool:
    """Tell whether a run was that of another notebook of the same name: both are there, each where its kernel ran.

    A folder alone tells too little: notebooks are moved, and cells change the working directory.
    """
    if earlier.folder == now.folder or not earlier.folder or not now.folder:
        return False
    one, other = Path(earlier.folder, notebook), Path(now.folder, notebook)
    try:
        return one.is_file() and other.is_file() and not one.samefile(other)
    except (OSError, ValueError):
        return False


def run_of(record: Record) -> Run:
    """Read a run from its record."""
    error, runs = record.source.get("error", ""), record.source.get("runs", 1)
    folder = str(record.source.get("folder", ""))
    number = runs if isinstance(runs, int) else 1
    return Run(record.id, record.code or "", record.outputs or "", str(error), number, folder)


def alike(one: str, other: str) -> bool:
    """Tell whether two codes are versions of one."""
    if one == other:
        return True
    matcher = difflib.SequenceMatcher(None, one[:_COMPARED], other[:_COMPARED], autojunk=False)
    return matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE
