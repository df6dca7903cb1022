"""A store that knows how errors were mended: it keeps fixes, and names the one that fits when an error comes again."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from memo_jupyter import fields
from memo_jupyter.errors import BadInput, UnknownId
from memo_jupyter.observing import Observing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from memo_jupyter.cells.seen import Raised, Seen
    from memo_jupyter.fixes.fix import Fix
    from memo_jupyter.fixes.known import Hint, Known
    from memo_jupyter.fixes.pairing import Pairing
    from memo_jupyter.types import Record


_PATIENCE = 0.05
"""Seconds that the first error of a kernel waits for the fixes of other days, below its traceback: no one notices."""

_RECORDS = 200
"""Cells whose memories' ids are kept, for a fix to name the two that it is made of."""


class Mending(Observing):
    """A store that knows how errors were mended.

    Parameters and errors are those of `Memo`.
    """

    def __init__(self, path: str | Path | None = None, **settings: Any) -> None:
        super().__init__(path, **settings)
        self._fixes: Known | None = None
        self._waited = False  # for the fixes of other days
        self._hinted: str | None = None  # the fix that was named last
        self._raised: tuple[Raised, str, str | None] | None = None  # the last error here, its code, its notebook
        self._mended: str | None = None  # the fix that was kept last here
        self._pairing: Pairing | None = None
        self._ids: OrderedDict[object, str] = OrderedDict()  # of the cells' memories, by execution count

    @property
    def fixes(self) -> Known:
        """The fixes of this store, in memory; `fixes.refresh()` takes up what is new, in the background."""
        from memo_jupyter.fixes.known import Known  # noqa: PLC0415  # only where errors are noted

        if self._fixes is None:
            self._fixes = Known(self._open)
        return self._fixes

    def hint(self, raised: Raised, code: str, notebook: str | None = None) -> Hint | None:
        """Name the past fix that mends an error, if there is one for sure, and the setting `hints` is on.

        It opens nothing: until `fixes.refresh` was called there is none. That is done in the background once the first
        cell was kept; an error that comes earlier in a kernel's life waits for it, 50 ms at the most, and only once.

        Parameters
        ----------
        raised : Raised
            The error that a cell has just raised.
        code : str
            The cell.
        notebook : str, optional
            Where it stands.
        """
        self._raised = (raised, code, notebook)
        if not self.hints:
            return None
        if not self._waited and not self.fixes.loaded and self._hurry():
            self._waited = True
            self.fixes.wait(_PATIENCE)
        found = self.fixes.hint(raised, code, notebook)
        self._hinted = found.record if found else self._hinted
        return found

    def keep_fix(self, fix: Fix, broken: str | None = None, fixed: str | None = None) -> Record:
        """Keep a fix, with the ids of the memories of its two cells, if they are known.

        Raises
        ------
        StoreError
        """
        from memo_jupyter.fixes.fix import fix_fields  # noqa: PLC0415  # only where errors are noted

        record = self._open().keep(fields.record(fix_fields(fix, broken, fixed)))
        self.fixes.add(record)
        self._mended = record.id
        return record

    def _besides(self, seen: Seen, record: Record) -> Sequence[Record]:
        """Give the record of the fix, to be written, if a cell mends an earlier error; for the background, in order.

        Parameters
        ----------
        seen : Seen
            A cell that was kept, free of secrets.
        record : Record
            Its memory.
        """
        from memo_jupyter.fixes.fix import fix_fields  # noqa: PLC0415  # in the background
        from memo_jupyter.fixes.pairing import Pairing  # noqa: PLC0415  # the same

        self._pairing = self._pairing or Pairing()
        fix = self._pairing.see(seen)
        self._ids[seen.place.get("execution_count")] = record.id
        while len(self._ids) > _RECORDS:
            self._ids.popitem(last=False)
        if fix is None:
            return []
        broken = self._ids.get(fix.broken_place.get("execution_count"))
        made = fields.record(fix_fields(fix, broken, record.id))
        self.fixes.add(made)
        self._mended = made.id
        return [made]

    def fix(self, record_id: str | None = None) -> Record:
        """Read a fix.

        Parameters
        ----------
        record_id : str, optional
            Its id, or the end of it. By default the one that was named last here; else the one for the last error that
            was raised here; else the one that was kept last.

        Raises
        ------
        BadInput
            There is none yet, or that memory is no fix.
        UnknownId, CorruptRecord
        """
        if record_id is not None:
            record = self._read(self.resolve(record_id))
            if record.kind != "fix":
                raise BadInput(f"{record.short_id} is a {record.kind}, not a fix. %memo list --kind fix lists them.")
            return record
        for one in (self._hinted, self._for_the_last_error(), self._mended, self._latest()):
            if one is not None:
                try:
                    return self._read(one)
                except UnknownId:  # it was forgotten
                    continue
        raise BadInput("No fix is known yet: one is kept when a cell that raised an error is mended and runs.")

    def _read(self, record_id: str) -> Record:
        return self._open().read(record_id)

    def _for_the_last_error(self) -> str | None:
        if self._raised is None:
            return None
        self.fixes.refresh()
        found = self.fixes.find(*self._raised)
        return found.id if found else None

    def _latest(self) -> str | None:
        from memo_jupyter.index.rows import Filter  # noqa: PLC0415  # only here

        rows = self._open().rows(Filter(kinds=["fix"]), 1)
        return rows[0].id if rows else None

    def _rest(self) -> None:
        super()._rest()
        self.fixes.refresh()

    def _notice_a_fork(self) -> None:
        before = self._process
        super()._notice_a_fork()
        if self._process != before:
            self._left.append(self._fixes)  # its lock may be held for ever
            self._fixes = None
