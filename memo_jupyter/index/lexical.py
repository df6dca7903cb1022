"""The words of one catalog, searchable: the live segments, and what came after or between them."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from memo_jupyter.errors import CorruptIndex, StoreError
from memo_jupyter.index import coverage
from memo_jupyter.index.analysis import asked
from memo_jupyter.index.coverage import Live
from memo_jupyter.index.delta import Delta, rarity
from memo_jupyter.index.segments import digest_of_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from memo_jupyter.index.catalog import Catalog
    from memo_jupyter.index.coverage import Rows
    from memo_jupyter.index.generations import Generations
    from memo_jupyter.index.rows import Filter
    from memo_jupyter.index.segments import Segment, Segments

DAMAGED = "The word index was damaged in part. That part is being made anew; nothing is lost."
BEHIND = "The word index is still being made: older memories are found by meaning now, and by their words in a while."

_MOST = 20_000
"""Chunks that are in no segment and are searched all the same, the newest: a fifth of a second to take them up."""

_FEW = 5000
"""Chunks that a filter may leave for their ids to be handed to tantivy: four milliseconds."""

_TRIES = 5  # another process may replace segments just when they are opened


class Lexical:
    """The chunks of one catalog by their words.

    Locks are taken in the order that `Nearest` takes them in.

    Parameters
    ----------
    catalog, segments
        What it searches.
    generations : Generations
        Whose rights to change the index, and to publish, are taken.
    publish_after : int
        How many chunks are searched in memory before a segment is due.
    tell : callable
        Told, in a line, what the user should know.
    """

    def __init__(
        self,
        catalog: Catalog,
        segments: Segments,
        generations: Generations,
        publish_after: int,
        tell: Callable[[str], None],
    ) -> None:
        self._catalog = catalog
        self._segments = segments
        self._generations = generations
        self._publish_after = publish_after
        self._tell = tell
        self._lock = catalog.lock
        self._left: list[object] = []
        self.reset()

    def reset(self) -> None:
        """Begin anew at the next look."""
        with self._lock:
            self._held: dict[str, Segment] = {}  # those that are searched: the live ones, and some that were
            self._live: tuple[Live, ...] = ()  # the live ones at the last look
            self._refused: set[str] = set()  # those of them that are damaged
            self._delta = Delta()
            self._covered: list[tuple[int, int]] = []  # the ranges that are not in the delta
            self._seen = 0  # the newest chunk that the delta was made for
            self._swept = False  # whether nothing is left over of a process that died
            self._opening = -1  # which opening of the catalog all this belongs to
            self._identity: str | None = None  # and which catalog that was
            self._process = os.getpid()
            self.behind = False

    def find(self, query: str, k: int, where: Filter | None = None) -> dict[int, float]:
        """Find the chunks that share words with `query`: the id and BM25 of at most `k`, best first."""
        tokens = asked(query)
        if not tokens or k < 1:
            return {}
        with self._lock:
            self._synchronise()
            if self.behind:
                self._tell(BEHIND)
            only: list[int] | None = None
            number = k if where is None else 4 * k  # a filter that leaves many is asked afterwards, of more than needed
            while True:
                found, more = self._best(tokens, number, only)
                # What was forgotten may stand in a segment still.
                there = coverage.fitting(self._catalog, list(found), where if only is None else None)
                best = [(chunk, score) for chunk, score in found.items() if chunk in there]
                if len(best) >= k or not more:
                    return dict(best[:k])
                number *= 4
                if (
                    where is not None
                    and only is None
                    and (only := coverage.picked(self._catalog, where, _FEW)) is not None
                ):
                    number = k

    def rarity(self, tokens: list[str]) -> list[float]:
        """Weigh words by how few of the chunks have them, those of none like the rarest."""
        with self._lock:
            self._synchronise()
            parts: list[Segment | Delta] = [*self._held.values(), self._delta]
            chunks = sum(map(len, parts))
            return [rarity(sum(part.having(token) for part in parts), chunks) for token in tokens]

    def look(self) -> None:
        """Open what there is to open, and take up what is new."""
        with self._lock:
            self._synchronise()

    def removed(self) -> None:
        """Leave nothing of forgotten chunks on the disk; the caller holds `changing`, and has removed their rows."""
        with self._lock:
            _, live = coverage.look(self._catalog)
            names = {one.name for one in live}
            if os.name == "nt":  # where a file that is open cannot be removed
                self._held = {name: one for name, one in self._held.items() if name in names}
            self._segments.sweep(names)

    def is_whole(self) -> bool:
        """Tell whether every live segment is what was written, of the chunks there are; if not, it is made anew."""
        with self._lock:
            self._synchronise()
            _, live = coverage.look(self._catalog)
            amiss = [one for one in live if not self._is_whole(one)]
            for one in amiss:
                self._drop(one)
            return not amiss and not self._refused

    def publish_due(self) -> bool:
        """Tell whether there is anything to do: many chunks are in no segment, or something is left over."""
        with self._lock:
            newest, live = coverage.look(self._catalog)
            left = coverage.gaps([(one.first, one.last) for one in live], newest)
            many = coverage.count(self._catalog, left, self._publish_after) >= self._publish_after
            return many or self._segments.left_over({one.name for one in live})

    def publish(self, stopping: Callable[[], bool] = lambda: False) -> bool:
        """Write the segments that are due, one after the other; tell whether any was.

        None is while another process is at it; between two, `stopping` is asked.
        """
        done = False
        with self._generations.publishing() as mine:
            while mine and not stopping():
                with self._generations.changing():
                    if not self._write_next():
                        break
                done = True
        return done

    def _write_next(self) -> bool:
        """Write one segment, if one is due; the caller holds `changing`, so that nothing is forgotten meanwhile."""
        with self._lock:
            self._synchronise()
            identity = self._catalog.identity()
            newest, live = coverage.look(self._catalog)
            self._segments.sweep({one.name for one in live})  # what a process that died has left
            rows = self._due(newest, live)
        if not rows:
            return False
        first, last = rows[0][0], rows[-1][0]
        name, digest = self._segments.write(first, last, rows)  # without the lock: queries go on
        with self._lock:
            with self._catalog.transaction(write=True):
                if identity != self._catalog.identity():  # made anew meanwhile; the folder is swept by whoever looks
                    return False
                live = coverage.publish(self._catalog, Live(first, last, name, digest))
            self._segments.sweep({one.name for one in live})
            self._synchronise()
        return True

    def _due(self, newest: int, live: tuple[Live, ...]) -> Rows:
        """Give the chunks, with their words, of the segment that is to be written next."""
        left = coverage.gaps([(one.first, one.last) for one in live], newest)
        most = coverage.LARGEST
        counts = {one: coverage.count(self._catalog, [one], most) for one in left}
        waiting = sum(counts.values())
        if waiting >= self._publish_after:
            first, last = max(left, key=lambda one: counts[one])
        else:
            sizes = {name: len(segment) for name, segment in self._held.items()}
            chosen = coverage.next_range(live, sizes, waiting, self._publish_after)
            if chosen is None:
                return []
            first, last = chosen
        return coverage.oldest(self._catalog, first, last, most)

    def _best(self, tokens: list[str], number: int, only: list[int] | None) -> tuple[dict[int, float], bool]:
        """Give the best chunks of all parts, and whether there may be more."""
        parts: list[Segment | Delta] = [*self._held.values(), self._delta]
        chunks = sum(map(len, parts))
        counts = {token: sum(part.having(token) for part in parts) for token in tokens}
        weights = {token: rarity(having, chunks) for token, having in counts.items() if having}
        found: dict[int, float] = {}
        more = False
        for part in parts:
            best = part.find(weights, number, only)
            more = more or len(best) >= number
            found |= best
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:number]), more

    def _synchronise(self) -> None:
        """Take up what this or another process has added, forgotten or published since the last look."""
        if self._process != os.getpid():
            self._left.append(self._held)  # a forked child leaves alone what is its parent's
            self.reset()
        for _ in range(_TRIES):
            newest, live = coverage.look(self._catalog)
            if self._opening != self._catalog.openings:
                identity = self._catalog.identity()
                if identity != self._identity:
                    self.reset()
                self._opening, self._identity = self._catalog.openings, identity
            if live == self._live or self._take_up(live, newest):
                break
        self._take_up_rows(newest)
        if not self._swept:
            self._sweep()

    def _take_up(self, live: tuple[Live, ...], newest: int) -> bool:
        """Open the live segments; tell whether they still were live then."""
        for one in live:
            if one.name in self._held or one.name in self._refused:
                continue
            try:
                self._held[one.name] = self._opened(one, newest)
            except (FileNotFoundError, CorruptIndex):
                if one not in coverage.look(self._catalog)[1]:
                    return False  # another process has just replaced it, and may have removed half of it
                self._tell(DAMAGED)
                self._drop(one)
        names = {one.name for one in live}
        covered = coverage.joined([(one.first, one.last) for name, one in self._held.items() if name in names])
        # One that was removed from the disk is searched until all it has is in others.
        for name, segment in list(self._held.items()):
            left = [(max(first, segment.first), last) for first, last in coverage.gaps(covered, segment.last)]
            if name not in names and not coverage.count(self._catalog, left, 1):
                del self._held[name]
        self._live = live
        self._refused &= names
        return True

    def _opened(self, one: Live, newest: int) -> Segment:
        segment = self._segments.open(one.name, one.digest)
        # A segment that covers more than there is would hide what is still to come.
        if (segment.first, segment.last) != (one.first, one.last) or not 0 < one.first <= one.last <= newest:
            raise CorruptIndex(f"The catalog does not say of the segment {one.name} what its manifest says.")
        return segment

    def _take_up_rows(self, newest: int) -> None:
        covered = coverage.joined([(one.first, one.last) for one in self._held.values()])
        if covered != self._covered or len(self._delta) > 2 * _MOST:
            self._delta, self._covered, self._seen, self.behind = Delta(), covered, 0, False
        if newest > self._seen:
            left = [(max(first, self._seen + 1), last) for first, last in coverage.gaps(covered, newest)]
            rows = coverage.latest(self._catalog, [one for one in left if one[0] <= one[1]], _MOST + 1)
            self.behind = self.behind or len(rows) > _MOST
            self._delta.add(rows[-_MOST:])
            self._seen = newest

    def _drop(self, one: Live) -> None:
        """Go on without a segment that is damaged: its chunks are in no other, and are taken up one by one."""
        self._refused.add(one.name)
        self._held.pop(one.name, None)
        with contextlib.suppress(StoreError):  # a full disk: this process knows, and others find out themselves
            coverage.retract(self._catalog, one.name)

    def _sweep(self) -> None:
        """Remove what a process has left that died while it wrote or forgot, unless another is writing just now."""
        with contextlib.suppress(StoreError):
            if not self._segments.left_over({one.name for one in coverage.look(self._catalog)[1]}):
                self._swept = True
                return
            with self._generations.changing_if_free() as mine:
                if mine:
                    self._segments.sweep({one.name for one in coverage.look(self._catalog)[1]})
                    self._swept = True

    def _is_whole(self, one: Live) -> bool:
        try:
            segment = self._opened(one, one.last)
        except (FileNotFoundError, CorruptIndex):
            return one not in coverage.look(self._catalog)[1]  # another process has just replaced it
        rows = coverage.oldest(self._catalog, one.first, one.last, coverage.LARGEST + 1)
        return digest_of_rows(rows) == segment.manifest.digest
