"""What was seen of a cell while it ran: plain values, handed from the notebook to the background."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Stream:
    """What a cell printed in a row to one stream.

    Attributes
    ----------
    name : str
        `stdout` or `stderr`.
    head, tail : str
        Its beginning and its end; the tail is empty where the head is all.
    left_out : int
        The characters between them that were not kept.
    """

    name: str
    head: str
    tail: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A value that a cell showed: its last one, or one that it displayed.

    Attributes
    ----------
    head, tail, left_out
        Its plain form, as in `Stream`.
    mime : str
        What that form is: `text/plain`, or `text/markdown`, `text/latex`, `text/html` where there is no telling plain
        one.
    detail : str
        What the plain form leaves out: a table's shape and types, a figure's titles and labels.
    picture : bytes or str or None
        A picture that was shown, as PNG or JPEG, whole; a str is its base64.
    """

    head: str
    tail: str = ""
    left_out: int = 0
    mime: str = "text/plain"
    detail: str = ""
    picture: bytes | str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Raised:
    """An error that a cell raised.

    Attributes
    ----------
    name, message : str
        The exception's class and words.
    traceback : str
        As it was shown, without colours, and without the midst of a very long one.
    """

    name: str
    message: str
    traceback: str


Output = Stream | Shown | Raised


@dataclass(frozen=True, slots=True)
class Seen:
    """A cell that was executed.

    Attributes
    ----------
    code : str
        As it was written.
    outputs : tuple of Stream, Shown or Raised
        In the order in which they were shown.
    started : datetime
        UTC.
    seconds : float
        How long it ran.
    place : mapping
        Where it stands: `notebook`, `cell`, `execution_count`, as far as the front end says.
    session : str
        The kernel's life that it ran in.
    folder : str
        The kernel's working directory.
    """

    code: str
    outputs: tuple[Output, ...]
    started: datetime
    seconds: float
    place: Mapping[str, str | int]
    session: str
    folder: str

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return 500 + len(self.code) + sum(map(_size, self.outputs))

    @property
    def error(self) -> Raised | None:
        """The error that it ended with, if it did."""
        return next((one for one in reversed(self.outputs) if isinstance(one, Raised)), None)

    @property
    def notebook(self) -> str | None:
        """The notebook that it stands in."""
        name = self.place.get("notebook")
        return name if isinstance(name, str) else None

    @property
    def cell(self) -> str | None:
        """The cell's id."""
        name = self.place.get("cell")
        return name if isinstance(name, str) else None


def _size(output: Output) -> int:
    if isinstance(output, Raised):
        return 200 + len(output.message) + len(output.traceback)
    size = 200 + len(output.head) + len(output.tail)
    return size + len(output.detail) + len(output.picture or "") if isinstance(output, Shown) else size
