"""Tells a reasoning model's thoughts from its answer, where both come in one stream of text.

Such models write ``<think>…</think>`` before they answer. Servers that know the model cut that out themselves; the
others pass it on as it is. The tags arrive in pieces, and where the chat template has already opened the thought, only
its end is ever seen.
"""

from __future__ import annotations

import re

from memo_jupyter.types import Delta

OPEN, CLOSE = "<think>", "</think>"

_THINKERS = re.compile(r"deepseek-?r1|\br1\b|\bqwq\b|thinking", re.IGNORECASE)


def thinks_at_once(model: str) -> bool:
    """Tell, from a model's name, whether its chat template is one that opens the thought itself."""
    return bool(_THINKERS.search(model))


def unopened(text: str) -> bool:
    """Tell whether `text`, a whole answer, has a thought's end at the end of a line but not its beginning."""
    before, close, after = text.partition(CLOSE)
    return bool(close) and OPEN not in before and after.lstrip(" \t\r")[:1] in ("", "\n")


class Thinking:
    """Splits the text of one answer, piece by piece; how it was cut into pieces makes no difference.

    Parameters
    ----------
    opened : bool
        Whether the chat template has opened the thought. If its end then never comes, the model did not think, and
        `finish` gives the whole text again, as the answer.
    """

    def __init__(self, *, opened: bool = False) -> None:
        self._opened = opened
        self._state = "start"
        self._held = ""  # what may yet become a tag
        self._thought: list[str] = []
        self._blank = True  # nothing but white space has come since the last tag

    def feed(self, text: str) -> Delta:
        """Take the next piece; give what it is now certain to be."""
        self._held += text
        answer, thought = "", ""
        if self._state == "start":
            self._begin()
        if self._state == "thinking":
            thought = self._think()
        if self._state == "answering":
            answer = self._answer()
        return Delta(answer, thought)

    def told_apart(self) -> None:
        """Take note that the server sends thoughts apart, so that what comes as text is the answer."""
        if self._state == "start":
            self._opened = False

    def finish(self, *, cut: bool = False) -> Delta:
        """End the text; give what was held back.

        Parameters
        ----------
        cut : bool
            Whether the answer was cut short, so that a thought without an end means nothing.
        """
        held, self._held = self._held, ""
        if self._state == "start":
            return Delta(held)
        if self._state == "thinking":
            if self._opened and not cut:
                return Delta("".join([*self._thought, held]), held)
            return Delta("", held)
        return Delta(held)

    def _begin(self) -> None:
        start = self._held.lstrip()
        if start.startswith(OPEN):
            self._state, self._opened = "thinking", False
            self._held, self._blank = start[len(OPEN) :], True
        elif not OPEN.startswith(start):
            self._state = "thinking" if self._opened else "answering"
            self._blank = self._opened

    def _think(self) -> str:
        thought, close, rest = self._held.partition(CLOSE)
        kept = 0 if close else _beginning_of(CLOSE, thought)
        self._held = rest if close else thought[len(thought) - kept :]
        thought = thought[: len(thought) - kept]
        self._thought.append(thought)
        if self._blank:
            thought = thought.lstrip()
            self._blank = not thought
        if close:
            self._state, self._blank = "answering", True
        return thought

    def _answer(self) -> str:
        if self._blank:  # some models end their thought twice
            self._held = self._held.lstrip()
            while self._held.startswith(CLOSE):
                self._held = self._held[len(CLOSE) :].lstrip()
            if CLOSE.startswith(self._held):
                return ""
            self._blank = False
        answer, self._held = self._held, ""
        return answer


def _beginning_of(tag: str, text: str) -> int:
    """Tell how many of the last characters of `text` may be the beginning of `tag`."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:size])), 0)
