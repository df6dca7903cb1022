"""What was seen of a cell, written down as the text that is searched and shown."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from memo_jupyter.cells.raised import raised
from memo_jupyter.cells.seen import Raised, Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from memo_jupyter.cells.seen import Output

MARGIN = 4000
"""Characters that are heard beyond what is kept: what is cut there, such as half a secret, is not kept."""

_HEAD = 0.6
"""The share of what is kept that is its beginning."""

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_BACK = 100  # steps back that are followed
_BACKSPACE = re.compile(r"[^\x08\n]\x08")
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]{0,2000}>", re.DOTALL | re.IGNORECASE)
_SPACE = re.compile(r"[ \t]+")
_LINES = re.compile(r"\n\s*\n\s*")


def written(outputs: Sequence[Output], limit: int, clean: Callable[[str], str], pictures: Sequence[str] = ()) -> str:
    """Write a cell's outputs, in their order.

    Parameters
    ----------
    outputs : sequence of Stream, Shown or Raised
    limit : int
        The characters of it that are kept, of all outputs together.
    clean : callable
        Takes secrets out of a text.
    pictures : sequence of str
        What is said of the pictures among them, in their order: their sizes.
    """
    sizes = iter(pictures)
    parts = [_part(one, clean, sizes) for one in outputs]
    return _kept([(before, after, out) for before, after, out in parts if before or after], limit)


def _part(output: Output, clean: Callable[[str], str], sizes: Iterator[str]) -> tuple[str, str, int]:
    """Give beginning, end, and the characters left out between them."""
    if isinstance(output, Raised):
        return clean(raised(output.name, output.message, plain(output.traceback))), "", 0
    read = _READERS.get(output.mime, plain) if isinstance(output, Shown) else plain
    left_out = output.left_out
    if left_out:
        # What stands at the cut may be half of something: no further than the margin, at the end of a line.
        head, cut = _before_the_cut(clean(read(output.head)))
        tail, also = _after_the_cut(clean(read(output.tail)))
        left_out += cut + also
    else:  # beginning and end are one text: a secret may stand where they meet
        head, tail = clean(read(output.head + output.tail)), ""
    if isinstance(output, Shown):
        told = [f"[{next(sizes, 'figure')}]"] if output.picture is not None else []
        told += [f"[{clean(output.detail)}]"] if output.detail else []
        if output.picture is not None and head.startswith("<"):  # <Figure size 640x480 with 1 Axes>
            head = ""
        head = "\n".join(filter(None, [*told, head.strip("\n")]))
    return (head.rstrip("\n"), tail.rstrip("\n"), left_out)


def _before_the_cut(text: str) -> tuple[str, int]:
    kept = text[: max(0, len(text) - MARGIN)]
    return kept, len(text) - len(kept)


def _after_the_cut(text: str) -> tuple[str, int]:
    kept = text[MARGIN:]
    return kept, len(text) - len(kept)


def _kept(parts: Sequence[tuple[str, str, int]], limit: int) -> str:
    text = "\n".join(f"{head}{_mark(out)}{tail}" if out else head + tail for head, tail, out in parts)
    if len(text) <= limit:
        return text
    head = int(limit * _HEAD)
    head = text.rfind("\n", head // 2, head) + 1 or head
    end = len(text) - (limit - int(limit * _HEAD))
    end = text.find("\n", end, end + (len(text) - end) // 2) + 1 or end
    return f"{text[:head].rstrip()}{_mark(end - head)}{text[end:]}"


def _mark(number: int) -> str:
    return f"\n[… {number:,} characters left out …]\n"


def plain(text: str) -> str:
    """Give a text as a screen shows it: without colours, and a progress bar as it stood at the end."""
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.replace("\r\n", "\n").split("\n"))
    for _ in range(_BACK):
        if "\x08" not in text:
            break
        text = _BACKSPACE.sub("", text)
    return text


def _of_html(text: str) -> str:
    words = html.unescape(_TAGS.sub(" ", text))
    return _LINES.sub("\n", _SPACE.sub(" ", words)).strip()


_READERS = {"text/html": _of_html, "image/svg+xml": _of_html}
