"""Whether what the index holds of a record is what the record says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.index.index import words_of
from memo_jupyter.index.rows import about, cell, row_of, session, supersedes

if TYPE_CHECKING:
    from memo_jupyter.index.index import Index
    from memo_jupyter.types import Record

_STRAYS = (
    "FROM chunks WHERE record NOT IN (SELECT id FROM records)",
    "FROM vectors WHERE chunk NOT IN (SELECT id FROM chunks)",
    "FROM waiting WHERE chunk NOT IN (SELECT id FROM chunks)",
    "FROM waiting WHERE chunk IN (SELECT chunk FROM vectors)",
    "FROM chunks WHERE id NOT IN (SELECT chunk FROM waiting) AND id NOT IN (SELECT chunk FROM vectors)",
    "FROM chunks WHERE id < 1 OR id > (SELECT seq FROM sqlite_sequence WHERE name = 'chunks')",
    "FROM segments a JOIN segments b ON a.name <> b.name AND a.first <= b.last AND b.first <= a.last",
    "FROM vectors WHERE label < 1 OR label > (SELECT seq FROM sqlite_sequence WHERE name = 'vectors')",
    "FROM sqlite_sequence WHERE seq > 1 << 53",  # no number would be left for the next row
)
"""What no whole catalog has."""


def agrees(index: Index, record: Record) -> bool:
    """Compare what the catalog has of a record, row, chunks, words and vectors, with the record."""
    if index.catalog.rows(ids=[record.id]) != [row_of(record)]:
        return False
    with index.catalog.transaction() as db:
        asked = "SELECT about, session, supersedes, cell FROM records WHERE id = ?"
        known = db.execute(asked, (record.id,)).fetchone()
    if known != (about(record), session(record), supersedes(record), cell(record)):
        return False
    held = _held(index, record)
    vectors = {(one.start, one.end): one.values for one in record.vectors} if index.near.fits(record.embedder) else {}
    if not _are_of(index, held, record):
        return False
    # One that the record has not is made already where the record cannot be written again, or still to be made. One
    # that the index has not waits, and is taken from the record: its process died when it had written that.
    return all(waits or vectors.get((start, end), value) == value for start, end, _, value, waits in held)


def is_in_its_place(index: Index, record: Record) -> bool:
    """Tell whether all that the index has of a record is where its removal looks for it.

    In a damaged one a chunk may name another record, and a vector another chunk. Then they would stay.
    """
    with index.catalog.transaction() as db:  # one look: another process may be adding the record
        held = _held(index, record)
        known = db.execute("SELECT 1 FROM records WHERE id = ?", (record.id,)).fetchone()
    if not known:
        return not held
    return _are_of(index, held, record) and all((value is None) == waits for *_, value, waits in held)


def _held(index: Index, record: Record) -> list[tuple[int, int, str, bytes | None, int]]:
    """List the chunks of a record: start, end, words, vector, and whether it waits for one."""
    with index.catalog.transaction() as db:
        return db.execute(
            'SELECT c.start, c."end", c.words, v.value, EXISTS (SELECT 1 FROM waiting WHERE chunk = c.id) '
            "FROM chunks c LEFT JOIN vectors v ON v.chunk = c.id "
            "WHERE c.record = ? ORDER BY c.start",
            (record.id,),
        ).fetchall()


def _are_of(index: Index, held: list[tuple[int, int, str, bytes | None, int]], record: Record) -> bool:
    """Tell whether the chunks are of the record's text; a process without the tokenizer cuts it otherwise."""
    spans = [(start, end) for start, end, *_ in held]
    if not index.cutter.holds(record.text, spans):
        return False
    return all(words == words_of(record.text[start:end]) for start, end, words, *_ in held)


def is_sound(index: Index) -> bool:
    """Tell whether the catalog's own structure is whole, and no row is left over."""
    with index.catalog.transaction() as db:
        whole = db.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
        return whole and not any(db.execute(f"SELECT EXISTS (SELECT 1 {one})").fetchone()[0] for one in _STRAYS)
