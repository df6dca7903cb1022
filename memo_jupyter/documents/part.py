"""What a reader makes of a file: parts, each a text and where it stands; or one line that says why not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MB = 1_000_000

MOST_BYTES = 100 * MB
"""Of a file, and of what is unpacked from one: more is a mistake, or meant to do harm."""

LONGEST = 20_000
"""Characters of a part, unless its file says otherwise: a record is read whole whenever it is recalled."""


class Unreadable(Exception):
    """A file cannot be read; the message says why, and stands after the file's name."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file that becomes one record.

    Attributes
    ----------
    text : str
    where : mapping
        Its place in the file: `page`, `cell` and `line` count from 1, `section` is the heading above it.
    code, outputs : str or None
        The two sides of a notebook's cell; `text` is both. Of a Python file, `code` is all of it.
    tags : tuple of str
    """

    text: str
    where: Mapping[str, str | int] = field(default_factory=dict)
    code: str | None = None
    outputs: str | None = None
    tags: tuple[str, ...] = ()


ALIVE = Part("")
"""What a reader gives from time to time while it is at something long, so that it is not given up; no record."""

Parts = Iterator[Part]


def digest(data: bytes) -> str:
    """Give the checksum that tells whether a file, or a part of it, has changed."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()
