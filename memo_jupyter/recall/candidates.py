"""Which chunks may answer a question: the nearest in meaning, and those that share its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from memo_jupyter.index.index import Index
    from memo_jupyter.index.rows import Filter


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that may answer.

    Attributes
    ----------
    record : str
        The id of its record.
    author : str or None
        The author of its record.
    created : datetime
        When its record was made.
    start, end : int
        Where it stands in the record's text.
    cosine : float
        How near it is in meaning, from -1 to 1; 0 while it has no vector.
    bm25 : float
        How much it shares of the question's words; 0 for nothing.
    """

    record: str
    author: str | None
    created: datetime
    start: int
    end: int
    cosine: float
    bm25: float


def gather(
    index: Index, query: str, vector: NDArray[np.float32], breadth: int, where: Filter | None
) -> list[Candidate]:
    """Collect the chunks that may answer `query`.

    Parameters
    ----------
    vector : ndarray, shape (dim,)
        The embedding of `query`.
    breadth : int
        How many are taken by meaning, and as many by words.
    where : Filter or None
        Which records are meant.
    """
    cosines = index.nearest(vector, breadth, where)
    scores = index.sharing_words(query, breadth, where)
    # A chunk found by its words alone has a meaning too, and is to be judged by both.
    missing = [chunk for chunk in scores if chunk not in cosines]
    cosines |= index.near.cosines(vector, missing)
    places = index.places([*cosines, *(chunk for chunk in missing if chunk not in cosines)])
    return [
        Candidate(
            place.record, place.author, place.created, place.start, place.end,
            cosines.get(chunk, 0.0), scores.get(chunk, 0.0),
        )
        for chunk, place in places.items()
    ]  # fmt: skip
