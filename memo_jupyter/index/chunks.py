"""Where a long text is cut, so that the embedding model reads all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.tokens import estimated

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 10_000  # characters
_ENDS = ("\n\n", "\n", ". ", " ")  # where a block may end, best first


def cut(text: str, max_tokens: int) -> list[tuple[int, int]]:
    """Cut `text` at paragraphs, sentences or words into pieces that a model of `max_tokens` reads whole.

    Returns
    -------
    list of (int, int)
        Start and end of each piece, in characters; a text of nothing but white space has none.
    """
    if not text.strip():
        return []
    # A margin, since the tokens are estimated, and the model adds two of its own.
    capacity = int(max_tokens * 0.8)
    if estimated(text) <= capacity:
        return [(0, len(text))]
    from semantic_text_splitter import TextSplitter  # noqa: PLC0415  # 18 MB that short texts never need

    splitter = TextSplitter.from_callback(estimated, capacity)
    return [
        (start + first, start + first + len(piece))
        for start, end in _blocks(text)
        for first, piece in splitter.chunk_indices(text[start:end])
    ]


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Cut a long text roughly, since the time that the splitter takes grows with the square of a text without lines."""
    start = 0
    while len(text) - start > _BLOCK:
        window = text[start + _BLOCK // 2 : start + _BLOCK]
        ends = (window.rfind(mark) + len(mark) for mark in _ENDS if mark in window)
        end = start + _BLOCK // 2 + next(ends, len(window))
        yield start, end
        start = end
    yield start, len(text)
