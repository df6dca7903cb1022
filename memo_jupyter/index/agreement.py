"""Whether what the index holds of a record is what the record says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.index.chunks import cut
from memo_jupyter.index.rows import row_of

if TYPE_CHECKING:
    from memo_jupyter.index.index import Index
    from memo_jupyter.types import Record


def agrees(index: Index, record: Record, max_tokens: int) -> bool:
    """Compare a record's row, chunks, words and vectors with the record.

    Parameters
    ----------
    max_tokens : int
        What the embedding model reads at once: it says how texts are cut.
    """
    if index.catalog.rows(ids=[record.id]) != [row_of(record)]:
        return False
    with index.catalog.transaction() as db:
        held = db.execute(
            'SELECT c.start, c."end", w.text, v.value FROM chunks c LEFT JOIN words w ON w.rowid = c.id '
            "LEFT JOIN vectors v ON v.chunk = c.id WHERE c.record = ? ORDER BY c.start",
            (record.id,),
        ).fetchall()
    spans = cut(record.text, max_tokens)
    vectors = {(one.start, one.end): one.values for one in record.vectors} if index.near.fits(record.embedder) else {}
    if [row[:3] for row in held] != [(start, end, record.text[start:end]) for start, end in spans]:
        return False
    # One that the record has not is made already where the record cannot be written again, or still to be made.
    return all(vectors.get((start, end), value) == value for start, end, _, value in held)


def is_sound(index: Index) -> bool:
    """Tell whether the catalog's own structure is whole."""
    with index.catalog.transaction(write=True) as db:
        db.execute("INSERT INTO words (words) VALUES ('integrity-check')")  # raises if it is not
        return [one for (one,) in db.execute("PRAGMA integrity_check").fetchall()] == ["ok"]
