"""What `Memo` tells of the work itself: what was done when, what made what, and what a session came to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from memo_jupyter import fields
from memo_jupyter.errors import BadInput, CorruptRecord, StoreError, UnknownId
from memo_jupyter.mended import Mending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memo_jupyter.types import Record
    from memo_jupyter.workflow.days import Entry, Timeline
    from memo_jupyter.workflow.origins import Origins
    from memo_jupyter.workflow.session import Session

    When = datetime | str

DAYS = 30
"""Days that a timeline has, if nothing else is said."""

_LINES = 30
"""Entries of a timeline whose telling line is looked for: the latest."""

_PATIENCE = 2.0  # seconds that a session waits for its last cells to be kept

_CELLS = 2  # of an entry, that are read for it


class Workflow(Mending):
    """A memory that is asked about the work it is of; see `Memo`."""

    def timeline(
        self,
        since: When | None = None,
        until: When | None = None,
        days: int | None = None,
        source: str | None = None,
        *,
        lines: bool = False,
    ) -> Timeline:
        """Tell what was done when: cells, errors, fixes, notes and questions, by day and notebook.

        Parameters
        ----------
        since, until : datetime or str, optional
            Only what was remembered then, as in `recall`.
        days : int, optional
            So many days up to the end, today included; by default 30. Not with `since`.
        source : str, optional
            Only of this notebook: its path, or the end of it.
        lines : bool
            Whether the latest 30 entries are told in a line each: the names that were made, and the last result.

        Returns
        -------
        Timeline
            By days; by weeks where there are more than 62, then by months and years.

        Raises
        ------
        BadInput
            `days` is less than 1, or a time is none.
        """
        from memo_jupyter.workflow.days import stretch, timeline  # noqa: PLC0415  # only here

        where = fields.where(since=since, until=until, source=source)
        if since is not None and days is not None:
            raise BadInput("A timeline has either a first day, since, or a number of days.")
        number = fields.number(DAYS if days is None else days, "days, how many days to show,", 1)
        begin, end = stretch(
            where.since if where else None, where.until if where else None, number, datetime.now(timezone.utc)
        )
        told = self._use(lambda parts: timeline(parts.index.catalog, begin, end, source))
        if not lines:
            return told
        shown = [replace(entry, line=self._line_of(entry)) for entry in told.entries[:_LINES]]
        return replace(told, entries=[*shown, *told.entries[_LINES:]])

    def where(self, name: str, limit: int = 40, *, reads: bool = False, source: str | None = None) -> Origins:
        """Find the cells that made, changed or removed a variable, a column, a data set, a figure or a file.

        The code is read as a syntax tree and never run. Of the cells that have the word, the latest 300 are
        looked into; whether there are older ones is told.

        Parameters
        ----------
        name : str
            A variable (``df``), a column or attribute (``price``, ``df["price"]``), or a file by its path, the end of
            it, or its name without the ending.
        limit : int
            How many findings, at the most.
        reads : bool
            Whether the cells that only read it are found too; they come last.
        source : str, optional
            Only in this notebook: its path, or the end of it.

        Returns
        -------
        Origins
            The newest first.

        Raises
        ------
        BadInput
            The name is empty, or `limit` is less than 1.
        """
        from memo_jupyter.workflow.origins import origins  # noqa: PLC0415  # only here

        if not fields.text(name, "The name").strip():
            raise BadInput("Where is what? Give the name of a variable, a column or a file.")
        most = fields.number(limit, "The limit, how many cells to list,", 1)
        where = fields.where(source=source)
        return origins(self._open(), name, most, reads=reads, source=where.source if where else None)

    def session(self, session: str | None = None, last: int | None = None, notebook: str | None = None) -> Session:
        """Tell what a session, the life of one kernel, came to: results, figures, errors, files, questions.

        Parameters
        ----------
        session : str, optional
            Its id, as `source["session"]` of its cells has it; by default the latest there is.
        last : int, optional
            Only its last so many cells.
        notebook : str, optional
            If no session is given: the latest of this notebook, if there is one.

        Raises
        ------
        BadInput
            No cell of such a session is remembered, or `last` is less than 1.
        """
        from memo_jupyter.workflow.session import latest, look  # noqa: PLC0415  # only here

        most = None if last is None else fields.number(last, "last, how many cells to look at,", 1)
        self.wait_for_cells(_PATIENCE)  # those that just ran may not be kept yet
        parts = self._open()
        wanted = fields.text(session or "", "The session") or latest(parts, notebook)
        found = look(parts, wanted, most) if wanted else None
        if found is None:
            raise BadInput("No cell of that session is remembered. %memo timeline shows what is.")
        return found

    def earlier_runs(self, record_id: str) -> list[str]:
        """List the ids of a cell's earlier runs that this one has taken the place of, the latest first.

        Raises
        ------
        UnknownId
            No memory has that id, or more than one.
        """
        return self._open().earlier_runs(self.resolve(record_id))

    def _line_of(self, entry: Entry) -> str:
        """Say in a line what an entry came to, by its last cells; else by its last fix, note or question."""
        from memo_jupyter.index.days import latest_of_place  # noqa: PLC0415  # only here
        from memo_jupyter.workflow.telling import telling  # noqa: PLC0415  # only here

        kind = next(
            one for one, number in (("cell", entry.cells), ("fix", entry.fixes), ("note", entry.notes), ("chat", 1))
            if number
        )  # fmt: skip
        ids = self._use(
            lambda parts: latest_of_place(
                parts.index.catalog, entry.notebook, kind, entry.first, entry.last, _CELLS if kind == "cell" else 1
            )
        )
        return telling(self._read_all(ids))

    def _read_all(self, ids: Sequence[str]) -> list[Record]:
        found = []
        for one in ids:
            try:
                found.append(self._open().read(one))
            except (CorruptRecord, StoreError, UnknownId):  # set aside, or forgotten meanwhile
                continue
        return found
