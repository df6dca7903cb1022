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
    text : str
        Its plain form, or the Markdown or LaTeX that was shown.
    detail : str
        What the plain form leaves out: a table's shape and types, a figure's titles and labels.
    picture : bytes or None
        A picture that was shown, as PNG or JPEG, whole.
    left_out : int
        The characters at the end of `text` that were not kept.
    """

    text: str
    detail: str = ""
    picture: bytes | None = field(default=None, repr=False)
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Raised:
    """An error that a cell raised.

    Attributes
    ----------
    name, message : str
        The exception's class and words.
    traceback : str
        As it was shown, without colours, and capped.
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
