"""The command that tells which cells made or changed a variable, a column, a data set, a figure or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.errors import BadInput
from memo_jupyter.pages import day, lines, linked
from memo_jupyter.types import ERROR
from memo_jupyter.views import Line, Page, Table
from memo_jupyter.workflow.touches import FILE, READ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memo_jupyter.command import Call
    from memo_jupyter.engine import Memo
    from memo_jupyter.views import Block, Cell
    from memo_jupyter.workflow.origins import Origin


def where(memo: Memo, call: Call) -> Page:
    """List the cells that touched what was named."""
    if not call.text:
        raise BadInput(f"Where is what? Write the name of a variable or a file: {call.face.prefix} where df")
    told = memo.where(call.text, **call.given)
    # What was only read comes last; the order is the newest first otherwise.
    found = sorted(told.found, key=lambda one: one.how == READ)
    blocks: list[Block] = []
    if found:
        blocks.append(Table(("id", "date", "from", "", "line"), [_row(one) for one in found]))
    else:
        more = "" if call.given["reads"] else f" {call.face.prefix} where --all lists those that only read it."
        blocks.append(Line(f"No remembered cell makes or changes {call.text}.{more}", quiet=True))
    if told.more:
        blocks.append(Line(f"Only the latest {told.looked:,} cells with that word were looked into.", quiet=True))
    return Page([*blocks, *lines(memo.take_notices())])


def _row(origin: Origin) -> Sequence[Cell]:
    how = f"{origin.how} {origin.name}" if origin.sort == FILE else origin.how
    error = origin.row.source.get("error", "an error") if ERROR in origin.row.tags else ""
    if error:
        how += f", raised {error}"  # how far it came, nobody knows
    more = f"  (+{origin.times - 1} more)" if origin.times > 1 else ""
    return origin.row.id[-8:], day(origin.row.created), linked(origin.row), how, origin.line + more
