"""The names that imported conversations have here: their titles, and no two the same.

Which conversation a name belongs to is read from the memories that are here, so that it stays whatever is imported
next, and in whatever order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.characters import whole
from memo_jupyter.imports.conversation import as_it_is, digest_of
from memo_jupyter.index.rows import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memo_jupyter.imports.conversation import Clean, Conversation
    from memo_jupyter.opened import Opened

_LONGEST = 120  # characters of a title


class Threads:
    """Names for the conversations that are imported into one store.

    Parameters
    ----------
    parts : Opened
    clean : callable
        What a title goes through before it is kept.
    """

    def __init__(self, parts: Opened, clean: Clean = as_it_is) -> None:
        self._parts = parts
        self._clean = clean
        self._given: dict[str, bytes] = {}

    def name(self, conversation: Conversation) -> str:
        """Name a conversation: the title, and where another has it, the day and more."""
        mine = digest_of(conversation.app, conversation.key)
        for name in self._names(conversation):
            if self._given.get(name) == mine or (name not in self._given and not self._is_anothers(name, conversation)):
                self._given[name] = mine
                return name
        raise AssertionError  # the last name holds the conversation's own digest

    def _names(self, conversation: Conversation) -> Iterator[str]:
        title = whole(" ".join(self._clean(conversation.title).split()))[:_LONGEST].strip()
        title = title or f"{conversation.app} conversation"
        yield title
        if conversation.began:
            yield f"{title} ({conversation.began:%Y-%m-%d})"
            yield f"{title} ({conversation.began:%Y-%m-%d %H:%M})"
        while True:
            title = f"{title} {digest_of(conversation.app, conversation.key).hex()[:8]}"
            yield title

    def _is_anothers(self, name: str, conversation: Conversation) -> bool:
        """Tell whether there are memories of that thread, and none of this conversation among them."""
        key = whole(self._clean(conversation.key))
        if key and self._parts.rows(Filter(thread=name, source=key), 1):
            return False
        return bool(self._parts.rows(Filter(thread=name), 1))
