"""What tells most of some work, in a line: the names that were made last, and the last result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memo_jupyter.types import ERROR
from memo_jupyter.workflow.reading import touches_of
from memo_jupyter.workflow.touches import FILE, MADE, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memo_jupyter.types import Record

_NAMES = 4
_LONGEST = 110
_READ = 20_000
"""Characters of outputs that are read."""

_NUMBER = re.compile(r"(?<![\w.])[-+]?[0-9][0-9_,]*(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?%?", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]{2,}")
_NOISE = re.compile(
    r"<[\w.]+(?: object)?[ \w]*at 0x|^\s*(?:Collecting|Downloading|Requirement already|Installing|Successfully"
    r" installed|warn|.*Warning:|INFO|DEBUG|Epoch \d+/\d+$|\[[\d ]*/\d+\]|Name: |dtype: )|^\s*\d+%\||\[\d+ rows x"
    r"|Traceback|it/s|^\[figure\b"
)
_QUIET = frozenset({"_", "i", "j", "k", "x", "f", "fig", "ax", "axes", "np", "pd", "plt", "sns"})


def telling(records: Sequence[Record]) -> str:
    """Say in a line what some memories, the latest first, came to."""
    names: list[str] = []
    said = ""
    for record in records:
        if record.code is None:
            return shortened(record.prompt or record.text)
        if ERROR in record.tags:
            continue
        said = said or result(record)
        names += [name for name in made(record.code) if name not in names]
    told = ", ".join(names[:_NAMES])
    if told or said:
        return shortened(" → ".join(filter(None, (told, said))))
    return shortened(next((line for one in records for line in (one.code or "").splitlines() if line.strip()), ""))


def result(record: Record) -> str:
    """Give the last line of a cell's outputs that looks like a result: a number, and what it is of; or nothing."""
    lines = [line.strip() for line in (record.outputs or "")[-_READ:].splitlines() if line.strip()]
    telling_lines = [line for line in lines if _NUMBER.search(line) and not _NOISE.search(line)]
    worded = [line for line in telling_lines if _WORD.search(line)]
    alone = [line for line in telling_lines if _NUMBER.fullmatch(line)]  # rows of a table tell nothing without it
    return shortened((worded or alone or [""])[-1])


def made(code: str) -> list[str]:
    """Name what a cell made, the last first: files, then variables, without those that are named so everywhere."""
    touched = [one for one in reversed(touches_of(code)) if one.how == MADE]
    files = [one.name for one in touched if one.sort == FILE]
    imported = {line.split()[-1] for line in code.splitlines() if line.lstrip().startswith(("import ", "from "))}
    names = [one.name for one in touched if one.sort == VARIABLE and one.name not in _QUIET | imported]
    return list(dict.fromkeys([*files, *names]))


def shortened(text: str) -> str:
    """Put a text on one line, and cut it where it is long."""
    line = " ".join(text[: 4 * _LONGEST].split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 2].rstrip() + " …"
