"""Where a variable, a column, a data set, a figure or a file comes from: the cells that made or changed it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.errors import StoreError, UnknownId
from memo_jupyter.index.rows import Filter
from memo_jupyter.index.words import has_words, latest_having
from memo_jupyter.workflow.reading import line_of, touches_of
from memo_jupyter.workflow.touches import READ, fits, wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memo_jupyter.index.rows import Row
    from memo_jupyter.opened import Opened

MOST_READ = 300
"""Cells that are read for one name, the newest first: a name such as `df` is in most of them."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A cell that made, changed, removed or read what was asked for.

    Attributes
    ----------
    row : Row
        The cell's memory: its id, date, and notebook and cell in `row.source`.
    how : str
        `made`, `changed`, `removed` or `read`.
    name : str
        What was touched, as the code has it: the variable, the column, or the file's path.
    line : str
        The line of the code that does it, the last such of the cell.
    times : int
        How many lines of the cell do it.
    sort : str
        `variable`, `part` (a column or an attribute) or `file`.
    """

    row: Row
    how: str
    name: str
    line: str
    times: int
    sort: str


@dataclass(frozen=True, slots=True)
class Origins:
    """What was found of a name, the newest first.

    Attributes
    ----------
    found : sequence of Origin
    looked : int
        The cells that have the word, and were read.
    more : bool
        Whether there are older cells that have it, and were not.
    """

    found: Sequence[Origin]
    looked: int
    more: bool


def origins(parts: Opened, name: str, limit: int, *, reads: bool, source: str | None = None) -> Origins:
    """Find the cells that touched `name`, the newest first; of a cell that was run again, the last run.

    Parameters
    ----------
    parts : Opened
    name : str
        A variable, ``df["price"]``, a column's or attribute's name, a file by its path, the end of it, or its name
        without the ending.
    limit : int
        How many findings, at the most.
    reads : bool
        Whether the cells that only read it are listed too.
    source : str, optional
        Only in this notebook.
    """
    name = wanted(name)
    if not has_words(name):
        return Origins((), 0, more=False)
    where = Filter(kinds=["cell", "fix"], source=source, latest=True)
    ids = parts.use(lambda opened: latest_having(opened.index.catalog, name, where, MOST_READ + 1))
    found: list[tuple[str, str, str, str, int, str]] = []
    looked = 0
    for one in ids[:MOST_READ]:
        if len(found) >= limit:
            break
        looked += 1
        found += [(one, *told) for told in _in_cell(parts, one, name, reads=reads)]
    rows = {row.id: row for row in parts.use(lambda opened: _rows(opened, [one[0] for one in found]))}
    # A fix has the code of the cell that mended, which says the same.
    rows = {one: row for one, row in rows.items() if row.kind != "fix" or row.source.get("fixed") not in rows}
    listed = [Origin(rows[one[0]], *one[1:]) for one in found[:limit] if one[0] in rows]
    return Origins(listed, looked, more=looked < len(ids) or len(found) > limit)


def _rows(parts: Opened, ids: Sequence[str]) -> list[Row]:
    unique = list(dict.fromkeys(ids))
    return [row for start in range(0, len(unique), 500) for row in parts.index.catalog.rows(ids=unique[start:][:500])]


def _in_cell(parts: Opened, record_id: str, name: str, *, reads: bool) -> list[tuple[str, str, str, int, str]]:
    """Tell how a cell touches `name`: how, what, the last such line, how many there are, and its sort."""
    try:
        code = parts.store.read(record_id).code or ""
    except (StoreError, UnknownId):  # damaged, or forgotten meanwhile
        return []
    if name.rpartition(".")[2] not in code and name.rpartition("/")[2] not in code:
        return []
    here = [one for one in touches_of(code, reads=reads) if fits(one, name) and (reads or one.how != READ)]
    times = Counter(one.how for one in here)
    last = {one.how: one for one in here}
    return [(how, one.name, line_of(code, one.line), times[how], one.sort) for how, one in last.items()]
