"""What the answers of all HTTP protocols have in common: they can be stopped, and always close their connection."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from memo_jupyter.errors import LLMError
from memo_jupyter.llm.plug import Plug, Stopped
from memo_jupyter.types import Delta, Usage

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


class HttpStream(ABC):
    """An answer that arrives over HTTP; see `Stream`.

    Attributes
    ----------
    usage : Usage
        Complete when the iteration ends.
    """

    def __init__(self) -> None:
        self.usage = Usage()
        self._plug = Plug()

    def __iter__(self) -> Iterator[Delta]:
        # Closing the inner generator leaves its `with` blocks, whatever ended the iteration: the end of the answer, an
        # error, KeyboardInterrupt, or nobody reading on.
        with contextlib.closing(self._deltas()) as deltas:
            try:
                for delta in deltas:
                    if self._plug.pulled:
                        return
                    if delta != Delta():
                        yield delta
            except (Stopped, LLMError):
                # What goes wrong on a connection that was closed on purpose is no news.
                if not self._plug.pulled:
                    raise

    def stop(self) -> None:
        """End the stream at once, from any thread; the iteration then ends without an error."""
        self._plug.pull()

    @abstractmethod
    def _deltas(self) -> Generator[Delta, None, None]:
        """Send the request, and read the answer until its end."""


def number(told: object) -> int | None:
    """Give a number of tokens as a server tells it; None for what is no whole number."""
    return told if isinstance(told, int) and not isinstance(told, bool) else None
