"""Which chunks may answer: the nearest in meaning, those that share words, and what stands beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from memo_jupyter.index.analysis import analysed
from memo_jupyter.index.lines import REACH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from memo_jupyter.index.index import Index
    from memo_jupyter.index.lines import Beside, Line
    from memo_jupyter.index.rows import Filter
    from memo_jupyter.recall.asked import Asked

    Numbers = NDArray[np.float64]

_LEADING = 30
"""So many of those found bring what stands beside them along."""


_WIDER = 16
"""How much wider the search becomes, at the most, where the first places are earlier runs of cells."""


@dataclass(frozen=True)
class Candidates:
    """The chunks that may answer, a row each; `lines` tells what each is.

    Attributes
    ----------
    lines : list of Line
        n chunks.
    found : ndarray of bool, shape (n,)
        Whether it was found itself; the others stand beside one that was, and only bear on it where a filter is given.
    cosine : ndarray, shape (n,)
        How near each is in meaning, from -1 to 1; 0 while it has no vector.
    counts : ndarray, shape (n, words)
        How often each word of the question stands in it.
    about : ndarray, shape (n, words)
        The same, of what is known of its record.
    rarity : ndarray, shape (words,)
        How rare each word is in all of the memory: BM25's inverse document frequency.
    beside : ndarray of int, shape (n, 4)
        The rows of the chunk before it, the one before that, the one after it, and the one after that; -1 for none.
    doing_cosine, doing_counts, doing_rarity
        The same, for what the user is doing.
    """

    lines: list[Line]
    found: NDArray[np.bool_]
    cosine: Numbers
    counts: Numbers
    about: Numbers
    rarity: Numbers
    beside: NDArray[np.int64]
    doing_cosine: Numbers
    doing_counts: Numbers
    doing_rarity: Numbers

    def __len__(self) -> int:
        return len(self.lines)

    @cached_property
    def lengths(self) -> Numbers:
        """How many words each has."""
        return np.array([line.words.count(" ") + 1 for line in self.lines], dtype=float)

    @cached_property
    def created(self) -> Numbers:
        """When each one's record was made, in seconds since the beginning of 1970, UTC."""
        return np.array([line.created for line in self.lines], dtype=float) / 1e6

    @cached_property
    def session(self) -> NDArray[np.int64]:
        """A number for the session that each is a part of; what is a part of none has its record's own."""
        names: dict[str, int] = {}
        return np.array([names.setdefault(line.session or line.record, len(names)) for line in self.lines])

    @cached_property
    def authors(self) -> list[frozenset[str]]:
        """The words of each one's author."""
        known = {author: frozenset(analysed(author or "")) for author in {line.author for line in self.lines}}
        return [known[line.author] for line in self.lines]

    def having(self, wanted: frozenset[str]) -> Numbers:
        """Tell which have one of some words."""
        return np.array([not wanted.isdisjoint(line.words.split(" ")) for line in self.lines], dtype=float)

    def with_digits(self) -> Numbers:
        """Tell which have a number in digits."""
        return np.array([any(map(str.isdigit, line.words.split(" "))) for line in self.lines], dtype=float)


def gather(index: Index, asked: Asked, breadth: int, where: Filter | None) -> Candidates | None:
    """Collect the chunks that may answer.

    Parameters
    ----------
    breadth : int
        How many are taken by meaning, and twice as many by words.
    where : Filter or None
        Which records are meant.

    Returns
    -------
    Candidates or None
        None if there is nothing.
    """
    wanted = asked.words
    doing = asked.doing_words if asked.doing else []
    rarity = np.array(index.rarity([*wanted, *doing]))
    vectors = [asked.vector] if asked.doing_vector is None else [asked.vector, asked.doing_vector]
    cosines, order = _found(index, asked, breadth, where)
    with index.reading():
        lines = index.lines(order)
        if not lines:
            return None
        found = len(lines)
        beside = index.beside(list(lines.values())[:_LEADING])
        near = {one for two in beside.values() for one in (*two.before, *two.after)} - lines.keys()
        lines |= index.lines(near - index.of_earlier_runs(near))
        chunks, rows = list(lines), list(lines.values())
        cosine = _cosines(index, chunks, np.stack(vectors), {} if len(vectors) > 1 else cosines)
    counts = _counts([line.words for line in rows], [*wanted, *doing])
    return Candidates(
        rows,
        np.arange(len(rows)) < found,
        cosine[0],
        counts[:, : len(wanted)],
        _counts([line.about for line in rows], wanted),
        rarity[: len(wanted)],
        _places(chunks, beside),
        cosine[1] if len(cosine) > 1 else np.zeros(len(rows)),
        counts[:, len(wanted) :],
        rarity[len(wanted) :],
    )


def _found(index: Index, asked: Asked, breadth: int, where: Filter | None) -> tuple[Mapping[int, float], list[int]]:
    """Find the chunks that may answer, the best first, and the cosines of those found by meaning.

    A cell that was run fifty times fills the first places with its earlier runs: then more are asked for.
    """
    most = _WIDER * breadth
    while True:
        cosines = index.nearest(asked.vector, breadth, where)
        shared = index.sharing_words(asked.text, 2 * breadth, where)
        best = max(shared.values(), default=1.0)
        order = sorted({*cosines, *shared}, key=lambda one: -(cosines.get(one, 0.0) + shared.get(one, 0.0) / best))
        earlier = index.of_earlier_runs(order)
        if 2 * len(earlier) <= len(order) or breadth >= most:
            return cosines, [chunk for chunk in order if chunk not in earlier]
        breadth *= 4


def _cosines(index: Index, chunks: Sequence[int], vectors: NDArray[np.float32], known: Mapping[int, float]) -> Numbers:
    """Compare the chunks with each of some vectors, shape (m, dim), but for those that are known; shape (m, n)."""
    near = np.zeros((len(vectors), len(chunks)))
    near[0] = [known.get(chunk, 0.0) for chunk in chunks]
    place = {chunk: row for row, chunk in enumerate(chunks) if chunk not in known}
    having, values = index.vectors(list(place))
    near[:, [place[chunk] for chunk in having.tolist()]] = vectors @ values.T
    return near


def _counts(texts: Sequence[str], wanted: Sequence[str]) -> Numbers:
    """Count each word in each text; shape (texts, words)."""
    counts = np.zeros((len(texts), len(wanted)))
    marked = [(column, word, f" {word} ") for column, word in enumerate(wanted)]
    for row, text in enumerate(texts):
        apart = ""
        for column, word, alone in marked:
            if word in text:  # most are not, nor in parts
                apart = apart or f" {text.replace(' ', '  ')} "
                counts[row, column] = apart.count(alone)
    return counts


def _places(chunks: Sequence[int], beside: dict[int, Beside]) -> NDArray[np.int64]:
    """Give the rows of what stands beside each chunk, both ways; shape (n, 2 * REACH)."""
    row = {chunk: place for place, chunk in enumerate(chunks)}
    places = np.full((len(chunks), 2 * REACH), -1, np.int64)
    for chunk, two in beside.items():
        here = row[chunk]
        for side, (others, offset, back) in enumerate(((two.before, 0, REACH), (two.after, REACH, 0))):
            del side
            for far, other in enumerate(others):
                if other in row:
                    places[here, offset + far] = row[other]
                    places[row[other], back + far] = here
    return places
