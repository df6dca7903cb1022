"""The command that shows how an error was mended, and puts the code into the next cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.arguments import Flag
from memo_jupyter.errors import BadInput
from memo_jupyter.pages import fix_blocks, lines
from memo_jupyter.views import Line, Page, Text

if TYPE_CHECKING:
    from memo_jupyter.command import Call
    from memo_jupyter.engine import Memo
    from memo_jupyter.views import Block

FIX_FLAGS = (Flag(("--insert",), "insert", "put the code that runs into the next cell", default=False),)
FIX_DETAILS = (
    "A fix is an error in a cell, and the edit that mended it: it is kept by itself. Without an id: the fix that was "
    "named last below an error here, else the one for the last error, else the latest. Memo.hints = False keeps memo "
    "from naming them below errors."
)


def fix(memo: Memo, call: Call) -> Page:
    """Show a fix: the error, when and where it was, and the code before and after."""
    ids = call.text.replace(",", " ").split()
    if len(ids) > 1:
        raise BadInput(f"One fix at a time: {call.face.prefix} fix {ids[0]}")
    record = memo.fix(ids[0] if ids else None)
    blocks: list[Block] = list(fix_blocks(record))
    if call.given["insert"]:
        code = record.code or ""
        where = call.face.next_cell(code)
        if where:
            # Some front ends take no cell from a program, and say nothing of it: the code stands here too.
            blocks += [Line(where, quiet=True)]
        blocks += [Text(code)]
    return Page([*blocks, *lines(memo.take_notices())])
