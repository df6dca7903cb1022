"""From a question to an answer: recall, fit, stream, keep."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

from memo_jupyter.answer import Answer
from memo_jupyter.attempts import Attempts
from memo_jupyter.errors import BadInput, CorruptRecord, MemoError, UnknownId
from memo_jupyter.fields import record, where
from memo_jupyter.llm.prompt import FORMS, Material, Turn, defused, instructions
from memo_jupyter.llm.window import ASSUMED, Room, fit, measured
from memo_jupyter.profile.learning import lines_of
from memo_jupyter.profile.lines import IN_PROMPTS, current
from memo_jupyter.tokens import estimated
from memo_jupyter.types import FRESH, PARTIAL, QUOTE, Doing, Options

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from memo_jupyter.config import Settings
    from memo_jupyter.index.lines import Line
    from memo_jupyter.index.rows import Row
    from memo_jupyter.llm.base import ChatModel, Stream
    from memo_jupyter.llm.choice import Models
    from memo_jupyter.opened import Opened
    from memo_jupyter.types import Hit, Prompt, Record

_CHOSEN = 8192
"""The window that a prompt is fitted to, in tokens, where memo chooses it; a longer question has a larger one."""

_BESIDE = 2048
"""Tokens that such a question needs beside itself: memo's own words, and the answer."""

_TURNS = 2
"""The last so many turns of the thread say what it is about."""


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
        What the user is doing. It stands in the prompt, and shifts what is recalled, as does the thread so far; None
        for neither.
    fresh : bool
        Whether the thread begins anew with it: its earlier turns are not sent, now or later.

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
    fresh: bool = False

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise BadInput(f"There is no form {self.form!r}; an answer is one of {', '.join(FORMS)}.")
        if not self.text.strip():
            raise BadInput("The prompt is empty: write a question.")

    def prepare(self, settings: Settings, parts: Opened, models: Models) -> Prompt:
        """Make ready what would be sent. Nothing of it leaves, so what comes near the window's end is estimated."""
        chat = models.pick(self.model)
        room = dataclasses.replace(self._room(settings, chat), count=_unknown)
        return fit(self._material(settings, parts), room, model=chat.name, server=chat.server)

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

        def pick(anew: bool) -> tuple[ChatModel, Room]:  # noqa: FBT001  # the only thing it is told
            if anew:
                models.look_again()
            chat = models.pick(self.model)
            return chat, self._room(settings, chat)

        def make(chat: ChatModel, room: Room) -> tuple[Prompt, Stream]:
            prompt = fit(material, room, model=chat.name, server=chat.server)
            window = None
            if chat.window_is_ours:
                # No more than it needs: a server takes the memory for all of the window that it is asked for.
                needed = measured(prompt, room) + room.window - room.tokens
                most = chat.window or room.window
                window = room.window if settings.window else models.window_for(chat.name, needed, most)
            return prompt, chat.stream(prompt, self._options(settings, window))

        def keep(answer: Answer) -> Record | None:
            return self._keep(parts, answer, source) if remember else None

        attempts = Attempts(pick, make, looks=not settings.base_url)
        material = self._material(settings, parts)
        return Answer(attempts.first(), keep, attempts.again, quotes_by_choice=self.model == QUOTE)

    def _material(self, settings: Settings, parts: Opened) -> Material:
        earlier = [] if self.fresh else self._earlier(settings, parts)
        turns = [Turn(defused(one.prompt or ""), defused(one.response or "")) for one in reversed(earlier)]
        hits = self._recalled(parts, {record.id for record in earlier}, turns) if self.recall and self.k else []
        cells = self.doing.texts if self.doing else ()
        profile = [line.text for line in current(lines_of(parts))[:IN_PROMPTS]] if settings.use_profile else ()
        return Material(self.text, instructions(settings.system, self.form), profile, cells, turns, hits)

    def _recalled(self, parts: Opened, known: Collection[str], turns: Sequence[Turn]) -> list[Hit]:
        doing = self.doing
        if doing is not None:
            doing = Doing((*doing.texts, *(turn.question for turn in turns[-_TURNS:])), doing.session)

        def wanted(line: Line) -> bool:
            # What stands in the conversation anyway need not be recalled beside it, and a quote is no memory.
            return line.record not in known and line.author != QUOTE and line.kind != "profile"

        return parts.search(self.text, self.k, wanted=wanted, doing=doing)

    def _earlier(self, settings: Settings, parts: Opened) -> list[Record]:
        """Read the latest turns of the thread since it was begun anew, newest first; what was only quoted is none."""
        turns: list[Row] = []
        looked = settings.history
        while looked:
            rows = parts.rows(where(kinds=["chat"], thread=self.thread), looked)
            begun = next((place for place, row in enumerate(rows, start=1) if FRESH in row.tags), 0)
            turns = [row for row in rows[: begun or None] if row.author != QUOTE]
            if begun or len(turns) >= settings.history or len(rows) < looked:
                break
            looked *= 4  # the latest were quotes
        records: list[Record] = []
        for row in turns[: settings.history]:
            with contextlib.suppress(UnknownId, CorruptRecord):
                records.append(parts.read(row.id))
        return records

    def _room(self, settings: Settings, chat: ChatModel) -> Room:
        window = chat.window or ASSUMED
        if settings.window:
            window = settings.window if chat.window is None else min(settings.window, chat.window)
        elif chat.window_is_ours:
            # It may be the 131,072 that the model was trained for, and the server would take the memory for all of it.
            wanted = estimated(self.text) + estimated(settings.system) + _BESIDE
            window = min(window, max(_CHOSEN, wanted))
        return Room(window, settings.max_tokens, chat.count)

    def _options(self, settings: Settings, window: int | None) -> Options:
        return Options(
            temperature=settings.temperature,
            max_tokens=settings.max_tokens or None,
            json=self.form == "json",
            window=window,
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
                        "tags": [*([PARTIAL] if answer.partial else []), *([FRESH] if self.fresh else [])],
                    }
                )
            )
        except MemoError as error:
            # The answer is on the screen and must stay there: what failed is said beside it.
            answer.problems.append(f"This answer was not remembered. {error}")
            return None


def _unknown(text: str) -> None:
    del text
