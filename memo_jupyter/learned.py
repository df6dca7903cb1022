"""What memo has learned of its user: shown, taught, erased, and learned in the background."""

from __future__ import annotations

import os
import weakref
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from memo_jupyter import fields
from memo_jupyter.errors import BadInput, UnknownId
from memo_jupyter.types import QUOTE
from memo_jupyter.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from memo_jupyter.answer import Answer
    from memo_jupyter.index.rows import Row
    from memo_jupyter.profile.background import Background
    from memo_jupyter.profile.learning import Learned
    from memo_jupyter.profile.lines import ProfileLine

_LONGEST = 139  # characters of a line: the profile is part of every prompt

_LOCK = "learning.lock"
"""The file whose lock is held by who learns: of two that do at once, each would keep what both found."""

_PATIENCE = 5.0  # seconds in which a pass that gives way has ended


class Learning(Upkeep):
    """A store that comes to know its user.

    Parameters and errors are those of `Memo`.
    """

    def __init__(self, path: str | Path | None = None, **settings: Any) -> None:
        super().__init__(path, **settings)
        self._background: Background | None = None
        self._answers: weakref.WeakSet[Answer] = weakref.WeakSet()
        self._asked = ""  # the model that was asked last
        # The newest of the cells that were looked through, and their number: some may be forgotten.
        self._looked_through: tuple[list[Row], int | None] | None = None

    def profile(self, *, history: bool = False) -> list[ProfileLine]:
        """List what has been learned of the user.

        Parameters
        ----------
        history : bool
            Whether to list the lines that newer ones have taken the place of, too: each after the one that did.

        Returns
        -------
        list of ProfileLine
            The most telling first.
        """
        from memo_jupyter.profile.learning import lines_of, with_evidence  # noqa: PLC0415  # only here
        from memo_jupyter.profile.lines import before, current  # noqa: PLC0415  # only here

        lines = with_evidence(self._open(), lines_of(self._open()))
        holding = current(lines)
        return [one for line in holding for one in (line, *before(line, lines))] if history else holding

    def teach(self, text: str, sort: str = "preference", *, instead_of: str | None = None) -> ProfileLine:
        """Add a line to the profile in the user's own words; what is learned never takes its place.

        Parameters
        ----------
        text : str
            Of 139 characters at the most.
        sort : str
            `preference`, `habit`, `vocabulary` or `goal`.
        instead_of : str, optional
            The id of the line that it takes the place of; its sort and topic stay.

        Raises
        ------
        BadInput
            The text is empty or too long, or there is no such sort.
        UnknownId
            There is no such line.
        """
        from memo_jupyter.profile.finding import SORTS, Finding  # noqa: PLC0415  # only here
        from memo_jupyter.profile.lines import USER, source_of  # noqa: PLC0415  # only here
        from memo_jupyter.profile.merging import same  # noqa: PLC0415  # only here

        words = " ".join(fields.text(text, "A line of the profile").split())
        if not words or len(words) > _LONGEST:
            raise BadInput(f"A line of the profile has 1 to {_LONGEST} characters, not {len(words)}.")
        if sort not in SORTS:
            raise BadInput(f"There is no sort {sort!r}; a line of the profile is a {', '.join(SORTS)}.")
        old = self._line(instead_of) if instead_of is not None else None
        again = [line for line in self.profile() if line.author == USER and same(line.text, words)]
        if again:
            return again[0]
        now = datetime.now(timezone.utc)
        finding = Finding(old.topic if old else words[:60], old.sort if old else sort, words, (), now)
        source = source_of(finding, old.id if old else None)
        record = fields.record({"text": words, "kind": "profile", "author": USER, "created": now, "source": source})
        self._open().keep(record)
        return next(line for line in self.profile() if line.id == record.id)

    def unlearn(self, ids: str | Iterable[str] | None = None) -> list[str]:
        """Erase lines of the profile for good, with their history; what they are about is not learned again.

        Parameters
        ----------
        ids : str or iterable of str, optional
            By default all of them; then only what is remembered from now on counts.

        Returns
        -------
        list of str
            The ids of the lines that held until now.

        Raises
        ------
        UnknownId
            One is no line of the profile; nothing was erased.
        """
        from memo_jupyter.profile.learning import lines_of  # noqa: PLC0415  # only here
        from memo_jupyter.profile.lines import USER, before  # noqa: PLC0415  # only here
        from memo_jupyter.profile.state import State, load, save  # noqa: PLC0415  # only here
        from memo_jupyter.records.store import new_id  # noqa: PLC0415  # only here

        parts = self._open()
        self._active()  # ends a pass that is under way
        lines = lines_of(parts)
        if ids is None:
            now = new_id(datetime.now(timezone.utc))  # ids sort by time
            save(parts.store, State(paused=load(parts.store.folder).paused, read=now, since=now))
            parts.forget([line.id for line in lines])
            return [line.id for line in lines]
        wanted = [self._line(one) for one in ([ids] if isinstance(ids, str) else ids)]
        state = load(parts.store.folder)
        for line in wanted:
            state = state.without(line.topic)
        save(parts.store, state)
        gone = [one for line in wanted for one in (line, *before(line, lines))]
        gone += [line for line in lines if line.author != USER and not state.wants(line.topic)]
        parts.forget(list(dict.fromkeys(one.id for one in gone)))
        return [line.id for line in wanted]

    def learn(self) -> Learned:
        """Learn of the user here and now: from their cells' code, and with the language model from what is new.

        Raises
        ------
        UnknownModel, LLMError, StoreError
        """
        from memo_jupyter.profile.learning import Learned, Learner  # noqa: PLC0415  # only here
        from memo_jupyter.records.locks import held_if_free  # noqa: PLC0415  # only here

        self._active()  # what is learned in the background gives way
        parts = self._open()
        with held_if_free(parts.store.folder / _LOCK, within=_PATIENCE) as mine:
            if not mine:
                return Learned(problem="Another notebook is learning just now; what it learns is seen here too.")
            learner = Learner(parts)
            seen = learner.from_code()
            told = learner.from_memories(self._models().pick(self.model), few=1)
        return replace(told, added=seen.added + told.added, superseded=seen.superseded + told.superseded)

    def pause_learning(self, *, paused: bool = True) -> None:
        """Learn nothing in the background from now on, in no notebook of this store; or go on with it."""
        from memo_jupyter.profile.state import load, save  # noqa: PLC0415  # only here

        parts = self._open()
        save(parts.store, replace(load(parts.store.folder), paused=paused))
        self._active()  # ends a pass that is under way

    def is_learning(self) -> bool:
        """Tell whether memo learns in the background here: whether that is neither paused nor switched off."""
        from memo_jupyter.profile.state import load  # noqa: PLC0415  # only here

        return bool(self.learning) and not load(self._open().store.folder).paused

    def close(self) -> None:
        """Finish what is at hand and close the files; the next call opens them again."""
        self._notice_a_fork()
        background, self._background = self._background, None
        if background is not None:
            background.close()
        super().close()

    def _active(self, answer: Answer | None = None) -> None:
        """Take note that the user does something, and see to it that memo learns when they rest."""
        if answer is not None:
            self._answers.add(answer)
            self._asked = answer.model if answer.model != QUOTE else self._asked
        if not self.learning:
            return
        if self._background is None:
            from memo_jupyter.profile.background import Background  # noqa: PLC0415  # only where it is learned

            self._background = Background(self._learn_when_idle, self._idle)
            weakref.finalize(self, self._background.close)  # Python must not end under a thread inside a model
        self._background.active()

    def _idle(self) -> float:
        return float(self.learn_after)

    def _learn_when_idle(self, stopping: Callable[[], bool], stoppable: Callable[[Callable[[], None]], None]) -> None:
        from memo_jupyter.index.rows import Filter  # noqa: PLC0415  # only where it is learned
        from memo_jupyter.profile.learning import Learner  # noqa: PLC0415  # the same
        from memo_jupyter.records.locks import held_if_free  # noqa: PLC0415  # the same

        parts = self._open()
        if not self.is_learning() or not parts.store.is_writable():
            return
        with held_if_free(parts.store.folder / _LOCK) as mine:
            if not mine or any(answer.running for answer in list(self._answers)):
                return
            learner = Learner(parts, stopping)
            stoppable(learner.stop)
            cells = parts.rows(Filter(kinds=["cell"]), 1), parts.use(lambda one: one.index.catalog.counts()).get("cell")
            if cells != self._looked_through:
                learner.from_code()
                self._looked_through = cells if not stopping() else None
            # Only with a model that has answered here: a large one is not loaded for this alone.
            while self._asked and not stopping():
                if not learner.from_memories(self._models().pick(self._asked)).left:
                    break

    def _notice_a_fork(self) -> None:
        if self._process != os.getpid():
            self._left.append(self._background)  # its thread is not here, and its lock may be held for ever
            self._background = None
        super()._notice_a_fork()

    def _line(self, line_id: str) -> ProfileLine:
        wanted = str(line_id).strip().upper()
        found = [line for line in self.profile() if wanted and line.id.endswith(wanted)]
        if len(found) != 1:
            raise UnknownId(
                f"{line_id} is {'several lines' if found else 'no line'} of the profile. %memo profile lists them."
            )
        return found[0]
