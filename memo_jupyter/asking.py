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
from memo_jupyter.llm.prompt import FORMS, Turn, instructions
from memo_jupyter.llm.window import ASSUMED, Room, fit
from memo_jupyter.types import PARTIAL, QUOTE, Options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memo_jupyter.engine import Memo
    from memo_jupyter.llm.base import ChatModel, Stream
    from memo_jupyter.llm.choice import Models
    from memo_jupyter.types import Hit, Prompt, Record

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

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise BadInput(f"There is no form {self.form!r}; an answer is one of {', '.join(FORMS)}.")
        if not self.text.strip():
            raise BadInput("The prompt is empty: write the question in the lines below %%memo.")

    def prepare(self, memo: Memo, models: Models) -> Prompt:
        """Make ready what would be sent. Nothing of it leaves, so what comes near the window's end is estimated."""
        chat = models.pick(self.model)
        room = dataclasses.replace(_room(memo, chat), count=_unknown)
        return self._fit(memo, chat, room, *self._find(memo))

    def ask(self, memo: Memo, models: Models, *, remember: bool, source: Mapping[str, str | int]) -> Answer:
        """Make ready what is sent, and give the answer to read; see `Memo.ask`."""
        chat = models.pick(self.model)
        found = self._find(memo)
        room = _room(memo, chat)
        prompt = self._fit(memo, chat, room, *found)
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
            elif isinstance(error, ServerUnreachable) and not memo.base_url:
                models.look_again()
                chat = models.pick(self.model)
                smaller = _room(memo, chat)
            else:
                return None
            fitted = self._fit(memo, chat, smaller, *found)
            return fitted, chat.stream(fitted, self._options(memo, chat))

        def keep(answer: Answer) -> Record | None:
            return self._keep(memo, answer, source) if remember else None

        return Answer(prompt, chat.stream(prompt, self._options(memo, chat)), keep, again)

    def _find(self, memo: Memo) -> tuple[list[Hit], list[Turn]]:
        earlier = self._earlier(memo)
        turns = [Turn(record.prompt or "", record.response or "") for record in reversed(earlier)]
        if not self.recall or not self.k:
            return [], turns
        # What stands in the conversation anyway need not be recalled beside it, and a quote of memories is no memory.
        known = {record.id for record in earlier}
        return memo.search(self.text, self.k, wanted=lambda row: row.id not in known and row.author != QUOTE), turns

    def _earlier(self, memo: Memo) -> list[Record]:
        """Read the latest turns of the thread, newest first; what was only quoted is no turn."""
        records: list[Record] = []
        for row in memo.recent(memo.history, kinds=["chat"], thread=self.thread):
            if row.author == QUOTE:
                continue
            try:
                records.append(memo.get(row.id))
            except (UnknownId, CorruptRecord):
                continue
        return records

    def _fit(self, memo: Memo, chat: ChatModel, room: Room, hits: list[Hit], turns: list[Turn]) -> Prompt:
        system = instructions(memo.system, self.form)
        return fit(self.text, hits, turns, system, room, model=chat.name, server=chat.server)

    def _options(self, memo: Memo, chat: ChatModel) -> Options:
        return Options(
            temperature=memo.temperature,
            max_tokens=memo.max_tokens or None,
            json=self.form == "json",
            window=_room(memo, chat).window if chat.window_is_ours else None,
        )

    def _keep(self, memo: Memo, answer: Answer, source: Mapping[str, str | int]) -> Record | None:
        try:
            return memo.keep(
                text=f"{self.text}\n\n{answer.so_far}",
                kind="chat",
                prompt=self.text,
                response=answer.so_far,
                author=answer.model,
                thread=self.thread,
                source=source,
                tags=(PARTIAL,) if answer.partial else (),
            )
        except MemoError as error:
            # The answer is on the screen and must stay there: what failed is said beside it.
            answer.problems.append(f"This answer was not remembered. {error}")
            return None


def _room(memo: Memo, chat: ChatModel) -> Room:
    window = chat.window or ASSUMED
    if memo.window:
        window = memo.window if chat.window is None else min(memo.window, chat.window)
    return Room(window, memo.max_tokens, chat.count)


def _unknown(text: str) -> None:
    del text
