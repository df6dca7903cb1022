"""What is done when a server does not take a question: each failure is mended once, a busy server waited for."""

from __future__ import annotations

import dataclasses
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from memo_jupyter.errors import LLMError, PromptTooLong, ServerRefused, ServerUnreachable
from memo_jupyter.llm.window import measured

if TYPE_CHECKING:
    from collections.abc import Callable

    from memo_jupyter.llm.base import ChatModel, Stream
    from memo_jupyter.llm.window import Room
    from memo_jupyter.types import Prompt

_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds to wait before a busy server is asked again, each time longer."""

_LONGEST = 30.0
"""Seconds: a server that wants to be left alone for longer is not waited for."""

_SPARE = 1.1
"""When the server finds a prompt too long, the next one is made that much shorter than it should need."""


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """A question on its way to a server.

    Attributes
    ----------
    prompt : Prompt
    stream : Stream
    after : float
        Seconds to wait before it is sent.
    told : str
        What the reader should know of why it is sent again; or nothing.
    """

    prompt: Prompt
    stream: Stream
    after: float = 0.0
    told: str = ""


class _Wait(NamedTuple):
    seconds: float
    told: str


class Attempts:
    """Makes the attempts of one question.

    Parameters
    ----------
    pick : callable
        Gives the model and its room; with True, servers are looked for anew first.
    make : callable
        Makes the prompt for a model and a room, and the stream of its answer.
    looks : bool
        Whether there may be another server where one is gone.
    """

    def __init__(
        self,
        pick: Callable[[bool], tuple[ChatModel, Room]],
        make: Callable[[ChatModel, Room], tuple[Prompt, Stream]],
        *,
        looks: bool,
    ) -> None:
        self._pick = pick
        self._make = make
        self._looks = looks
        self._tried: set[type[LLMError]] = set()
        self._pauses = list(_PAUSES)
        self._chat: ChatModel
        self._room: Room
        self._prompt: Prompt | None = None

    def first(self) -> Attempt:
        """Make the question ready; a server that cannot yet say what models it has is waited for here."""
        told = ""
        while True:
            try:
                self._chat, self._room = self._pick(bool(told))
            except ServerRefused as error:
                wait = self._wait(error)
                if wait is None:
                    raise
                told = wait.told
                time.sleep(wait.seconds)
            else:
                return dataclasses.replace(self._attempt(), told=told)

    def again(self, error: LLMError) -> Attempt | None:
        """Tell what is tried after an error that came before any word of an answer; None to leave it at that."""
        if isinstance(error, ServerRefused) and error.status in _BUSY:
            wait = self._wait(error)
            return wait and dataclasses.replace(self._attempt(), after=wait.seconds, told=wait.told)
        # Each of these is mended once: a second time it is the server's word against memo's.
        if type(error) in self._tried:
            return None
        self._tried.add(type(error))
        if isinstance(error, PromptTooLong):
            return self._shorter(error)
        if isinstance(error, ServerUnreachable) and self._looks:
            self._chat, self._room = self._pick(True)
            return self._attempt()
        return None

    def _attempt(self) -> Attempt:
        self._prompt, stream = self._make(self._chat, self._room)
        return Attempt(self._prompt, stream)

    def _wait(self, error: ServerRefused) -> _Wait | None:
        """Tell how long a busy server is left alone; None if it is not busy, or has been for too long."""
        if error.status not in _BUSY or not self._pauses:
            return None
        pause = max(self._pauses.pop(0), error.retry_after or 0.0)
        if pause > _LONGEST:
            return None
        times = len(_PAUSES) - len(self._pauses)
        told = f"The server was busy ({error.status}), and was asked again{f' {times} times' if times > 1 else ''}."
        return _Wait(pause, told)

    def _shorter(self, error: PromptTooLong) -> Attempt | None:
        """Fit the prompt again, so that it is shorter in any case; None if no shorter one would hold the question."""
        if self._prompt is None:
            return None
        room = dataclasses.replace(self._room, window=error.window or self._room.window)
        thought = max(1, measured(self._prompt, self._room))
        # What the server has counted, or else no less than what would have been too long here as well.
        longer = max((error.prompt_tokens or 0) / thought, room.tokens / thought, 1.0)
        self._room = dataclasses.replace(room, margin=room.margin * longer * _SPARE)
        try:
            return self._attempt()
        except PromptTooLong:
            return None  # the server has said so already, and knows better how long it is
