"""Search by words: stemmed BM25 over the chunks, in the catalog's full-text table."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from memo_jupyter.index.rows import Filter, typed, understood

if TYPE_CHECKING:
    from memo_jupyter.index.catalog import Catalog

_MOST = 32  # words of a query that are looked up; a pasted page has more, and they add little

_COMMON_HERE = 1000
"""A word in more chunks than that is not looked up beside a rarer one: it tells little, and every chunk is scored."""

# Words that are in most questions and say nothing of what is asked.
_COMMON = frozenset(
    "a about all am an and any are as at be been but by can could did do does for from had has have he her him his how "
    "i if in into is it its me my no not of on or our she so some than that the their them then there these they this "
    "to up us was we were what when where which who why will with would you your".split()
)


def telling(text: str) -> list[str]:
    """List the words of `text` that say what it is about, each once, in lower case."""
    return [word for word in dict.fromkeys(_words(text)) if word not in _COMMON]


def search(catalog: Catalog, query: str, k: int, where: Filter | None = None) -> dict[int, float]:
    """Find the chunks that share words with `query`.

    Returns
    -------
    dict of int to float
        The id of at most `k` chunks, best first, each with its BM25 score (positive, higher is better).
        Source of the formula: https://www.sqlite.org/fts5.html#the_bm25_function
    """
    words = telling(query)[:_MOST]
    if not words or k < 1:
        return {}
    match = " OR ".join(_rarer(catalog, [f'"{word}"' for word in words]))
    if where is None:
        statement = "SELECT rowid, -rank FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?"
        values: list[object] = [match, k]
    else:
        condition, wanted = where.sql()
        statement = (
            "SELECT words.rowid, -words.rank FROM words JOIN chunks c ON c.id = words.rowid "
            f"JOIN records r ON r.id = c.record WHERE words MATCH ? AND {condition} ORDER BY words.rank LIMIT ?"
        )
        values = [match, *wanted, k]
    with catalog.transaction() as db:
        found = db.execute(statement, values).fetchall()
    with understood():
        return {typed(chunk, int): _score(score) for chunk, score in found}


def containing(catalog: Catalog, query: str, where: Filter | None = None) -> list[str]:
    """List the ids of the records in whose text every word of `query` stands, newest first.

    Unlike `search`, no other form of a word will do, but for upper and lower case; a common word counts like any other.
    """
    wanted = set(_words(query))
    condition, values = (where or Filter()).sql()
    with catalog.transaction() as db:
        found: set[str] | None = None
        for word in wanted:  # in any chunk of the record, each
            rows = db.execute(
                "SELECT c.record, words.text FROM words JOIN chunks c ON c.id = words.rowid "
                f"JOIN records r ON r.id = c.record WHERE words MATCH ? AND {condition}",
                (f'"{word}"', *values),
            ).fetchall()
            with understood():
                having = {typed(record, str) for record, text in rows if word in _words(typed(text, str))}
            found = having if found is None else found & having
    return sorted(found or (), reverse=True)


def stand_in(text: str, query: str) -> bool:
    """Tell whether every word of `query` stands in `text`, as `containing` asks."""
    return set(_words(query)) <= set(_words(text))


def has_words(query: str) -> bool:
    """Tell whether there is anything in `query` that can be looked for."""
    return bool(_words(query))


def _score(value: object) -> float:
    if not 0 <= typed(value, float) < math.inf:  # the lengths that it is made of are damaged
        raise ValueError(f"a score of {value}")
    return typed(value, float)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _rarer(catalog: Catalog, words: list[str]) -> list[str]:
    """Keep the words that few chunks have; all, if there are none such."""
    if len(words) == 1:
        return words
    with catalog.transaction() as db:
        rare = [
            word
            for word in words
            if db.execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1 OFFSET ?", (word, _COMMON_HERE)).fetchone()
            is None
        ]
        # A word that no chunk has is rare too, and finds nothing.
        if any(db.execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", (word,)).fetchone() for word in rare):
            return rare
    return words
