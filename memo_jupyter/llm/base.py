"""What the rest of memo asks of a language model, whichever server runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memo_jupyter.types import Delta, Options, Prompt, Usage


class Stream(Protocol):
    """An answer that is arriving. Iterate it once; `usage` is complete when it ends.

    Iterating raises the subclasses of `LLMError` that `ChatModel.stream` lists. Whatever way the iteration ends, its
    connection is closed: that is what makes a server stop.
    """

    usage: Usage

    def __iter__(self) -> Iterator[Delta]: ...

    def stop(self) -> None:
        """End the stream at once, from any thread; the iteration then ends without an error."""
        ...


class ChatModel(Protocol):
    """One language model, ready to be asked.

    Attributes
    ----------
    name : str
        As the server calls it.
    server : str
        Where it runs, in words a person reads: ``llama.cpp at http://127.0.0.1:8080``.
    window : int or None
        Its context window in tokens, None if the server does not tell.
    window_is_ours : bool
        Whether the caller chooses the window with each request (Ollama), up to `window`.
    """

    name: str
    server: str
    window: int | None
    window_is_ours: bool

    def count(self, text: str) -> int | None:
        """Tell how many tokens `text` is, exactly, or None if the server cannot tell."""
        ...

    def stream(self, prompt: Prompt, options: Options) -> Stream:
        """Send ``prompt.messages`` and stream the answer. The request leaves when the stream is first iterated.

        Raises
        ------
        ServerUnreachable, ServerTimeout, ServerRefused, PromptTooLong, BrokenReply
            When it is iterated.
        """
        ...
