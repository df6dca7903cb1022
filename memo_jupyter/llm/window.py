"""Makes a prompt fit the model's window, and says what it cost.

The order in which things give way: the oldest turns of the conversation, then the least of the memories (first
shortened to its best stretch, then left out), and only then the middle of the question itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.llm.prompt import Turn, memory, messages
from memo_jupyter.tokens import at_most, estimated
from memo_jupyter.types import Dropped, Hit, Message, Prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ASSUMED = 4096
"""The window of a model whose server does not tell it, in tokens."""

_PER_MESSAGE = 16
_PER_PROMPT = 32
"""Tokens that a chat template adds, at the most."""

_ANSWER = 1024
"""Tokens kept free for the answer, but no more than a quarter of the window."""

_LEFT_OUT = "\n[… {} characters left out …]\n"


@dataclass(frozen=True, slots=True)
class Room:
    """What a prompt has to fit.

    Attributes
    ----------
    window : int
        The model's context window, in tokens.
    answer : int
        Tokens of it to keep free for the answer; 0 for the usual.
    count : callable
        Gives the exact number of tokens of a text, or None if the server cannot tell.
    margin : float
        Counts are multiplied by it: 1, or more once the server has found a prompt longer than memo did.
    """

    window: int
    answer: int
    count: Callable[[str], int | None]
    margin: float = 1.0

    @property
    def tokens(self) -> int:
        """Tokens that the prompt may have."""
        answer = self.answer or min(_ANSWER, self.window // 4)
        return max(1, self.window - min(answer, self.window * 3 // 4))


def fit(
    question: str, hits: Sequence[Hit], turns: Sequence[Turn], system: str, room: Room, *, model: str, server: str
) -> Prompt:
    """Make the prompt from what there is, leaving out what does not fit `room`.

    Parameters
    ----------
    hits : sequence of Hit
        Best first.
    turns : sequence of Turn
        Oldest first.
    """
    draft = _Draft(question, list(hits), list(turns), system)
    size = _Size(room, at_most)
    if size(draft.messages()) > room.tokens:
        size = _Size(room, room.count)
        while size(draft.messages()) > room.tokens and draft.give_way():
            pass
        draft.shorten_question(lambda: size(draft.messages()) - room.tokens)
    made = draft.messages()
    return Prompt(
        text=question, messages=made, recalled=tuple(draft.hits), dropped=tuple(draft.dropped), model=model,
        server=server, tokens=size(made), window=room.window,
    )  # fmt: skip


class _Size:
    """Counts the tokens of messages, each text once."""

    def __init__(self, room: Room, count: Callable[[str], int | None]) -> None:
        self._room = room
        self._count = count
        self._known: dict[str, int] = {}

    def __call__(self, made: Sequence[Message]) -> int:
        return _PER_PROMPT + sum(_PER_MESSAGE + self._of(message.content) for message in made)

    def _of(self, text: str) -> int:
        if text not in self._known:
            exact = self._count(text)
            self._known[text] = int((estimated(text) if exact is None else exact) * self._room.margin) + 1
        return self._known[text]


class _Draft:
    """A prompt that gives way, one step at a time."""

    def __init__(self, question: str, hits: list[Hit], turns: list[Turn], system: str) -> None:
        self.question = question
        self.hits = hits
        self.turns = turns
        self.system = system
        self.dropped: list[Dropped] = []
        self._shortened: set[str] = set()

    def messages(self) -> tuple[Message, ...]:
        texts = [memory(hit, short=hit.record.id in self._shortened) for hit in self.hits]
        return messages(self.question, texts, self.turns, self.system)

    def give_way(self) -> bool:
        """Take one step; tell whether there was one to take."""
        if self.turns:
            gone = self.turns.pop(0)
            self.dropped.append(Dropped("turn", " ".join(gone.question.split())[:60], "left out"))
            return True
        if not self.hits:
            return False
        last = self.hits[-1]
        name = last.record.id
        if name not in self._shortened and len(memory(last, short=True)) < len(memory(last)):
            self._shortened.add(name)
            self.dropped.append(Dropped("memory", name, "shortened"))
            return True
        self.hits.pop()
        self.dropped = [one for one in self.dropped if one.name != name]
        self.dropped.append(Dropped("memory", name, "left out"))
        return True

    def shorten_question(self, excess: Callable[[], int]) -> None:
        """Leave out the middle of the question until it fits: what is asked stands at its beginning or its end."""
        whole = self.question
        keep = len(whole)
        while excess() > 0 and keep > 0:
            keep = min(keep - 1, keep - excess()) if keep > excess() else keep // 2
            half = keep // 2
            self.question = whole[:half] + _LEFT_OUT.format(len(whole) - 2 * half) + whole[len(whole) - half :]
        if keep < len(whole):
            self.dropped.append(Dropped("prompt", f"{len(whole) - 2 * (keep // 2):,} characters", "shortened"))


def in_words(dropped: Sequence[Dropped]) -> str:
    """Say in one line what did not fit, or nothing if all did."""
    if not dropped:
        return ""
    parts: list[str] = []
    for (what, how), count in Counter((one.what, one.how) for one in dropped).items():
        if what == "prompt":
            parts += [f"{one.name} of the question left out" for one in dropped if one.what == what]
        else:
            noun = (
                {"memory": "memories", "turn": "earlier turns"}[what]
                if count > 1
                else {"turn": "earlier turn"}.get(what, what)
            )
            parts.append(f"{count} {noun} {how}")
    return "To fit the model's window: " + ", ".join(parts) + "."
