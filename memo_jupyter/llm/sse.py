"""Reads lines, and server-sent events, from the pieces in which a network delivers bytes.

httpx's own `iter_lines` ends a line at every character that Unicode calls a line break. U+2028 and U+0085 may stand
unescaped inside a JSON string, so that would tear an answer apart: here a line ends at CR, LF or CRLF and nowhere else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memo_jupyter.errors import BrokenReply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST_LINE = 16 * 2**20  # bytes: no server means that, and memory is finite
_END = re.compile(rb"\r\n|\r|\n")


def lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Give the lines of a body as soon as each is complete, without their ends.

    Raises
    ------
    BrokenReply
        A line is longer than 16 MB.
    """
    rest: list[bytes] = []
    size = 0
    after_return = False
    for arrived in pieces:
        # A CR ends its line at once, without waiting to see whether an LF follows in the next piece.
        piece = arrived[1:] if after_return and arrived.startswith(b"\n") else arrived
        after_return = arrived.endswith(b"\r") if arrived else after_return
        *complete, last = _END.split(piece)
        for line in complete:
            yield b"".join([*rest, line]).decode("utf-8", "replace")
            rest, size = [], 0
        if last:
            rest.append(last)
            size += len(last)
        if size > _LONGEST_LINE:
            raise BrokenReply("The server sent a line of more than 16 MB. Is it a language model's server?")
    if rest:
        yield b"".join(rest).decode("utf-8", "replace")


def events(source: Iterable[str]) -> Iterator[str]:
    """Give the data of each server-sent event.

    Format: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation. One thing is
    read more kindly: an event that the end of the stream cuts off is given too, since some servers leave out the last
    empty line.
    """
    data: list[str] = []
    for number, raw in enumerate(source):
        line = raw.removeprefix("\ufeff") if number == 0 else raw
        if not line:
            if data:
                yield "\n".join(data)
            data = []
            continue
        field, _, value = line.partition(":")  # a comment is a line with an empty field
        if field == "data":
            data.append(value.removeprefix(" "))
    if data:
        yield "\n".join(data)
