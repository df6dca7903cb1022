"""From a question to an answer: recall, fit, stream, keep."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from memo_jupyter.answer import Answer
from memo_jupyter.errors import (
    BadInput,
    CorruptRecord,
    LLMError,
    MemoError,
    PromptTooLong,
    ServerUnreachable,
    UnknownId,
)
from memo_jupyter.fields import record, where
from memo_jupyter.llm.prompt import FORMS, Turn, instructions
from memo_jupyter.llm.window import ASSUMED, Room, fit
from memo_jupyter.types import PARTIAL, QUOTE, Doing, Options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memo_jupyter.config import Settings
    from memo_jupyter.llm.base import ChatModel, Stream
    from memo_jupyter.llm.choice import Models
    from memo_jupyter.opened import Opened
    from memo_jupyter.types import Hit, Prompt, Record

_CHOSEN = 8192
"""The window that is asked for, in tokens, where memo chooses it and the user has not."""

_TURNS = 2
"""The last so many turns of the thread say what it is about."""

_SPARE = 1.1
"""When the server has found a prompt longer than memo did, it is made that much shorter than it should need."""


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and how.

    Attributes
    ----------
    text : str
    thread : str
        The conversation it belongs to.
    k : int
        How many memories to recall, at the most.
    recall : bool
        Whether to use memory for it.
    model : str
        The language model's name, a part of it, or nothing for the first there is.
    form : str
        One of `FORMS`: how the answer is to be written.
    doing : Doing or None
        What the user is doing, which shifts what is recalled, as does the thread so far; None for neither.

    Raises
    ------
    BadInput
        The text is empty, or there is no such form.
    """

    text: str
    thread: str
    k: int
    recall: bool
    model: str
    form: str = "md"
    doing: Doing | None = dataclasses.field(default_factory=Doing)

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise BadInput(f"There is no form {self.form!r}; an answer is one of {', '.join(FORMS)}.")
        if not self.text.strip():
            raise BadInput("The prompt is empty: write a question.")

    def prepare(self, settings: Settings, parts: Opened, models: Models) -> Prompt:
        """Make ready what would be sent. Nothing of it leaves, so what comes near the window's end is estimated."""
        chat = models.pick(self.model)
        room = dataclasses.replace(_room(settings, chat), count=_unknown)
        return self._fit(settings, chat, room, *self._find(settings, parts))

    def ask(
        self,
        settings: Settings,
        parts: Opened,
        models: Models,
        *,
        remember: bool,
        source: Mapping[str, str | int],
    ) -> Answer:
        """Make ready what is sent, and give the answer to read; see `Memo.ask`."""
        chat = models.pick(self.model)
        found = self._find(settings, parts)
        room = _room(settings, chat)
        prompt = self._fit(settings, chat, room, *found)
        tried: set[type[LLMError]] = set()

        def again(error: LLMError) -> tuple[Prompt, Stream] | None:
            # Each of these is mended once: a second time it is the server's word against memo's.
            nonlocal chat
            if type(error) in tried:
                return None
            tried.add(type(error))
            smaller = room
            if isinstance(error, PromptTooLong):
                longer = (error.prompt_tokens or 0) / max(1, prompt.tokens)
                smaller = dataclasses.replace(
                    room, window=error.window or room.window, margin=room.margin * max(1.0, longer) * _SPARE
                )
            elif isinstance(error, ServerUnreachable) and not settings.base_url:
                models.look_again()
                chat = models.pick(self.model)
                smaller = _room(settings, chat)
            else:
                return None
            fitted = self._fit(settings, chat, smaller, *found)
            return fitted, chat.stream(fitted, self._options(settings, chat))

        def keep(answer: Answer) -> Record | None:
            return self._keep(parts, answer, source) if remember else None

        stream = chat.stream(prompt, self._options(settings, chat))
        return Answer(prompt, stream, keep, again, quotes_by_choice=self.model == QUOTE)

    def _find(self, settings: Settings, parts: Opened) -> tuple[list[Hit], list[Turn]]:
        earlier = self._earlier(settings, parts)
        turns = [Turn(record.prompt or "", record.response or "") for record in reversed(earlier)]
        if not self.recall or not self.k:
            return [], turns
        # What stands in the conversation anyway need not be recalled beside it, and a quote of memories is no memory.
        known = {record.id for record in earlier}
        doing = self.doing
        if doing is not None:
            doing = Doing((*doing.texts, *(turn.question for turn in turns[-_TURNS:])), doing.session)
        return parts.search(
            self.text, self.k, wanted=lambda one: one.record not in known and one.author != QUOTE, doing=doing
        ), turns

    def _earlier(self, settings: Settings, parts: Opened) -> list[Record]:
        """Read the latest turns of the thread, newest first; what was only quoted is no turn."""
        records: list[Record] = []
        for row in parts.rows(where(kinds=["chat"], thread=self.thread), settings.history):
            if row.author == QUOTE:
                continue
            try:
                records.append(parts.read(row.id))
            except (UnknownId, CorruptRecord):
                continue
        return records

    def _fit(self, settings: Settings, chat: ChatModel, room: Room, hits: list[Hit], turns: list[Turn]) -> Prompt:
        system = instructions(settings.system, self.form)
        return fit(self.text, hits, turns, system, room, model=chat.name, server=chat.server)

    def _options(self, settings: Settings, chat: ChatModel) -> Options:
        return Options(
            temperature=settings.temperature,
            max_tokens=settings.max_tokens or None,
            json=self.form == "json",
            window=_room(settings, chat).window if chat.window_is_ours else None,
        )

    def _keep(self, parts: Opened, answer: Answer, source: Mapping[str, str | int]) -> Record | None:
        try:
            return parts.keep(
                record(
                    {
                        "text": f"{self.text}\n\n{answer.so_far}",
                        "kind": "chat",
                        "prompt": self.text,
                        "response": answer.so_far,
                        "author": answer.model,
                        "thread": self.thread,
                        "source": source,
                        "tags": (PARTIAL,) if answer.partial else (),
                    }
                )
            )
        except MemoError as error:
            # The answer is on the screen and must stay there: what failed is said beside it.
            answer.problems.append(f"This answer was not remembered. {error}")
            return None


def _room(settings: Settings, chat: ChatModel) -> Room:
    window = chat.window or ASSUMED
    if chat.window_is_ours and not settings.window:
        # It may be the 131,072 that the model was trained for, and the server would take the memory for all of it.
        window = min(window, _CHOSEN)
    if settings.window:
        window = settings.window if chat.window is None else min(settings.window, chat.window)
    return Room(window, settings.max_tokens, chat.count)


def _unknown(text: str) -> None:
    del text
