"""Which language model answers: the one named, else the first of the local servers, else the one that quotes."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from memo_jupyter.errors import LLMError, UnknownModel
from memo_jupyter.llm.discovery import choose, find_servers
from memo_jupyter.llm.gguf import SUFFIX, GgufFiles, file_of
from memo_jupyter.llm.quote import QuoteModel
from memo_jupyter.types import QUOTE

if TYPE_CHECKING:
    from memo_jupyter.config import Settings
    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.llm.base import ChatModel
    from memo_jupyter.llm.discovery import Server


_SMALLEST = 4096
"""Tokens of the smallest window that is asked for, where that is memo's to choose."""


class Models:
    """The language models that can be asked.

    Servers are looked for when the first question is asked, and again when `look_again` says so or a setting of theirs
    has changed: looking takes longer than the rest of making a question ready.

    Parameters
    ----------
    settings : Settings
    embedder : Embedder
        What the quote model compares sentences with.
    """

    def __init__(self, settings: Settings, embedder: Embedder) -> None:
        self._settings = settings
        self._quote = QuoteModel(embedder)
        self._files = GgufFiles()
        self._lock = threading.Lock()
        self._servers: list[Server] = []
        self._ready: dict[str, ChatModel] = {}
        self._windows: dict[str, int] = {}
        self._looked_with: object = None

    def pick(self, wanted: str) -> ChatModel:
        """Give the model of that name, or of which it is an unmistakable part; for none, the first there is.

        The path of a GGUF file gives that file, run in this process.

        Raises
        ------
        UnknownModel
            There is no such model; the message lists those there are.
        LLMError
            The server at `base_url` cannot be asked, or none of those found can, or the file cannot be run.
        """
        if wanted == QUOTE:
            return self._quote
        if wanted.lower().endswith(SUFFIX) and not self._is_served(wanted):
            return self._files.open(wanted, self._settings.window)
        known = self._servers
        servers = self._found()
        if not servers and not wanted:
            return self._quote
        if not servers:
            raise UnknownModel(
                f"No language model's server is running here, so there is no {wanted!r}. Start one, or take the model "
                f"{QUOTE}, which quotes your memories."
            )
        try:
            return self._chosen(servers, wanted)
        except UnknownModel:
            if servers is not known:  # they have just been looked for
                raise
        self.look_again()  # it may have been fetched since
        return self._chosen(self._found(), wanted)

    def names(self) -> list[str]:
        """Name all models that can be asked."""
        return [*dict.fromkeys(name for server in self._found() for name in server.models), QUOTE]

    def servers(self) -> list[Server]:
        """List the servers that were found, as `find_servers` gives them."""
        return self._found()

    def others(self) -> list[Server]:
        """List the servers on the usual ports besides the one that `base_url` names; none of them is asked anything."""
        if not self._settings.base_url:
            return []
        named = {server.base_url for server in self._servers}
        return [one for one in find_servers(timeout=self._settings.timeout) if one.base_url not in named]

    def window_for(self, model: str, needed: int, most: int) -> int:
        """Tell how long a window to ask for, where that is memo's to choose, for a prompt that needs so many tokens.

        Ollama loads a model anew whenever its window changes, which takes seconds. So there are few sizes, and it is
        never less than before.
        """
        size = _SMALLEST
        while size < needed:
            size *= 2
        with self._lock:
            self._windows[model] = max(self._windows.get(model, 0), min(size, most))
            return self._windows[model]

    def look_again(self) -> None:
        """Forget what was found, so that servers that have come or gone are noticed."""
        with self._lock:
            self._servers = []
            self._ready.clear()

    def close(self) -> None:
        """Give back the memory of the models that run in this process."""
        self._files.close()

    def _is_served(self, wanted: str) -> bool:
        """Tell whether it is a server's name for a model: some call their models by the files they are in."""
        if file_of(wanted).exists():  # then no server is looked for, but one that was found goes first
            return any(wanted in server.models for server in self._servers)
        with contextlib.suppress(LLMError):
            return any(wanted.lower() in name.lower() for server in self._found() for name in server.models)
        return False

    def _chosen(self, servers: list[Server], wanted: str) -> ChatModel:
        with self._lock:
            if wanted not in self._ready:
                server, name = choose(servers, wanted)
                self._ready[wanted] = server.chat_model(name)
            return self._ready[wanted]

    def _found(self) -> list[Server]:
        chosen = self._settings
        looking_with = (chosen.base_url, tuple(chosen.allow_hosts), chosen.api_key, chosen.timeout)
        with self._lock:
            # None that can be asked is looked for again each time: one may have been started, or be ready by now.
            if not any(server.models for server in self._servers) or looking_with != self._looked_with:
                self._ready.clear()
                self._servers = find_servers(
                    chosen.base_url,
                    allow_hosts=chosen.allow_hosts,
                    api_key=chosen.api_key,
                    timeout=chosen.timeout,
                )
                self._looked_with = looking_with
            return self._servers
