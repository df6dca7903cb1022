"""Histories of research notebooks, written by hand, and the questions that are asked about them.

A file of `histories/` is plain text:

    # notebook | title | author
    %% 2026-02-02T10:05 cell          (or note, fix, document, chat)
    the code, or the text, or the prompt
    ----
    what it printed, or the answer
    ?? about c1 c2: question          (about: error, number, meaning, identifier or several)

Cells are c1, c2 and so on; those after ``??`` answer the question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ALL = Path(__file__).parent / "histories"
_TITLE = re.compile(r"# (.+?) \| (.+) \| (.+)")
_CELL = re.compile(r"%% (\d{4}-\d\d-\d\dT\d\d:\d\d) (cell|note|fix|document|chat)")
_QUESTION = re.compile(r"\?\? (error|number|meaning|identifier|several)((?: c\d+)+): (.+)")
_APART = "----"


@dataclass(frozen=True)
class Cell:
    """A cell as it was run: its code and what it printed, or a text, or a prompt and its answer."""

    id: str
    created: str
    kind: str
    first: str
    second: str


@dataclass(frozen=True)
class Question:
    """A question, what it is about, and the ids of the cells that answer it."""

    text: str
    about: str
    gold: tuple[str, ...]


@dataclass(frozen=True)
class History:
    """A notebook's cells over weeks, and questions about them."""

    notebook: str
    title: str
    author: str
    cells: list[Cell]
    questions: list[Question]

    def memory(self, cell: Cell) -> dict[str, Any]:
        """Make of a cell the keywords of `remember`."""
        names = {"cell": ("code", "outputs"), "chat": ("prompt", "response")}.get(cell.kind)
        parts = dict(zip(names, (cell.first, cell.second), strict=True)) if names else {}
        return {
            "text": "\n".join(filter(None, (cell.first, cell.second))),
            "kind": cell.kind,
            "created": cell.created,
            "source": {"notebook": self.notebook, "cell": cell.id},
            **{name: part for name, part in parts.items() if part},
            **({} if cell.kind == "chat" else {"author": self.author}),
        }


def read(text: str) -> History:
    """Read a history.

    Raises
    ------
    ValueError
        A line has no meaning where it stands.
    """
    lines = text.splitlines()
    title = _TITLE.fullmatch(lines[0])
    if not title:
        raise ValueError(f"{lines[0]!r} is no title")
    cells: list[Cell] = []
    questions = []
    parts: list[list[str]] = []

    def end() -> None:
        if cells:
            first, second = ("\n".join(part).strip("\n") for part in [*parts, []][:2])
            cells[-1] = Cell(cells[-1].id, cells[-1].created, cells[-1].kind, first, second)

    for line in lines[1:]:
        if asked := _QUESTION.fullmatch(line):
            questions.append(Question(asked[3], asked[1], tuple(asked[2].split())))
        elif found := _CELL.fullmatch(line):
            end()
            cells.append(Cell(f"c{len(cells) + 1}", found[1], found[2], "", ""))
            parts = [[]]
        elif questions or not cells:
            raise ValueError(f"{line!r} stands outside of a cell")
        elif line == _APART and len(parts) == 1:
            parts.append([])
        else:
            parts[-1].append(line)
    end()
    return History(title[1], title[2], title[3], cells, questions)


def read_all() -> list[History]:
    """Read all histories."""
    return [read(path.read_text("utf-8")) for path in sorted(ALL.glob("*.txt"))]
