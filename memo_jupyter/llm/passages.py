"""What of a recalled memory can be quoted, each piece so that it can be read alone."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from memo_jupyter.llm.markup import of_text
from memo_jupyter.llm.passage import Passage
from memo_jupyter.llm.sentences import asks, sentences, wants
from memo_jupyter.llm.statements import of_cell, of_code
from memo_jupyter.types import QUOTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memo_jupyter.types import Hit, Record

_AROUND = 2000
"""Characters of a long text that are read on each side of what was found in it."""

_CITED = re.compile(r" ?\[[0-9]{1,2}\](?![(:\[\w])")
_CODE = frozenset(".py .r .jl .sql .sh .js .ts .c .cpp .h .rs .go .java .toml .yaml .yml .json .ini".split())
"""Files that are code, whatever their lines look like."""


def passages(hit: Hit) -> list[Passage]:
    """List what of a hit can be quoted, in order; a long text is read around what was found in it."""
    record = hit.record
    if record.author == QUOTE:  # a quote already
        return []
    if record.kind == "fix":  # what answers is the code that mended it; its two codes are no question and answer
        error = (record.outputs or "").partition("\n\n")[0]
        return list(of_cell(near(record.code or "", 0, 0), error))
    if record.prompt is not None:
        return list(_of_chat(record, hit.span))
    if record.code is not None or record.outputs is not None:
        code, output = record.code or "", record.outputs or ""
        begin = max(0, record.text.find(output, len(code)))
        return list(
            of_cell(near(code, *_inside(hit.span, 0, len(code))), near(output, *_inside(hit.span, begin, len(output))))
        )
    text = near(record.text, *hit.span)
    if PurePath(str(record.source.get("path", ""))).suffix.lower() in _CODE:
        return list(of_code(text))
    return list(of_text(text))


def near(text: str, start: int, end: int) -> str:
    """Cut a long text to whole lines around ``text[start:end]``."""
    first, last = max(0, start - _AROUND), min(len(text), end + _AROUND)
    if first:
        first = text.find("\n", first, start) + 1 or first
    if last < len(text) and "\n" in text[end:last]:
        last = text.rfind("\n", end, last)
    return text[first:last]


def _of_chat(record: Record, span: tuple[int, int]) -> Iterator[Passage]:
    asked, response = record.prompt or "", record.response or ""
    # What was asked is no answer, but what was told with it may be.
    yield from (one for one in of_text(near(asked, 0, 0)) if one.language or not wants(one.text))
    begin = max(0, record.text.find(response, len(asked)))
    question = next((one for one in reversed(sentences(asked)) if asks(one)), asked[-_AROUND:])
    for one in of_text(near(response, *_inside(span, begin, len(response))), question):
        about = f"{one.about} {question}" if one.about else question
        if one.language:
            yield Passage(one.text, one.shown, one.language, about)
        else:  # the numbers that a model cited by were those of another prompt
            yield Passage(_CITED.sub("", one.text), _CITED.sub("", one.shown), "", about)


def _inside(span: tuple[int, int], begin: int, length: int) -> tuple[int, int]:
    """Give the part of a span that lies in a text of some length which begins at `begin`."""
    return min(max(0, span[0] - begin), length), min(max(0, span[1] - begin), length)
