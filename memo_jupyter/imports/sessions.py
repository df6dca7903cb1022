"""The lines of IPython's history, as memories: what was typed together, without what says nothing.

A line alone (``df = load()``) means little, and years of them would crowd out everything else. So the lines of a
session that follow one another are one memory, of up to 30; a longer cell is one by itself. A memory is never changed:
what was typed after the last import begins a new one.
"""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

from memo_jupyter.characters import whole
from memo_jupyter.imports.conversation import digest_of
from memo_jupyter.imports.times import EPOCH, of_text
from memo_jupyter.records.store import id_from
from memo_jupyter.types import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from memo_jupyter.imports.conversation import Clean
    from memo_jupyter.imports.history import History, Input

APP = "IPython history"

_MOST_LINES = 30
_MOST_CHARACTERS = 20_000
_PACE = timedelta(seconds=1)
"""A line's time is not kept, only its session's; so a line is taken to be a second after the one before."""

_MEMO = re.compile(r"\s*(?:%%?memo\b|%(?:re|un)?load_ext\s+memo(?:_jupyter)?\s*$|%config\s+Memo\b)")
_TRIVIAL = re.compile(
    r"""\s*(?:
        [\w.]*                                        # nothing, or a bare name
      | [%!]?(?:ls|ll|pwd|cd|clear|cls|exit|quit|hist|history|who|whos|reset)\b[^=()]*
      | (?:exit|quit)\(\)
      | \?\s*[\w.*%]* | %{0,2}[\w.]+\?{1,2}           # help
    )\s*;?\s*""",
    re.VERBOSE,
)
_SHORT = 200  # characters: nothing longer is trivial


def says_something(code: str) -> bool:
    """Tell whether a line is worth remembering: memo's own commands are not, nor a bare name, `ls`, `exit` and help."""
    if _MEMO.match(code):
        return False
    return len(code) > _SHORT or "\n" in code.strip() or not _TRIVIAL.fullmatch(code)


class Block:
    """Lines of a session that make one memory."""

    def __init__(self, first: Input, start: str) -> None:
        self._inputs: list[Input] = []
        self._lines = self._characters = 0
        self._start = start
        self.session = first.session
        began = of_text(start, None) or EPOCH + timedelta(seconds=max(0, min(first.session, 10**9)))
        # The id's time takes the start as UTC, so that it is the same wherever it is imported: a laptop travels.
        fixed = of_text(start) or began
        pace = _PACE * max(0, min(first.number, 10**6))
        self.created = began + pace
        self.key = digest_of(APP, start, str(first.session), str(first.number))
        self.id = id_from(fixed + pace, self.key)

    def takes(self, one: Input) -> bool:
        """Tell whether a line still goes into it."""
        lines, characters = _size(one)
        return one.session == self.session and (
            not self._inputs
            or (self._lines + lines <= _MOST_LINES and self._characters + characters <= _MOST_CHARACTERS)
        )

    def add(self, one: Input) -> None:
        """Put a line at its end."""
        lines, characters = _size(one)
        self._inputs.append(one)
        self._lines, self._characters = self._lines + lines, self._characters + characters

    def record(self, file: str, clean: Clean) -> Record:
        """Make the memory."""
        code = whole(clean("\n".join(one.code.rstrip() for one in self._inputs)))
        outputs = whole(clean("\n".join(one.output.rstrip() for one in self._inputs if one.output.strip())))
        source: dict[str, str | int] = {
            "path": f"{APP}/session {self.session}",
            "app": APP,
            "file": whole(clean(file)),
            "session": str(self.session),
            "execution_count": self._inputs[0].number,
            "last": self._inputs[-1].number,
            "import_key": self.key.hex(),
        }
        text = f"{code}\n\n{outputs}" if outputs else code
        return Record(
            self.id, self.created.astimezone(timezone.utc), "cell", text, code=code, outputs=outputs, source=source
        )


def blocks(
    history: History, known: Callable[[str], Record | None], seen: Callable[[int], None]
) -> Iterator[tuple[Block, bool]]:
    """Put the lines together, and tell of each block whether it is here already.

    Parameters
    ----------
    history : History
    known : callable
        Gives the memory of an id, if it is here. Where one ends, the next block begins.
    seen : callable
        Called with the number of lines read so far.
    """
    block: Block | None = None
    session, start, past = None, "", -1
    for number, one in enumerate(history.inputs(), 1):
        seen(number)
        if one.session != session:
            session, start, past = one.session, history.start(one.session), -(2**63)
        if one.number <= past or not says_something(one.code):
            continue
        if block is not None and not block.takes(one):
            yield block, False
            block = None
        if block is None:
            block = Block(one, start)
            if here := known(block.id):
                yield block, True
                last = here.source.get("last")
                past, block = last if isinstance(last, int) else one.number, None
                continue
        block.add(one)
    if block is not None:
        yield block, False


def _size(one: Input) -> tuple[int, int]:
    return one.code.rstrip().count("\n") + 1, len(one.code) + len(one.output)
