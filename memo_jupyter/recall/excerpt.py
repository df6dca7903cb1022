"""The part of a memory that is shown: a short stretch around the words that were asked for."""

from __future__ import annotations

import re

from memo_jupyter.index.analysis import telling

LENGTH = 240
"""Characters of an excerpt, at the most."""


def excerpt(text: str, start: int, end: int, query: str, length: int = LENGTH) -> str:
    """Cut from ``text[start:end]`` the stretch of `length` characters with the most words of `query`, on one line."""
    chunk = " ".join(text[start:end].split())
    if len(chunk) <= length:
        return chunk
    words = telling(query)
    found = [match.start() for match in re.finditer(r"\w+", chunk) if _begins(match.group().lower(), words)]
    # Each word found may open the stretch; the best one has the most of them after it.
    begin = max(found, key=lambda place: sum(place <= other < place + length for other in found), default=0)
    begin = max(0, min(begin - length // 6, len(chunk) - length))
    stretch = chunk[begin : begin + length]
    if begin:
        stretch = "… " + stretch.partition(" ")[2]
    if begin + length < len(chunk):
        stretch = stretch.rpartition(" ")[0] + " …"
    return stretch


def _begins(word: str, words: list[str]) -> bool:
    # The first letters stand for the stem: the index stems both sides, and this only places the excerpt.
    return any(word.startswith(other[: max(4, len(other) - 2)]) for other in words)
