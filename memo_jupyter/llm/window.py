"""Makes a prompt fit the model's window, and says what that cost.

The question and the instructions are always sent whole. Of what they leave free, each other part has a share, and may
have what the others do not need. Where there is too little, that part gives way first which comes first here and has
more than its share: the notebook's last cells (the oldest first), the conversation so far (the oldest turn first), the
memories (the least first, shortened to its best stretch before it is left out), what was learned of the user.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.errors import PromptTooLong
from memo_jupyter.llm.parts import Cells, Memories, Profile, Turns
from memo_jupyter.llm.prompt import messages
from memo_jupyter.tokens import at_most, estimated
from memo_jupyter.types import Dropped, Prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from memo_jupyter.llm.parts import Part
    from memo_jupyter.llm.prompt import Material

ASSUMED = 4096
"""The window of a model whose server does not tell it, in tokens."""

_PER_MESSAGE = 16
_PER_PROMPT = 32
"""Tokens that a chat template adds, at the most."""

_PER_TEXT = 6
"""Tokens that putting a text between others adds, at the most: its number, the empty line."""

_ANSWER, _SHORT_ANSWER = 1024, 256
"""Tokens kept free for the answer, but no more than a quarter of the window; and where the question itself is long."""


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

    @property
    def most(self) -> int:
        """Tokens that a question may have by itself: a short answer must still be possible."""
        return self.tokens if self.answer else max(1, self.window - min(_SHORT_ANSWER, self.window // 8))


def fit(material: Material, room: Room, *, model: str, server: str) -> Prompt:
    """Make the prompt, leaving out what does not fit `room`.

    Raises
    ------
    PromptTooLong
        The question alone does not fit.
    """
    cells, turns = Cells(material.cells), Turns(material.turns)
    memories, profile = Memories(material.hits), Profile(material.profile)
    parts: tuple[Part, ...] = (cells, turns, memories, profile)
    size = _Size(room, at_most)
    if size.base(material) + sum(map(size, parts)) > room.tokens:
        size = _Size(room, room.count)
        base = size.base(material)
        if base > room.most:
            raise _too_long(base, room, model)
        _give_way(parts, max(0, room.tokens - base), size)
    return Prompt(
        text=material.question,
        messages=messages(
            material.question, memories.texts(), turns.left, material.system, profile.left, cells.texts()
        ),
        recalled=tuple(memories.left),
        dropped=tuple(one for part in parts for one in part.dropped),
        model=model,
        server=server,
        tokens=size.base(material) + sum(map(size, parts)),
        window=room.window,
    )


def _give_way(parts: Sequence[Part], free: int, size: _Size) -> None:
    while sum(map(size, parts)) > free:
        # The shares are all of the room, so that one has more than its own.
        next(part for part in parts if size(part) > part.share * free).give_way()


class _Size:
    """Counts tokens, each text once. A sum of parts may be a little high, and is never low."""

    def __init__(self, room: Room, count: Callable[[str], int | None]) -> None:
        self._room = room
        self._count = count
        self._known: dict[str, int] = {}

    def base(self, material: Material) -> int:
        """Count what is always sent: the instructions and the question."""
        return _PER_PROMPT + 2 * _PER_MESSAGE + self._of(material.system) + self._of(material.question)

    def __call__(self, part: Part) -> int:
        """Count a part, and what announces it."""
        texts = part.texts()
        each = _PER_MESSAGE if isinstance(part, Turns) else _PER_TEXT
        return (self._of(part.announced) if texts else 0) + sum(each + self._of(text) for text in texts)

    def _of(self, text: str) -> int:
        if text not in self._known:
            exact = self._count(text)
            self._known[text] = int((estimated(text) if exact is None else exact) * self._room.margin) + 1
        return self._known[text]


def _too_long(tokens: int, room: Room, model: str) -> PromptTooLong:
    return PromptTooLong(
        f"The question is too long for {model}: with memo's instructions it takes about {tokens:,} tokens, and "
        f"{room.most:,} of its window of {room.window:,} can be a question. Nothing was sent. Shorten it, or take a "
        "model with a larger window (%memo models lists them).",
        tokens,
        room.window,
    )


def measured(prompt: Prompt, room: Room) -> int:
    """Count the tokens of a prompt, where its `tokens` may be no more than a bound."""
    counts = ((room.count(message.content), message.content) for message in prompt.messages)
    said = (_PER_MESSAGE + (estimated(text) if exact is None else exact) for exact, text in counts)
    return min(prompt.tokens, int((_PER_PROMPT + sum(said)) * room.margin))


_NOUNS = {
    "memory": ("memory", "memories"),
    "turn": ("earlier turn", "earlier turns"),
    "cell": ("cell", "cells"),
    "profile": ("line of the profile", "lines of the profile"),
}


def in_words(dropped: Sequence[Dropped]) -> str:
    """Say in one line what did not fit, or nothing if all did."""
    counted = Counter((one.what, one.how) for one in dropped)
    parts = [f"{count} {_NOUNS[what][count > 1]} {how}" for (what, how), count in counted.items()]
    return f"To fit the model's window: {', '.join(parts)}." if parts else ""
