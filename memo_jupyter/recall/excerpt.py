"""The part of a memory that is shown: a short stretch around the words that were asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memo_jupyter.index.analysis import telling

if TYPE_CHECKING:
    from memo_jupyter.types import Record

LENGTH = 240
"""Characters of an excerpt, at the most."""

_LED_TO = " → "
"""Stands between a cell's code and what it showed."""


def excerpt_of(record: Record, start: int, end: int, query: str) -> str:
    """Cut an excerpt from ``record.text[start:end]``; of a cell's code, beside what it showed.

    Code has most of a question's words, and the outputs have the answer: so each has its share.
    """
    head = len(record.code or "") if record.kind == "cell" else 0
    end = end if end > head else len(record.text)  # what a long cell showed stands in another piece
    if start >= head or not record.text[head:end].strip():
        return excerpt(record.text, start, min(end, head) if start < head else end, query)
    name = str(record.source.get("error") or "")
    said = record.text.find(f"\n{name}: ", head, end) if name else -1
    led_to = record.text[said:end] if said >= 0 else ""  # an error is told by its words, which lead it
    code, shown = (len(" ".join(one.split())) for one in (record.text[start:head], record.text[head:end]))
    room = LENGTH - len(_LED_TO)
    share = min(code, max(room // 2, room - shown))
    return _LED_TO.join(
        [
            excerpt(record.text, start, head, query, share),
            excerpt(led_to or record.text[head:end], 0, end, "" if led_to else query, room - share),
        ]
    )


def excerpt(text: str, start: int, end: int, query: str, length: int = LENGTH) -> str:
    """Cut from ``text[start:end]`` the stretch of `length` characters with the most words of `query`, on one line."""
    chunk = " ".join(text[start:end].split())
    if len(chunk) <= length:
        return chunk
    words = telling(query)
    found = [
        (match.start(), word)
        for match in re.finditer(r"\w+", chunk)
        if (word := _begun(match.group().lower(), words)) is not None
    ]

    def worth(place: int) -> tuple[int, int]:
        after = [word for other, word in found if place <= other < place + length]
        return len(set(after)), len(after)  # the same word again says little

    # Each word found may open the stretch; the best one has the most of them after it.
    begin = max((place for place, _ in found), key=worth, default=0)
    begin = max(0, min(begin - length // 6, len(chunk) - length))
    stretch = chunk[begin : begin + length]
    if begin:
        stretch = "… " + stretch.partition(" ")[2]
    if begin + length < len(chunk):
        stretch = stretch.rpartition(" ")[0] + " …"
    return stretch


def _begun(word: str, words: list[str]) -> str | None:
    # The first letters stand for the stem: the index stems both sides, and this only places the excerpt.
    return next((other for other in words if word.startswith(other[: max(4, len(other) - 2)])), None)
