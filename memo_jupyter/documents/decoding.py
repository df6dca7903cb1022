"""Bytes that are said to be a text, as a text."""

from __future__ import annotations

import codecs

from memo_jupyter.characters import whole
from memo_jupyter.documents.part import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16's, which is how it begins
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOKED_AT = 8192
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\f\r")
_MANY = 0.4  # of every second byte: a text in European letters, written as UTF-16


def decoded(data: bytes, said: str = "") -> str:
    """Give the text, its lines ended by newlines alone.

    Parameters
    ----------
    data : bytes
    said : str
        The encoding that the file names, if it does.

    Raises
    ------
    Unreadable
        It is no text.
    """
    text = _decoded(data, said)
    return whole(text).replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, said: str) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    head = data[:_LOOKED_AT]
    if b"\0" in head:
        for place, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            half = head[place::2]
            if half.count(0) > _MANY * len(half) and not _CONTROLS.intersection(head[1 - place :: 2]):
                return data.decode(name, "replace")
        raise Unreadable("it is not a text, whatever its name says")
    for name in ("utf-8", said, "cp1252"):
        try:
            return data.decode(name or "utf-8")
        except (UnicodeDecodeError, LookupError):  # the last, where a file names an encoding that there is not
            continue
    return data.decode("latin-1")
