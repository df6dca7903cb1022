"""What of a Markdown text can be quoted: sentences, items of lists, rows of tables, pieces of code.

Each can be read alone: a row comes with its header, an item with the line that leads to it, and a sentence that leans
on the one before comes with that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memo_jupyter.llm.passage import OUTPUT, TABLE, Passage
from memo_jupyter.llm.sentences import asks, item, leans, plain, sentences
from memo_jupyter.llm.statements import of_code

if TYPE_CHECKING:
    from collections.abc import Iterator

_TINY = 25
"""Characters of a sentence that says little itself: "Yes." comes with what follows it."""

_HEADING, _ITEM, _PROSE = "#", "*", "."
"""Kinds of blocks; those of code are named for their language."""

_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*(\w[\w+#.-]*)?")
_TITLE = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
_ROW = re.compile(r"\s*\|.*\|\s*$")
_RULE = re.compile(r"[\s|:+=-]+$")


def of_text(text: str, before: str = "") -> Iterator[Passage]:
    """Read Markdown, a block at a time; `before` is what the first sentence may lean on."""
    heading, leading = "", ""
    for kind, block in _blocks(text):
        if kind == _HEADING:
            heading, leading, before = block, "", ""
        elif kind == TABLE:
            before = ""
            yield from _of_table(block.split("\n"), heading)
        elif kind == _ITEM:
            before = ""
            for one in _of_prose(block.replace("\n", " "), heading, ""):
                yield Passage(f"{leading} {one.text}".strip(), f"{leading} {one.shown}".strip(), "", heading)
        elif kind == _PROSE:
            yield from _of_prose(block, heading, before)
            last = sentences(block)[-1:]
            leading = last[0] if last and last[0].endswith(":") else ""
            before = last[0] if last else before
        else:
            before = ""
            yield from of_code(block, kind, heading or leading)


def _of_prose(block: str, heading: str, before: str) -> Iterator[Passage]:
    """Give the sentences of a paragraph, each with those before it that it leans on; `before` stands before them all.

    A question that one answers is shown with it, but what it says itself is what answers.
    """
    found = sentences(block)
    said, short = "", False  # what the next sentence may need, and whether that says too little alone
    for place, one in enumerate(found):
        if asks(one):
            before, said, short = one, "", False
            continue
        tiny = len(one) < _TINY and leans(one)  # "Yes.": what follows says more
        own = f"{said} {one}".strip() if said and (short or leans(one)) else one
        shown = f"{before} {own}" if before and leans(own) else own
        if not one.endswith(":") and not (tiny and place + 1 < len(found) and not asks(found[place + 1])):
            yield Passage(own, shown, "", heading or (before if asks(before) else ""))
        if not leans(own):
            before = ""
        said, short = own if tiny else one, tiny


def _of_table(lines: list[str], heading: str) -> Iterator[Passage]:
    rows = [line.strip() for line in lines if not _RULE.match(line)]
    columns = max(1, rows[0].count("|") - 1) if rows else 0
    for row in rows[1:] or rows:
        shown = "\n".join(dict.fromkeys((rows[0], "|" + "---|" * columns, row)))
        yield Passage(" ".join(f"{rows[0]} {row}".replace("|", " ").split()), shown, TABLE, heading)


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Tell the blocks of a Markdown text apart: heading, table, item, prose, and code by its language."""
    lines = text.replace("\r\n", "\n").split("\n")
    kind, block = "", [""]
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        fence = _FENCE.match(line)
        if fence:
            if block[1:]:
                yield kind, "\n".join(block[1:])
            kind, block = "", [""]
            end = next((at for at in range(place, len(lines)) if lines[at].strip().startswith(fence[1])), len(lines))
            yield fence[2] or OUTPUT, "\n".join(lines[place:end])
            place = end + 1
            continue
        bare = plain(line)
        heading = _TITLE.match(bare)
        listed = item(bare)
        new = _HEADING if heading else TABLE if _ROW.match(line) else _ITEM if listed is not None else _PROSE
        goes_on = (kind == new and new in {_PROSE, TABLE}) or (kind == _ITEM and new == _PROSE and line[:1] == " ")
        if (not bare or not goes_on) and block[1:]:
            yield kind, "\n".join(block[1:])
            kind, block = "", [""]
        if bare:
            kind = kind or new
            block.append(heading[1] if heading else bare if listed is None else listed)
    if block[1:]:
        yield kind, "\n".join(block[1:])
