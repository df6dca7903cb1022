"""What was heard of a cell so far, bounded: the beginning and the end of each text, the first and the last of many."""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, Any

from memo_jupyter.cells.seen import Shown, Stream

if TYPE_CHECKING:
    from memo_jupyter.cells.seen import Output

_MOST = 64
"""Outputs that are kept of the beginning, and as many of the end."""

_PICTURE = 20_000_000
"""Bytes of a picture that is still looked at; of a larger one only the plain form is kept."""

_TELLING = ("text/markdown", "text/latex", "text/html", "image/svg+xml", "application/json")
"""Forms that say more than a plain one like ``<IPython.core.display.HTML object>``, the best first."""

_PICTURES = ("image/png", "image/jpeg")


class _Printed:
    """What is printed to one stream in a row; a cell may print a million times, so each costs as little as can be."""

    __slots__ = ("_full", "_head", "_left_out", "_limit", "_room", "_size", "_tail", "name")

    def __init__(self, name: str, limit: int) -> None:
        self.name = name
        self._limit = limit
        self._full = 4 * limit
        self._head: list[str] = []
        self._room = limit
        self._tail: list[str] = []
        self._size = 0
        self._left_out = 0

    def add(self, text: str) -> None:
        if self._room:
            head = text[: self._room]
            self._head.append(head)
            self._room -= len(head)
            rest = len(text) - len(head)
            if rest > self._limit:  # of megabytes, nothing but the end is copied
                self._left_out += rest - self._limit
                text = text[-self._limit :]
            else:
                text = text[len(head) :]
        self._tail.append(text)
        self._size += len(text)
        if self._size > self._full:
            self._compact()

    def output(self) -> Stream:
        self._compact()
        return Stream(self.name, "".join(self._head), "".join(self._tail), self._left_out)

    def _compact(self) -> None:
        """Keep no more than the end."""
        kept: list[str] = []
        wanted = self._limit
        while self._tail and wanted:
            piece = self._tail.pop()
            over = len(piece) - wanted
            if over > 0:
                self._left_out += over
                piece = piece[over:]
            kept.append(piece)
            wanted -= len(piece)
        self._left_out += sum(map(len, self._tail))
        self._tail = kept[::-1]
        self._size = self._limit - wanted


class Heard:
    """Outputs, in their order.

    Parameters
    ----------
    limit : int
        The characters of a text that are kept, of its beginning and of its end each.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._parts: list[_Printed | Output] = []
        self._displays: list[str | None] = []
        self._clear_next = False
        self._dropped = 0

    def stream(self, name: str, text: Any) -> None:
        """Take what was printed."""
        if not isinstance(text, str) or not text:
            return
        self._clear_if_due()
        last = self._parts[-1] if self._parts else None
        if not isinstance(last, _Printed) or last.name != name:
            last = _Printed(name, self.limit)
            self._add(last, None)
        last.add(text)

    def show(self, output: Output | None, display: str | None = None) -> None:
        """Take what was displayed, returned or raised."""
        if output is not None:
            self._clear_if_due()
            self._add(output, display)

    def update(self, display: str | None, output: Output | None) -> None:
        """Put something in the place of what was displayed under that name; another cell's is none of this one's."""
        for place, name in enumerate(self._displays):
            if name is not None and name == display and output is not None:
                self._parts[place] = output

    def clear(self, wait: bool) -> None:  # noqa: FBT001  # as IPython's own
        """Drop what was heard; with `wait`, once there is more."""
        self._clear_next = bool(wait)
        if not wait:
            self._parts.clear()
            self._displays.clear()
            self._dropped = 0

    def outputs(self) -> tuple[Output, ...]:
        """Give what was heard."""
        found = [part.output() if isinstance(part, _Printed) else part for part in self._parts]
        if self._dropped:
            found.insert(_MOST, Stream("stdout", f"[… {self._dropped:,} outputs left out …]\n"))
        return tuple(found)

    def _clear_if_due(self) -> None:
        if self._clear_next:
            self.clear(False)

    def _add(self, part: _Printed | Output, display: str | None) -> None:
        self._parts.append(part)
        self._displays.append(display)
        if len(self._parts) > 2 * _MOST:
            del self._parts[_MOST], self._displays[_MOST]
            self._dropped += 1


def shown(data: Any, detail: str, limit: int) -> Shown | None:
    """Take what is telling from the forms of a value, by MIME type."""
    if not isinstance(data, dict):
        return None
    mime, text = "text/plain", data.get("text/plain")
    if not isinstance(text, str) or (text.startswith("<") and text.endswith(" object>")):
        for other in _TELLING:
            if other in data:
                mime, text = other, data[other]
                break
    if not isinstance(text, str):
        text = reprlib.repr(text) if text is not None else ""
    picture = next((data[one] for one in _PICTURES if isinstance(data.get(one), (bytes, str))), None)
    if picture is not None and len(picture) > _PICTURE:
        picture = None
    if not text and picture is None and not detail:
        text = f"[{', '.join(map(str, data))}]"[:200]
    if len(text) <= 2 * limit:
        return Shown(text, mime=mime, detail=detail, picture=picture)
    return Shown(text[:limit], text[-limit:], len(text) - 2 * limit, mime, detail, picture)
