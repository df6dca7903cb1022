"""The command that forgets: what it takes, what it shows before, and when it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.arguments import Flag
from memo_jupyter.command import ids_of
from memo_jupyter.flags import FILTERS
from memo_jupyter.pages import lines, memories, rows_page
from memo_jupyter.views import Line, Page

if TYPE_CHECKING:
    from memo_jupyter.command import Call
    from memo_jupyter.engine import Memo
    from memo_jupyter.views import Block

_FEW = 5  # memories that may be forgotten by their ids without asking
_LISTED = 50  # memories that are listed before it is asked
_BEFORE = Flag(("--before", "--until"), "before", "created before", "DATE")

FORGET_FLAGS = (
    Flag(("--query",), "query", "those in whose text all these words stand", "WORDS"),
    *(flag if flag.dest != "until" else _BEFORE for flag in FILTERS),
    Flag(("--dry-run",), "dry_run", "show what would go, and forget nothing", default=False),
    Flag(("--yes",), "yes", "do not ask", default=False),
)


def forget(memo: Memo, call: Call) -> Page:
    """Forget what was named, after asking if that is much; see `Memo.forget`."""
    given = dict(call.given)
    dry_run, sure = given.pop("dry_run"), given.pop("yes")
    filters = {name: value for name, value in given.items() if value is not None}
    ids = ids_of(call) if call.text or not filters else None
    wanted = memo.forget(ids, **filters, dry_run=True)
    told = lines(memo.take_notices())
    if not wanted:
        return Page([Line("Nothing fits that; nothing was forgotten."), *told])
    rows = memo.rows(wanted[:_LISTED])  # none for one whose file is damaged
    listed = Page([*(rows_page(rows).blocks if rows else ()), *_more(len(wanted)), *told])
    if dry_run:
        return Page([*listed.blocks, Line(f"{memories(len(wanted))} would be forgotten. Nothing was.")])
    if not sure and (filters or len(wanted) > _FEW):
        agreed = call.face.agreed(listed, f"Forget {memories(len(wanted))} for good?")
        if agreed is None:
            return Page([Line("Nothing was forgotten. Add --yes to forget them for good.")])
        if not agreed:
            return Page([Line("Nothing was forgotten.")])
    gone = memo.forget(wanted)
    return Page([Line(f"Forgotten for good: {memories(len(gone))}."), *lines(memo.take_notices())])


def _more(number: int) -> list[Block]:
    return [Line(f"… and {number - _LISTED:,} more.", quiet=True)] if number > _LISTED else []
