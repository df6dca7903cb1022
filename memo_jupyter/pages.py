"""How memories are shown: as rows of a list, and whole."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from memo_jupyter.times import local
from memo_jupyter.types import PARTIAL
from memo_jupyter.views import Folded, Line, Page, Table, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from memo_jupyter.index.rows import Row
    from memo_jupyter.types import Hit, Prompt, Record
    from memo_jupyter.views import Block


_OPENING = 120
"""Characters of a neighbour that are shown."""


def hits_page(hits: Sequence[Hit], notices: Sequence[str] = ()) -> Page:
    """Show what was recalled, best first."""
    found: list[Block] = [hits_table(hits)] if hits else [Line("Nothing in memory is near that.", quiet=True)]
    return Page([*found, *lines(notices)])


def hits_table(hits: Sequence[Hit]) -> Table:
    """List recalled memories: number, score, reasons, where from, and what they say."""
    rows = []
    for number, hit in enumerate(hits, start=1):
        rows += [_neighbour("before", one) for one in hit.before]
        shown = hit.excerpt
        rows.append((f"[{number}]", *_origin(hit.record), f"{hit.score:.2f}", why(hit.why), shown))
        rows += [_neighbour("after", one) for one in hit.after]
    return Table(("", "id", "date", "from", "score", "why", "memory"), rows)


def _neighbour(side: str, record: Record) -> tuple[str, ...]:
    return (side, *_origin(record), "", "", textwrap.shorten(record.text, _OPENING, placeholder=" …"))


def _origin(record: Record) -> tuple[str, str, str]:
    return record.short_id, day(record.created), where_from(record)


def sources(hits: Sequence[Hit]) -> Folded:
    """List, folded, the memories that an answer was given with."""
    return Folded(f"{memories(len(hits))} used", [hits_table(hits)])


def rows_page(rows: Sequence[Row], notices: Sequence[str] = (), *, empty: bool = True) -> Page:
    """Show a list of memories; if there are none in it, `empty` says whether there are none at all."""
    if not rows:
        told = "There are no memories here yet." if empty else "No memory is like that. There are others."
        return Page([Line(told, quiet=True), *lines(notices)])
    table = Table(
        ("id", "date", "from", "memory"),
        [(row.id[-8:], day(row.created), where_from(row), row.opening) for row in rows],
    )
    return Page([table, *lines(notices)])


def record_page(record: Record) -> Page:
    """Show one memory whole."""
    facts = [
        f"{record.kind} {record.id}",
        f"{local(record.created):%Y-%m-%d %H:%M:%S}",
        *(f"{name} {value}" for name, value in record.source.items()),
    ]
    facts += [f"by {record.author}"] if record.author else []
    facts += [f"in thread {record.thread}"] if record.thread else []
    facts += [f"tags {', '.join(record.tags)}"] if record.tags else []
    blocks: list[Block] = [Line(" · ".join(facts), quiet=True)]
    if record.prompt is not None:
        partial = " (partial)" if PARTIAL in record.tags else ""
        blocks += [Line("asked", quiet=True), Text(record.prompt), Line(f"answered{partial}", quiet=True)]
        blocks.append(Text(record.response or ""))
    else:
        blocks.append(Text(record.text))
    return Page(blocks)


def prompt_page(prompt: Prompt, notices: Sequence[str]) -> Page:
    """Show exactly what would be sent, message by message."""
    head = f"Not sent. {prompt.model} ({prompt.server}): at most {prompt.tokens:,} of {prompt.window:,} tokens."
    blocks: list[Block] = [Line(head, quiet=True), *lines(notices)]
    for message in prompt.messages:
        blocks += [Line(message.role, quiet=True), Text(message.content)]
    return Page([*blocks, sources(prompt.recalled)] if prompt.recalled else blocks)


def lines(notices: Sequence[str]) -> list[Line]:
    """Show notices, quietly."""
    return [Line(notice, quiet=True) for notice in notices]


def memories(number: int) -> str:
    """Write a number of memories."""
    return "1 memory" if number == 1 else f"{number:,} memories"


def day(moment: datetime) -> str:
    """Write a date as the user's clock has it."""
    return f"{local(moment):%Y-%m-%d}"


def why(shares: Mapping[str, float]) -> str:
    """Write each signal's share of a score, the largest first, leaving out what gave nothing."""
    told = sorted(shares.items(), key=lambda item: -item[1])
    return " ".join(f"{name} {share:.2f}" for name, share in told if share >= 0.005)  # noqa: PLR2004  # shown as 0.00


def where_from(record: Record | Row) -> str:
    """Say in a few words what a memory is and where it comes from."""
    place = record.source.get("notebook") or record.source.get("path") or record.thread
    return f"{record.kind}, {place}" if place else record.kind
