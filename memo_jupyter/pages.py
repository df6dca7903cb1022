"""How memories are shown: as rows of a list, and whole."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING
from urllib.parse import quote

from memo_jupyter.llm.window import in_words
from memo_jupyter.times import local
from memo_jupyter.types import PARTIAL
from memo_jupyter.views import Beside, Folded, Line, Link, Page, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from memo_jupyter.answer import Answer
    from memo_jupyter.index.rows import Row
    from memo_jupyter.types import Hit, Prompt, Record
    from memo_jupyter.views import Block, Cell


_OPENING = 120
"""Characters of a neighbour that are shown."""


def hits_page(hits: Sequence[Hit], notices: Sequence[str] = ()) -> Page:
    """Show what was recalled, best first."""
    found: list[Block] = [hits_table(hits)] if hits else [Line("Nothing in memory is near that.", quiet=True)]
    return Page([*found, *lines(notices)])


def hits_table(hits: Sequence[Hit], numbers: Sequence[int] = ()) -> Table:
    """List recalled memories: number, score, reasons, where from, and what they say.

    Parameters
    ----------
    hits : sequence of Hit
    numbers : sequence of int
        The numbers they have in a prompt; by default they count from 1.
    """
    rows: list[Sequence[Cell]] = []
    for number, hit in zip(numbers or range(1, len(hits) + 1), hits, strict=True):
        rows += [_neighbour("before", one) for one in hit.before]
        shown = hit.excerpt
        rows.append((f"[{number}]", *_origin(hit.record), f"{hit.score:.2f}", why(hit.why), shown))
        rows += [_neighbour("after", one) for one in hit.after]
    return Table(("", "id", "date", "from", "score", "why", "memory"), rows)


def _neighbour(side: str, record: Record) -> Sequence[Cell]:
    return (side, *_origin(record), "", "", textwrap.shorten(record.text, _OPENING, placeholder=" …"))


def _origin(record: Record) -> tuple[str, str, Cell]:
    return record.short_id, day(record.created), linked(record)


def linked(record: Record | Row) -> Cell:
    """Say where a memory comes from; in a page, that leads to its notebook and cell, if they are beside this one."""
    words = where_from(record)
    notebook, cell = record.source.get("notebook"), record.source.get("cell")
    # A record may come from anywhere, and so may what it calls its notebook.
    if not isinstance(notebook, str) or os.path.basename(notebook) != notebook or not notebook.endswith(".ipynb"):  # noqa: PTH119
        return words
    if not os.path.isfile(notebook):  # noqa: PTH113  # a name may be too long for `Path.is_file`
        return words
    if record.source.get("folder") not in (None, os.getcwd()):  # noqa: PTH109  # another notebook of that name
        return words
    place = f"#cell-id={quote(cell, safe='')}" if isinstance(cell, str) else ""
    return Link(words, quote(notebook) + place)


def sources(hits: Sequence[Hit]) -> Folded:
    """List, folded, the memories that a prompt holds."""
    return Folded(memories(len(hits)), [hits_table(hits)])


def used(answer: Answer) -> list[Block]:
    """List, folded, the memories that an answer cites, then those that it was given besides; and what it took."""
    hits = answer.recalled
    if not hits or not answer.so_far.strip():
        return [Line(answer.figures, quiet=True)] if answer.figures else []
    numbers = sorted(number for number in answer.cited if number <= len(hits))
    others = [number for number in range(1, len(hits) + 1) if number not in numbers]
    title = f"{memories(len(numbers))} cited" if numbers else f"{memories(len(hits))} recalled, none cited"
    title += f", {len(others)} more recalled" if numbers and others else ""
    blocks: list[Block] = [hits_table([hits[number - 1] for number in numbers], numbers)] if numbers else []
    if others:
        blocks += [Line("Recalled, and not cited:", quiet=True)] if numbers else []
        blocks.append(hits_table([hits[number - 1] for number in others], others))
    return [Folded(" · ".join(filter(None, (title, answer.figures))), blocks)]


def rows_page(rows: Sequence[Row], notices: Sequence[str] = (), *, empty: bool = True) -> Page:
    """Show a list of memories; if there are none in it, `empty` says whether there are none at all."""
    if not rows:
        told = "There are no memories here yet." if empty else "No memory is like that. There are others."
        return Page([Line(told, quiet=True), *lines(notices)])
    table = Table(
        ("id", "date", "from", "memory"),
        [(row.id[-8:], day(row.created), linked(row), row.opening) for row in rows],
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
    if record.kind == "fix":
        blocks += fix_blocks(record)
    elif record.prompt is not None:
        partial = " (partial)" if PARTIAL in record.tags else ""
        blocks += [Line("asked", quiet=True), Text(record.prompt), Line(f"answered{partial}", quiet=True)]
        blocks.append(Text(record.response or ""))
    else:
        blocks.append(Text(record.text))
    return Page(blocks)


def fix_blocks(record: Record) -> list[Block]:
    """Show a fix: its error, where and when it was mended, and the code before and after."""
    error, _, _ = (record.outputs or "").partition("\n\nRaised at:\n")
    how = _MENDED.get(str(record.source.get("how")), "mended")
    place = record.source.get("notebook")
    told = " · ".join(
        filter(None, (f"{how} on {day(record.created)}", f"in {place}" if place else "", f"fix {record.short_id}"))
    )
    return [
        Text(error),
        Line(told, quiet=True),
        Beside("before", record.prompt or "", "after", record.code or ""),
    ]


_MENDED = {"before": "mended by running something first,", "install": "mended by installing a package,"}


def prompt_page(prompt: Prompt, notices: Sequence[str]) -> Page:
    """Show exactly what would be sent, message by message."""
    head = f"Not sent. {prompt.model} ({prompt.server}): about {prompt.tokens:,} of {prompt.window:,} tokens."
    blocks: list[Block] = [Line(head, quiet=True), *lines(filter(None, [in_words(prompt.dropped), *notices]))]
    for message in prompt.messages:
        blocks += [Line(message.role, quiet=True), Text(message.content)]
    return Page([*blocks, sources(prompt.recalled)] if prompt.recalled else blocks)


def lines(notices: Iterable[str]) -> list[Line]:
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
    count = record.source.get("execution_count")
    cell = f" [{count}]" if count and "notebook" in record.source else ""
    if place and record.kind == "document":
        place = ", ".join([near(str(place)), *_within(record.source)])
    return f"{record.kind}, {place}{cell}" if place else record.kind


def near(path: str) -> str:
    """Write a path as it is shortest from here, or from the user's home."""
    for folder, written in ((os.getcwd(), ""), (os.path.expanduser("~"), "~" + os.sep)):  # noqa: PTH109, PTH111  # Path's own raises where there is none
        start = os.path.join(folder, "")  # noqa: PTH118  # a text, as the path is
        if path.startswith(start):
            return written + path[len(start) :]
    return path


def _within(source: Mapping[str, str | int]) -> list[str]:
    """Say where in its file a part of a document is."""
    return [
        str(source[name]) if name == "section" else f"{name} {source[name]}"
        for name in ("page", "cell", "line", "section")
        if name in source
    ]
