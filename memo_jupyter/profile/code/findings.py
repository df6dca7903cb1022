"""What is learned of the user from the code of their cells, by reading it: no model takes part, and nothing is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.profile.code import source
from memo_jupyter.profile.code.counting import Place, Span
from memo_jupyter.profile.code.habits import preferred, short_names
from memo_jupyter.profile.code.libraries import USUAL
from memo_jupyter.profile.code.reading import Reading, read
from memo_jupyter.profile.code.recurring import recurring
from memo_jupyter.profile.code.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from memo_jupyter.profile.finding import Finding


@dataclass(frozen=True, slots=True)
class Cell:
    """A remembered cell.

    Attributes
    ----------
    id : str
        That of its memory.
    created : datetime
        When it was run, with its time zone.
    code : str
    """

    id: str
    created: datetime
    code: str


def findings(cells: Iterable[Cell], stopping: Callable[[], bool] = lambda: False) -> list[Finding]:
    """Learn what is clear from cells: libraries, looks of plots, names, seeds, files, functions of the user's own.

    Newer cells outweigh older ones: what is learned from more of them takes the place, by its topic, of what was
    learned before. A cell that is not Python says nothing, and no cell raises.

    Parameters
    ----------
    cells : iterable of Cell
        In any order.
    stopping : callable
        Tells whether to stop; asked at each cell. What is given then is worth nothing.

    Returns
    -------
    list of Finding
        Each of a topic of its own, in an order that hangs on nothing but the cells.
    """
    tally = Tally(dict(USUAL))
    ordered = list(_once_a_day(cells))
    for cell in ordered:
        if stopping():
            return []
        tally.add(Place(cell.id, cell.created), _read(cell.code, tally))
    if not ordered:
        return []
    span = Span(ordered[-1].created, len({cell.created.date() for cell in ordered}))
    learned = [*preferred(tally, span), *short_names(tally, span), *recurring(tally, span)]
    return list({one.topic: one for one in reversed(learned)}.values())[::-1]


def _read(code: str, tally: Tally) -> Reading:
    found = source.read(code)
    reading = read(found.tree, code, tally.known) if found.tree else Reading()
    reading.marks.update(("magic", magic) for magic in found.magics)
    return reading


def _once_a_day(cells: Iterable[Cell]) -> Iterator[Cell]:
    """Give cells in order of time; what was run ten times a day is one of that day: that is no habit, but trying."""
    ordered = sorted(cells, key=lambda cell: (cell.created, cell.id, cell.code))
    last = {(cell.created.date(), cell.code.strip()): cell for cell in ordered}
    yield from (cell for cell in ordered if last[cell.created.date(), cell.code.strip()] is cell)
