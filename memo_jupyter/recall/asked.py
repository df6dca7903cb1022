"""A question, understood: its words, its meaning, the times it names, and what its asker is doing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from memo_jupyter.index.analysis import analysed, asked
from memo_jupyter.recall.spans import spans
from memo_jupyter.types import Doing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.recall.spans import Span

_LONGEST = 2000
"""Characters of a question that are looked at for names and for what it asks for; a pasted text asks for nothing."""


@dataclass(frozen=True)
class Asked:
    """A question.

    Attributes
    ----------
    text : str
    vector : ndarray, shape (dim,)
        Its embedding.
    now : datetime
        When it is asked.
    spans : sequence of Span
        The times that it names.
    doing : Doing
        What its asker is doing.
    doing_vector : ndarray, shape (dim,), or None
        The embedding of that.
    """

    text: str
    vector: NDArray[np.float32]
    now: datetime
    spans: Sequence[Span] = ()
    doing: Doing = field(default_factory=Doing)
    doing_vector: NDArray[np.float32] | None = None

    @cached_property
    def words(self) -> list[str]:
        """The words that say what it is about, as they are indexed."""
        return asked(self.text)

    @cached_property
    def named(self) -> frozenset[str]:
        """All of its words, as they are indexed."""
        return frozenset(analysed(self.text[:_LONGEST]))

    @cached_property
    def doing_words(self) -> list[str]:
        """The words of what its asker is doing, as they are indexed."""
        return asked(self.doing.text)

    @cached_property
    def of_time(self) -> bool:
        """Whether it asks for a time."""
        return _ASKS_WHEN.search(self.text[:_LONGEST]) is not None

    @cached_property
    def of_number(self) -> bool:
        """Whether it asks for a number."""
        return _ASKS_HOW_MANY.search(self.text[:_LONGEST]) is not None


def understand(query: str, embedder: Embedder, authors: Iterable[str], now: datetime, doing: Doing) -> Asked:
    """Make of a query all that recall needs of it.

    Parameters
    ----------
    authors : iterable of str
        Whose memories there are.
    now : datetime
        When it is asked, in the user's own zone.
    """
    texts = [in_first_person(query, authors), *([doing.text] if doing.text.strip() else [])]
    vectors = embedder.embed(texts)
    return Asked(query, vectors[0], now, spans(query, now), doing, vectors[1] if len(texts) > 1 else None)


def in_first_person(query: str, authors: Iterable[str]) -> str:
    """Ask as the author who is named would: "What did Ann try?" as "What did I try?".

    People say I of themselves, and an embedding model knows no names: so the question comes nearer to what they said.
    """
    if len(query) > _LONGEST:
        return query
    for author in authors:
        name = author if author in query else author.partition(" ")[0]
        if name[:1].isupper() and name in query:
            query = re.sub(rf"\b{re.escape(name)}['\u2019]s\b", "my", query)
            query = re.sub(rf"\b{re.escape(name)}\b", "I", query)
    return query


_ASKS_WHEN = re.compile(r"\b(when|how long|(what|which) (date|day|month|year))\b", re.IGNORECASE)
_ASKS_HOW_MANY = re.compile(r"\bhow (many|much|often|long|large|big|high|old)\b", re.IGNORECASE)
