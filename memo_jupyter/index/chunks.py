"""Where a long text is cut, so that the embedding model reads all of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from memo_jupyter.errors import EmbeddingModelMissing
from memo_jupyter.tokens import at_most, estimated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.types import Record

    Spans = list[tuple[int, int]]

_SHARE = 0.85
"""Of what the model reads, the share that is filled at first: so that a small rest has room beside it."""

_REST = 0.06
"""Of what the model reads, the share below which a piece does not stand alone: a heading without its paragraph."""

_HEADING = re.compile(r"\s*#{1,6}\s")
_NEXT_HEADING = re.compile(r"^#{1,6}\s", re.MULTILINE)

_CODE, _MARKDOWN, _OUTPUT = "code", "Markdown", "output"

_BLOCK = 10_000  # characters
_ENDS = ("\n\n", "\n", ". ", " ")  # where a block may end, best first
_LONGEST = 24
"""Characters that a piece may have for each token: a model takes a thousand letters without a space for one token."""


class Cutter:
    """Cuts texts for one embedding model: notes by their Markdown, code by its syntax.

    Parameters
    ----------
    embedder : Embedder
        Only what describes it is used; without a `tokenizer`, tokens are estimated.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._splitters: dict[tuple[str, bool], Any] = {}  # by kind, and whether tokens are estimated

    def spans(self, record: Record) -> Spans:
        """Give start and end of each piece of a record's text, in characters.

        Where the record has vectors from this model, those say how it was cut, whatever would be done today.
        """
        spans = [(one.start, one.end) for one in record.vectors]
        if spans and self._made(record.embedder) and self.holds(record.text, spans):
            return spans
        return self.cut(record.text, record.code)

    def _made(self, fingerprint: str | None) -> bool:
        try:
            return fingerprint == self._embedder.fingerprint
        except EmbeddingModelMissing:  # whichever it will be, it is most likely the same
            return True

    def holds(self, text: str, spans: Spans) -> bool:
        """Tell whether `spans` are in order, not too long for the model, and leave out nothing but white space."""
        here = 0
        for start, end in spans:
            if not here <= start < end <= len(text) or text[here:start].strip():
                return False
            if end - start > self._longest:
                return False
            here = end
        return not text[here:].strip()

    def cut(self, text: str, code: str | None = None) -> Spans:
        """Cut `text` into pieces that the model reads whole; a text of nothing but white space has none.

        Parameters
        ----------
        text : str
        code : str, optional
            What stands at the beginning of `text` and is Python, as in a cell.
        """
        if not text.strip():
            return []
        if at_most(text) <= self._room or (len(text) <= self._longest and self._count(text) <= self._room):
            return [(0, len(text))]
        head = len(code) if code and text.startswith(code) else 0
        rest = _OUTPUT if head else _MARKDOWN
        return self._joined(text, [*self._pieces(text, 0, head, _CODE), *self._pieces(text, head, len(text), rest)])

    def _pieces(self, text: str, start: int, end: int, kind: str) -> Iterator[tuple[int, int]]:
        if not text[start:end].strip():
            return
        splitter = self._splitter(kind)
        for first, last in _blocks(text, start, end):
            for offset, piece in splitter.chunk_indices(text[first:last]):
                begin, stop = first + offset, first + offset + len(piece)
                middle = _next_section(text, begin, stop) if kind == _MARKDOWN else stop
                for one, until in ((begin, middle), (middle, stop)):
                    for place in range(one, until, self._longest):
                        yield place, min(place + self._longest, until)

    def _joined(self, text: str, spans: Spans) -> Spans:
        """Put what is too small to say anything to what follows it, or else to what stands before it.

        Not across a heading: the end of one section says nothing of the next.
        """
        left = list(spans)
        joined: Spans = []
        while left:
            start, end = left.pop(0)
            if self._count(text[start:end]) < self._room * _REST:
                if left and not _HEADING.match(text, left[0][0]) and self._fits(text, start, left[0][1]):
                    left[0] = start, left[0][1]
                    continue
                if joined and not _HEADING.match(text, start) and self._fits(text, joined[-1][0], end):
                    joined[-1] = joined[-1][0], end
                    continue
            joined.append((start, end))
        return joined

    def _fits(self, text: str, start: int, end: int) -> bool:
        return end - start <= self._longest and self._count(text[start:end]) <= self._room

    @property
    def _room(self) -> int:
        """How many tokens of a text the model reads: it adds one before and one after."""
        return self._embedder.max_tokens - 2

    @property
    def _longest(self) -> int:
        return _LONGEST * self._embedder.max_tokens

    def _count(self, text: str) -> int:
        tokenizer = self._tokenizer()
        return estimated(text) if tokenizer is None else len(tokenizer.encode(text, add_special_tokens=False))

    def _tokenizer(self) -> Any:
        return getattr(self._embedder, "tokenizer", None)

    def _splitter(self, kind: str) -> Any:
        tokenizer = self._tokenizer()
        known = self._splitters.get((kind, tokenizer is None))
        if known is None:
            known = self._splitters[kind, tokenizer is None] = _splitter(kind, tokenizer, int(self._room * _SHARE))
        return known


def _splitter(kind: str, tokenizer: Any, capacity: int) -> Any:
    import semantic_text_splitter as splitters  # noqa: PLC0415  # 18 MB that short texts never need

    made: Any = {_CODE: splitters.CodeSplitter, _MARKDOWN: splitters.MarkdownSplitter}.get(kind, splitters.TextSplitter)
    language: tuple[object, ...] = ()
    if kind == _CODE:
        import tree_sitter_python  # noqa: PLC0415  # as above

        language = (tree_sitter_python.language(),)
    if tokenizer is None:
        return made.from_callback(*language, estimated, capacity)
    return made.from_huggingface_tokenizer(*language, tokenizer, capacity)


def _next_section(text: str, start: int, end: int) -> int:
    """Tell where the next section begins in a piece that begins in the midst of one; its end if in none.

    The splitter fills a piece up with what comes next, whatever that speaks of.
    """
    if _HEADING.match(text, start):
        return end  # whole sections, side by side
    for found in _NEXT_HEADING.finditer(text, start, end):
        if text.count("```", start, found.start()) % 2 == 0:  # in code it is a comment
            return found.start()
    return end


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a long text roughly, since the time that the splitter takes grows with the square of a text without lines."""
    while end - start > _BLOCK:
        window = text[start + _BLOCK // 2 : start + _BLOCK]
        ends = (window.rfind(mark) + len(mark) for mark in _ENDS if mark in window)
        middle = start + _BLOCK // 2 + next(ends, len(window))
        yield start, middle
        start = middle
    yield start, end
