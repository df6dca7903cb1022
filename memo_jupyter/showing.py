"""The command that shows memories whole: of a cell, also its pictures, its earlier runs, and how it ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.command import ids_of
from memo_jupyter.pages import lines, linked, record_page
from memo_jupyter.times import local
from memo_jupyter.types import ERROR
from memo_jupyter.views import Line, Link, Page, Photo, Table, Text

if TYPE_CHECKING:
    from memo_jupyter.command import Call
    from memo_jupyter.engine import Memo
    from memo_jupyter.types import Record
    from memo_jupyter.views import Block

_RUNS = 10  # earlier runs that are listed
_PICTURES = 6
_SECOND = 1000
_MINUTE = 60


def show(memo: Memo, call: Call) -> Page:
    """Show the memories that were named."""
    blocks: list[Block] = []
    for one in ids_of(call):
        record = memo.get(one)
        blocks += _cell(memo, record) if record.kind == "cell" else record_page(record).blocks
    return Page([*blocks, *lines(memo.take_notices())])


def facts(record: Record) -> str:
    """Say in words how a cell ran: when, how long, with what, and how it ended."""
    source = record.source
    took, runs, error = source.get("duration_ms"), source.get("runs"), source.get("error")
    told = [f"{local(record.created):%Y-%m-%d %H:%M:%S}"]
    told += [f"took {_duration(took)}"] if isinstance(took, int) and took >= 0 else []
    if ERROR in record.tags:
        told.append(f"raised {error}" if error else "raised an error")
    told += [f"ran {runs:,} times in a row with this result"] if isinstance(runs, int) and runs > 1 else []
    told += [f"with {source['packages']}"] if source.get("packages") else []
    told += [f"in {source['folder']}"] if source.get("folder") else []
    told += [f"at commit {source['commit']}"] if source.get("commit") else []
    tags = [tag for tag in record.tags if tag != ERROR]
    told += [f"tags {', '.join(tags)}"] if tags else []
    return ", ".join(told) + "."


def _cell(memo: Memo, record: Record) -> list[Block]:
    where = linked(record)
    head = Table(("", "", ""), [("cell", record.id, where)]) if isinstance(where, Link) else None
    blocks: list[Block] = [head] if head else [Line(f"{where} · {record.id}", quiet=True)]
    blocks += [Line(facts(record), quiet=True), Text(record.text)]
    number = len(record.thumbnails)
    for place, picture in enumerate(record.thumbnails[:_PICTURES], start=1):
        blocks.append(Photo(picture, f"Picture {place} of {number} that the cell drew"))
    earlier = memo.earlier_runs(record.id)
    if earlier:
        rows = memo.rows(earlier[:_RUNS])
        blocks.append(Line(f"Earlier runs of this cell: {len(earlier):,}", quiet=True))
        blocks.append(
            Table(
                ("id", "date", "", "memory"),
                [
                    (
                        row.id[-8:],
                        f"{local(row.created):%Y-%m-%d %H:%M}",
                        "error" if ERROR in row.tags else "",
                        row.opening,
                    )
                    for row in rows
                ],
            )
        )
    return blocks


def _duration(milliseconds: int) -> str:
    if milliseconds < _SECOND:
        return f"{milliseconds} ms"
    seconds = milliseconds / _SECOND
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest} s" if minutes < _MINUTE else f"{minutes // _MINUTE} h {minutes % _MINUTE} min"
