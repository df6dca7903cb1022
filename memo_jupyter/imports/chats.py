"""The conversations in a file of another program: whose they are is told by what is in them, not by the file's name."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from memo_jupyter.errors import BadArchive
from memo_jupyter.imports import chatgpt, claude, jupyter_chat
from memo_jupyter.imports.conversation import LONGEST, Conversation, as_it_is, records
from memo_jupyter.imports.items import items
from memo_jupyter.imports.threads import Threads
from memo_jupyter.imports.zipped import ZIP, Unpacked, directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from memo_jupyter.imports.conversation import Clean
    from memo_jupyter.imports.items import Readable
    from memo_jupyter.opened import Opened
    from memo_jupyter.types import Record

_SHOWN = 60  # characters of a title that a problem shows


class Chats:
    """The conversations in one file.

    Parameters
    ----------
    parts : Opened
        The store they are brought into, which knows the names that are taken.
    path : Path
    stream : binary file
        What is in it.
    tell : callable
        Called with a line for each thing that cannot be taken.
    clean : callable
        What every text goes through before it is kept.

    Attributes
    ----------
    apps : list of str
        The programs whose conversations were found.
    conversations : int
        How many of them have been read that say anything.
    """

    def __init__(
        self, parts: Opened, path: Path, stream: BinaryIO, tell: Callable[[str], None], clean: Clean = as_it_is
    ) -> None:
        self._path = path
        self._stream = stream
        self._tell = tell
        self._clean = clean
        self._threads = Threads(parts, clean)
        self.apps: list[str] = []
        self.conversations = 0

    def records(self) -> Iterator[Record]:
        """Read the memories that they make, in the order of the file."""
        for conversation, file in self._all():
            if conversation.app not in self.apps:
                self.apps.append(conversation.app)
            named: list[str] = []  # at its first memory: a conversation that says nothing takes no name
            name = partial(self._named, conversation, named)
            for record, uncut in records(conversation, name, file, self._clean):
                if not uncut:
                    self._tell(f"{_titled(conversation)}: one of its texts was cut after {LONGEST:,} characters.")
                yield record

    def _named(self, conversation: Conversation, named: list[str]) -> str:
        if not named:
            named.append(self._threads.name(conversation))
            self.conversations += 1
        return named[0]

    def _all(self) -> Iterator[tuple[Conversation, str]]:
        self._stream.seek(0)
        packed = self._stream.read(len(ZIP)) == ZIP
        self._stream.seek(0)
        if not packed:
            yield from self._in_one(self._stream, self._path.name)
            return
        try:
            archive, listed = directory(self._stream)
            for about in listed:
                try:
                    yield from self._in_one(Unpacked(archive, about), about.filename)
                except BadArchive as error:
                    self._tell(f"{about.filename[-_SHOWN:]} {error}.")
        except BadArchive as error:
            self._tell(f"{error}.")

    def _in_one(self, stream: Readable, name: str) -> Iterator[tuple[Conversation, str]]:
        for number, item in enumerate(items(stream), 1):
            if item.problem:
                self._tell(f"Conversation {number:,} of {name[-_SHOWN:]} was left out: {item.problem}.")
                continue
            found = False
            for conversation in _read(item.value, PurePosixPath(name).stem):
                found = True
                yield conversation, self._path.name
            if not found and self.apps:
                self._tell(f"Conversation {number:,} of {name[-_SHOWN:]} was left out: memo does not know its form.")


def _read(value: Any, name: str) -> Iterator[Conversation]:
    if chatgpt.is_conversation(value):
        yield chatgpt.conversation(value)
    elif claude.is_conversation(value):
        yield claude.conversation(value)
    elif jupyter_chat.is_conversation(value):
        yield jupyter_chat.conversation(value, name)
    elif isinstance(value, dict) and isinstance(value.get("conversations"), list):  # some tools put a list of them so
        for one in value["conversations"]:
            if not isinstance(one, dict) or "conversations" not in one:
                yield from _read(one, name)


def _titled(conversation: Conversation) -> str:
    return f"“{' '.join(conversation.title.split())[:_SHOWN]}”"
