"""What a command is, and what it is handed; the table of them is in `commands`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from memo_jupyter.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from memo_jupyter.arguments import Flag
    from memo_jupyter.engine import Memo
    from memo_jupyter.types import Doing
    from memo_jupyter.views import Page


class Face(Protocol):
    """Where a command was typed.

    Attributes
    ----------
    prefix : str
        What stands before a command's word there.
    """

    prefix: str

    def progress(self, step: str, fraction: float) -> None:
        """Show how far a long command has come: what it does now, and the share of the whole that is done."""
        ...

    def ask(self, memo: Memo, prompt: str, given: Mapping[str, Any]) -> None:
        """Ask a question and show the answer as it arrives; `given` holds the values of `ASK_FLAGS`."""
        ...

    def doing(self) -> Doing:
        """Tell what the user is doing there, as far as that can be known."""
        ...

    def place(self) -> Mapping[str, str | int]:
        """Tell where it was typed, as the `source` of what is remembered there."""
        ...

    def next_cell(self, code: str) -> str:
        """Put code into the next cell, and say so in a line; an empty one where there are no cells."""
        ...

    def history(self) -> Path:
        """Tell in which file IPython keeps the history of this profile."""
        ...

    def agreed(self, page: Page, question: str) -> bool | None:
        """Show `page`, then ask the user a question that is answered by yes or no; None if no one can be asked."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """What was typed after a command's word.

    Attributes
    ----------
    given : mapping
        The flags' values, by `dest`.
    text : str
        What was typed besides flags, untouched.
    words : sequence of str
        The same as a shell has split it; empty elsewhere.
    """

    given: Mapping[str, Any]
    text: str
    face: Face
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes
    ----------
    word : str
        What is typed.
    takes : str
        What follows it, for the help; empty for nothing. `ID…`, `WORD`, `NAME`, `MODEL` and `PATH…` are completed, in
        brackets
        too.
    summary : str
        What it does, in one line.
    run : callable
        Carries it out and gives what is shown, or None if it has shown it.
    flags : tuple of Flag
    details : str
        More for its own help page.
    """

    word: str
    takes: str
    summary: str
    run: Callable[[Memo, Call], Page | None]
    flags: tuple[Flag, ...] = ()
    details: str = field(default="", repr=False)

    def usage(self, prefix: str) -> str:
        """How it is typed."""
        return " ".join([prefix, self.word, *(f"[{flag.usage}]" for flag in self.flags), self.takes]).strip()


def ids_of(call: Call) -> Sequence[str]:
    """List the ids that were typed.

    Raises
    ------
    BadInput
        There are none.
    """
    ids = call.text.replace(",", " ").split()
    if not ids:
        raise BadInput(f"Which memory? Give its id; {call.face.prefix} list shows them.")
    return ids
