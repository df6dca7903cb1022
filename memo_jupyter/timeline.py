"""The command that shows what was done when, as a picture and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.errors import BadInput
from memo_jupyter.pages import lines
from memo_jupyter.times import local
from memo_jupyter.views import Drawing, Line, Page, Table
from memo_jupyter.workflow.picture import amounts, described, picture, place_name, when

if TYPE_CHECKING:
    from datetime import datetime

    from memo_jupyter.command import Call
    from memo_jupyter.engine import Memo
    from memo_jupyter.views import Block
    from memo_jupyter.workflow.days import Entry

_LONGEST = 32  # characters of a notebook's name
_ROWS = 30  # entries that are told in words


def timeline(memo: Memo, call: Call) -> Page:
    """Show what was done when."""
    if call.text:
        raise BadInput(f"{call.face.prefix} timeline takes no {call.text.split()[0]!r}.")
    told = memo.timeline(**call.given, lines=True)
    notices = lines(memo.take_notices())
    if not told.entries:
        latest = memo.recent(1)
        more = f" The latest memory is of {local(latest[0].created):%Y-%m-%d}; --since shows more." if latest else ""
        return Page([Line(f"Nothing was remembered then.{more}", quiet=True), *notices])
    shown = told.entries[:_ROWS]
    table = Table((told.unit, "notebook", "done"), [_row(entry, told.unit) for entry in shown])
    blocks: list[Block] = [Drawing(picture(told), described(told)), table]
    if len(told.entries) > _ROWS:
        blocks.append(
            Line(f"… and {len(told.entries) - _ROWS:,} more; --since, --until and --notebook choose.", quiet=True)
        )
    return Page([*blocks, *notices])


def _row(entry: Entry, unit: str) -> tuple[str, ...]:
    counts = amounts(entry.cells, entry.errors, entry.fixes, entry.notes, entry.chats)
    name = place_name(entry.notebook)
    shown = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
    done = f"{counts}, {_span(entry.first, entry.last)}" + (f": {entry.line}" if entry.line else "")
    return when(entry.start, unit), shown, done


def _span(first: datetime, last: datetime) -> str:
    """Write from when to when, as the user's clock has it."""
    begin, end = local(first), local(last)
    form = "%H:%M" if begin.date() == end.date() else "%m-%d"
    return f"{begin:{form}}" if f"{begin:{form}}" == f"{end:{form}}" else f"{begin:{form}}\N{EN DASH}{end:{form}}"
