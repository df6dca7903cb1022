"""One pass of learning: the user's code is looked through, and new memories are distilled by a language model."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from memo_jupyter import fields
from memo_jupyter.errors import CorruptRecord, UnknownId
from memo_jupyter.index.rows import Filter
from memo_jupyter.profile import distilling
from memo_jupyter.profile.code.findings import Cell, findings
from memo_jupyter.profile.lines import CODE, ProfileLine, current, line_of, source_of
from memo_jupyter.profile.merging import merge
from memo_jupyter.profile.state import State, load, save
from memo_jupyter.types import QUOTE, Options, Prompt, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from memo_jupyter.index.rows import Row
    from memo_jupyter.llm.base import ChatModel, Stream
    from memo_jupyter.opened import Opened
    from memo_jupyter.profile.finding import Finding

_CELLS = 2000
"""The latest cells say what the user's habits are now."""

_LATEST = 200
"""Of what was remembered since the last pass, so much is distilled: a person is who they are now."""

_FEWEST = 5
"""New memories that make a pass of the model worth its while."""

_WINDOW = 8192
_ANSWER = 1024
"""Tokens: the window that a pass uses at the most, and what of it the reply may have."""

_SPARE = 64
"""Tokens that a chat template adds to two messages, at the most."""

_LONGEST = 16_000
"""Characters of a reply that are read: six lines, with all that may stand around them, are far fewer."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Learned:
    """What a pass has done.

    Attributes
    ----------
    added, superseded : int
        Lines that are new, and of them those that took another's place.
    read, left : int
        Memories that were distilled, and those that wait for the next pass.
    problem : str
        What kept it from more, in a line; or nothing.
    """

    added: int = 0
    superseded: int = 0
    read: int = 0
    left: int = 0
    problem: str = ""


class Learner:
    """Learns of the user from one store.

    Parameters
    ----------
    parts : Opened
    stopping : callable
        Tells whether to stop; asked between two steps.
    """

    def __init__(self, parts: Opened, stopping: Callable[[], bool] = lambda: False) -> None:
        self._parts = parts
        self._stopping = stopping
        self.stream: Stream | None = None

    def from_code(self) -> Learned:
        """Look through the latest cells; what they show no longer is withdrawn.

        Raises
        ------
        StoreError
        """
        state = load(self._parts.store.folder)
        cells = []
        for row in self._rows(Filter(kinds=["cell"]), state, _CELLS):
            if self._stopping():
                return Learned()
            record = self._record(row)
            if record is not None and record.code:
                cells.append(Cell(record.id, record.created, record.code))
        return self._keep(findings(cells, self._stopping), CODE, state, whole=True) or Learned()

    def from_memories(self, chat: ChatModel, *, few: int = _FEWEST) -> Learned:
        """Have a language model distil the memories that came since the last pass, if there are at least `few`.

        A reply that is no good is logged, and costs this pass; a server that fails leaves the memories to the next.

        Raises
        ------
        LLMError, StoreError
        """
        state = load(self._parts.store.folder)
        if chat.name == QUOTE:
            return Learned(problem="No language model is running; only code was looked through.")
        latest = self._rows(Filter(kinds=distilling.KINDS), state, _LATEST)
        rows = [row for row in latest if row.id > state.read]
        if len(rows) < few or not rows:
            return Learned()
        window = min(chat.window or _WINDOW, _WINDOW)
        known = current(lines_of(self._parts))
        oldest = [self._record(row) for row in rows[: -distilling.MOST - 1 : -1]]
        room = window - min(_ANSWER, window // 4) - _SPARE
        readable = [record for record in oldest if record is not None]
        records, shown = distilling.batch(readable, known, room)
        if readable and not records:
            return Learned(problem=f"The window of {chat.name} is too small to learn from memories.")
        last = records[-1].id if records else rows[-1].id
        learned, problem = Learned(), ""
        if records:
            reply = self._ask(chat, records, shown, window)
            try:
                found = distilling.read(reply, records, shown)
            except ValueError as error:
                _log.info("%s gave no profile: %s", chat.name, error)
                found = []
                problem = f"{chat.name} gave no JSON of the form that was asked for; nothing was learned."
            if not all(self._parts.store.has(record.id) for record in records):
                return Learned()  # the reply may tell of one that was forgotten meanwhile
            kept = self._keep(found, chat.name, state)
            if kept is None:
                return Learned()
            learned = kept
        save(self._parts.store, replace(load(self._parts.store.folder), read=last))
        left = sum(row.id > last for row in rows)
        return replace(learned, read=len(records), left=left, problem=problem)

    def stop(self) -> None:
        """End a request that is under way, from any thread."""
        stream = self.stream
        if stream is not None:
            stream.stop()

    def _ask(self, chat: ChatModel, records: Sequence[Record], known: Sequence[ProfileLine], window: int) -> str:
        prompt = Prompt("", distilling.messages(records, known), (), (), chat.name, chat.server, 0, window)
        options = Options(
            temperature=0.0,
            max_tokens=min(_ANSWER, window // 4),
            json=True,
            schema=distilling.schema(records, known),
            window=window if chat.window_is_ours else None,
        )
        self.stream = chat.stream(prompt, options)
        try:
            if self._stopping():  # it may have been said before there was a stream to stop
                self.stream.stop()
            reply = ""
            for delta in self.stream:
                reply += delta.text
                if len(reply) > _LONGEST:  # a server that does not heed the number of tokens
                    break
            return reply
        finally:
            self.stream.stop()  # also where Ctrl-C came
            self.stream = None

    def _rows(self, where: Filter, state: State, limit: int) -> list[Row]:
        return [row for row in self._parts.rows(where, limit) if row.id > state.since]

    def _record(self, row: Row) -> Record | None:
        try:
            return self._parts.read(row.id)
        except (CorruptRecord, UnknownId):  # or forgotten meanwhile
            return None

    def _keep(self, found: Sequence[Finding], author: str, before: State, *, whole: bool = False) -> Learned | None:
        """Put what was found into the profile, unless it is to stop, or was paused or erased since it began."""
        state = load(self._parts.store.folder)
        if self._stopping() or (state.paused, state.since) != (before.paused, before.since):
            return None
        lines = with_evidence(self._parts, lines_of(self._parts))
        changes = merge(lines, found, author, state, whole=whole)
        new = [(finding, supersedes, "") for finding, supersedes in changes.new]
        new += [(finding, line.supersedes, line.id) for finding, line in changes.instead]
        # One that was forgotten while this was found out leaves nothing here.
        new = [one for one in new if all(map(self._parts.store.has, one[0].evidence))]
        if new:
            self._parts.keep_many([_record_of(finding, supersedes, author) for finding, supersedes, _ in new])
        self._parts.forget([*changes.gone, *(old for *_, old in new if old)])
        superseded = sum(supersedes is not None for _, supersedes in changes.new)
        return Learned(added=sum(not old for *_, old in new), superseded=superseded)


def _record_of(finding: Finding, supersedes: str | None, author: str) -> Record:
    return fields.record(
        {
            "text": finding.text,
            "kind": "profile",
            "author": author,
            "created": finding.when,
            "source": source_of(finding, supersedes),
        }
    )


def lines_of(parts: Opened) -> list[ProfileLine]:
    """List the lines of a store's profile, history too, newest first."""
    return [line_of(row) for row in parts.rows(Filter(kinds=["profile"]))]


def with_evidence(parts: Opened, lines: Iterable[ProfileLine]) -> list[ProfileLine]:
    """Give lines without what of their evidence was forgotten."""
    return [replace(line, evidence=tuple(filter(parts.store.has, line.evidence))) for line in lines]
