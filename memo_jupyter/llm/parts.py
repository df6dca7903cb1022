"""The parts of a prompt that give way when it does not fit, each in its own way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from memo_jupyter.llm.prompt import CELLS, MEMORIES, QUESTION, Turn, fenced, memory, told_first
from memo_jupyter.types import Dropped, Hit

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORT = 600
"""Characters of each side of a shortened turn."""


class Part(ABC):
    """A part of a prompt, and its share of the room.

    Attributes
    ----------
    share : float
        What it may take, of all that the question leaves free, while other parts want more too.
    announced : str
        What stands before it in the prompt.
    dropped : list of Dropped
        What it has given up so far.
    """

    share: ClassVar[float]
    announced: ClassVar[str] = ""

    def __init__(self) -> None:
        self.dropped: list[Dropped] = []

    @abstractmethod
    def texts(self) -> Sequence[str]:
        """Give its texts, as they stand in the prompt now."""

    @abstractmethod
    def give_way(self) -> None:
        """Give up the least of it; called only while there is something."""


class Cells(Part):
    """What the user is doing: the oldest cell gives way first."""

    share = 0.15
    announced = f"{CELLS}\n\n{QUESTION}\n\n"

    def __init__(self, cells: Sequence[str]) -> None:
        super().__init__()
        self.left = list(cells)

    def texts(self) -> list[str]:
        """Give the cells, each in its fence."""
        return [fenced(cell) for cell in self.left]

    def give_way(self) -> None:
        """Leave the oldest cell out."""
        self.dropped.append(Dropped("cell", _opening(self.left.pop(0)), "left out"))


class Turns(Part):
    """The conversation so far: the oldest turn gives way first; the last one is shortened before it is left out."""

    share = 0.25

    def __init__(self, turns: Sequence[Turn]) -> None:
        super().__init__()
        self.left = list(turns)

    def texts(self) -> list[str]:
        """Give the questions and answers."""
        return [side for turn in self.left for side in (turn.question, turn.answer)]

    def give_way(self) -> None:
        """Leave the oldest turn out, or shorten the last."""
        oldest = self.left.pop(0)
        name = _opening(oldest.question)
        short = Turn(_shortened(oldest.question), _shortened(oldest.answer))
        if self.left or short == oldest:
            self.dropped = [one for one in self.dropped if one.how == "left out"]
            self.dropped.append(Dropped("turn", name, "left out"))
        else:
            self.left.append(short)
            self.dropped.append(Dropped("turn", name, "shortened"))


class Memories(Part):
    """What was recalled: the least memory gives way first, shortened to its best stretch before it is left out."""

    share = 0.45
    announced = f"{MEMORIES}\n\n{QUESTION}\n\n"

    def __init__(self, hits: Sequence[Hit]) -> None:
        super().__init__()
        self.left = list(hits)
        self._shortened: set[str] = set()

    def texts(self) -> list[str]:
        """Give the memories as the prompt words them."""
        return [memory(hit, short=hit.record.id in self._shortened) for hit in self.left]

    def give_way(self) -> None:
        """Shorten the least memory, or leave it out."""
        last = self.left[-1]
        name = last.record.id
        if name not in self._shortened and len(memory(last, short=True)) < len(memory(last)):
            self._shortened.add(name)
            self.dropped.append(Dropped("memory", name, "shortened"))
            return
        self.left.pop()
        self.dropped = [one for one in self.dropped if one.name != name]
        self.dropped.append(Dropped("memory", name, "left out"))


class Profile(Part):
    """What has been learned of the user: the least telling line gives way first."""

    share = 0.15
    announced = told_first("", ("",))

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self.left = list(lines)

    def texts(self) -> list[str]:
        """Give the lines."""
        return self.left

    def give_way(self) -> None:
        """Leave the last line out."""
        self.dropped.append(Dropped("profile", _opening(self.left.pop()), "left out"))


def _opening(text: str) -> str:
    return " ".join(text.split())[:60]


def _shortened(text: str) -> str:
    """Keep the beginning and the end, where a question is asked and an answer concluded."""
    if len(text) <= _SHORT:
        return text
    half = _SHORT // 2
    return f"{text[:half]} […] {text[-half:]}"
