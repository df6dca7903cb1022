"""The catalog: which records there are, their chunks, words and vectors, in one SQLite file.

The words are there to be read and to be put into segments (see `segments`), where they are searched.

A row of `vectors` gets its label when it is written, and labels are never used again, so everything above the highest
label that a process has seen is new to it: that is how one process learns what another has remembered.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
from typing import TYPE_CHECKING

from memo_jupyter.errors import CorruptIndex, StoreError
from memo_jupyter.index.database import Database
from memo_jupyter.index.rows import (
    Filter,
    Row,
    Thread,
    about,
    cell,
    microseconds,
    moment,
    row_of,
    session,
    supersedes,
    typed,
    understood,
    worded,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memo_jupyter.types import Record

SCHEMA = 4

_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE days (day TEXT PRIMARY KEY, changed INTEGER) WITHOUT ROWID;
CREATE TABLE records (
  id TEXT PRIMARY KEY, day TEXT, kind TEXT, thread TEXT, author TEXT, created INTEGER, source TEXT, tags TEXT,
  opening TEXT, about TEXT, session TEXT, supersedes TEXT, cell TEXT
) WITHOUT ROWID;
CREATE INDEX records_by_day ON records (day);
CREATE INDEX records_by_time ON records (created);
CREATE INDEX records_by_kind ON records (kind, created);
CREATE INDEX records_by_thread ON records (thread, created);
CREATE INDEX records_by_session ON records (session, created, id);
CREATE INDEX records_by_author ON records (author);
CREATE INDEX records_by_cell ON records (session, cell, created) WHERE cell IS NOT NULL;
CREATE INDEX records_by_older ON records (supersedes) WHERE supersedes IS NOT NULL;
CREATE TABLE chunks (id INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT, start INTEGER, "end" INTEGER, words TEXT);
CREATE INDEX chunks_by_record ON chunks (record);
CREATE TABLE waiting (chunk INTEGER PRIMARY KEY);
CREATE TABLE vectors (label INTEGER PRIMARY KEY AUTOINCREMENT, chunk INTEGER UNIQUE, value BLOB);
CREATE TABLE segments (name TEXT PRIMARY KEY, first INTEGER, last INTEGER, digest TEXT) WITHOUT ROWID;
"""


class Catalog(Database):
    """The tables, asked and written. Parameters, attributes and errors are those of `Database`."""

    def add(self, record: Record, day: str, chunks: Sequence[tuple[int, int, str]]) -> bool:
        """Add a record with its chunks, the start, the end and the words of each, and tell whether it was new."""
        with self.transaction(write=True) as db:
            if db.execute("SELECT 1 FROM records WHERE id = ?", (record.id,)).fetchone():
                return False
            row = row_of(record)
            db.execute(
                "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    row.id, day, row.kind, row.thread, row.author, microseconds(row.created),
                    json.dumps(row.source), json.dumps(row.tags), row.opening, about(record), session(record),
                    supersedes(record), cell(record),
                ),
            )  # fmt: skip
            for start, end, words in chunks:
                chunk = db.execute(
                    'INSERT INTO chunks (record, start, "end", words) VALUES (?, ?, ?, ?)',
                    (record.id, start, end, words),
                ).lastrowid
                db.execute("INSERT INTO waiting VALUES (?)", (chunk,))
            return True

    def amend(self, record: Record) -> None:
        """Tell anew where a record comes from; the words that it is found by have to be the same."""
        with self.transaction(write=True) as db:
            db.execute(
                "UPDATE records SET source = ?, supersedes = ? WHERE id = ?",
                (json.dumps(dict(record.source)), supersedes(record), record.id),
            )

    def redacted(self, limit: int) -> list[Row]:
        """List the latest records that secrets were taken out of."""
        with self.transaction() as db:
            found = db.execute(
                "SELECT id FROM records WHERE instr(source, '\"redacted\"') ORDER BY created DESC LIMIT ?", (limit,)
            ).fetchall()
            return self.rows(ids=[one for (one,) in found])

    def runs_of(self, notebook: str, cell_id: str, limit: int) -> list[str]:
        """Name the latest runs of a notebook's cell, the latest first."""
        with self.transaction() as db:
            found = db.execute(
                "SELECT id FROM records WHERE session = ? AND cell = ? ORDER BY created DESC, id DESC LIMIT ?",
                (notebook, cell_id, limit),
            ).fetchall()
        with understood():
            return [typed(one, str) for (one,) in found]

    def chunks(self, record_id: str) -> list[tuple[int, int, int]]:
        """List a record's chunks: id, start and end of each."""
        with self.transaction() as db:
            return db.execute(
                'SELECT id, start, "end" FROM chunks WHERE record = ? ORDER BY start', (record_id,)
            ).fetchall()

    def set_vectors(self, values: Sequence[tuple[int, bytes]]) -> None:
        """Give chunks their vectors; chunks that are gone, or have theirs, are passed over."""
        with self.transaction(write=True) as db:
            db.executemany(
                "INSERT OR IGNORE INTO vectors (chunk, value) SELECT id, ? FROM chunks WHERE id = ?",
                [(value, chunk) for chunk, value in values],
            )
            db.executemany("DELETE FROM waiting WHERE chunk = ?", [(chunk,) for chunk, _ in values])

    def without_vectors(self, limit: int) -> list[str]:
        """List ids of the records that the first `limit` chunks without a vector are of, oldest first."""
        with self.transaction() as db:
            rows = db.execute(
                "SELECT DISTINCT c.record FROM (SELECT chunk FROM waiting ORDER BY chunk LIMIT ?) w "
                "LEFT JOIN chunks c ON c.id = w.chunk ORDER BY w.chunk",
                (limit,),
            ).fetchall()
        with understood():
            return [typed(record, str) for (record,) in rows]

    def remove(self, ids: Sequence[str]) -> list[int]:
        """Remove records with their chunks, words and vectors; return the labels that are gone.

        The segments that have one of the chunks are live no more: their other chunks are in none then.
        """
        labels: list[int] = []
        with self.transaction(write=True) as db:
            for record_id in ids:
                chunks = [chunk for (chunk,) in db.execute("SELECT id FROM chunks WHERE record = ?", (record_id,))]
                for chunk in chunks:
                    labels += [lab for (lab,) in db.execute("SELECT label FROM vectors WHERE chunk = ?", (chunk,))]
                    db.execute("DELETE FROM vectors WHERE chunk = ?", (chunk,))
                    db.execute("DELETE FROM waiting WHERE chunk = ?", (chunk,))
                    db.execute("DELETE FROM segments WHERE ? BETWEEN first AND last", (chunk,))
                db.execute("DELETE FROM chunks WHERE record = ?", (record_id,))
                db.execute("DELETE FROM records WHERE id = ?", (record_id,))
        return labels

    def scrub(self) -> None:
        """Leave nothing of what was removed in the log; in the file itself SQLite has put zeros over it."""
        with self.lock, self._explained():
            # It waits for readers, as long as any statement waits.
            busy = self._connected().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise StoreError(
                "What was forgotten is found no more, but a reader kept its words in the index's log. "
                f"Close the other kernels that use {self.path.parent}, then run verify."
            )

    def rows(self, where: Filter | None = None, ids: Sequence[str] | None = None, limit: int = -1) -> list[Row]:
        """List records, newest first."""
        condition, values = (where or Filter()).sql()
        if ids is not None:
            condition += f" AND r.id IN ({', '.join('?' * len(ids))})"
            values += ids
        with self.transaction() as db:
            found = db.execute(
                "SELECT id, kind, created, thread, author, source, tags, opening FROM records r "
                f"WHERE {condition} ORDER BY created DESC, id DESC LIMIT ?",  # no value is put into it
                (*values, limit),
            ).fetchall()
        with understood():
            return [
                Row(
                    typed(record_id, str), typed(kind, str), moment(created), worded(thread), worded(author),
                    _source(source),
                    tuple(typed(tag, str) for tag in typed(json.loads(tags), list)), typed(opening, str),
                )
                for record_id, kind, created, thread, author, source, tags, opening in found
            ]  # fmt: skip

    def ending_with(self, ending: str, limit: int = 20) -> list[str]:
        """List the ids that end with `ending` (any case), newest first; they are made of letters and digits."""
        with self.transaction() as db:
            found = db.execute(
                "SELECT id FROM records WHERE substr(id, -?) = ? ORDER BY id DESC LIMIT ?",
                (len(ending), ending.upper(), limit),
            )
            return [record_id for (record_id,) in found]

    def ids_of(self, kind: str) -> list[str]:
        """List the ids of the records of a kind, newest first."""
        with self.transaction() as db:
            rows = db.execute(
                "SELECT id FROM records WHERE kind = ? ORDER BY created DESC, id DESC", (kind,)
            ).fetchall()
        with understood():
            return [typed(record_id, str) for (record_id,) in rows]

    def counts(self) -> dict[str, int]:
        """Count the records of each kind."""
        with self.transaction() as db:
            found = db.execute("SELECT kind, count(*) FROM records GROUP BY kind ORDER BY kind").fetchall()
        with understood():
            return {typed(kind, str): number for kind, number in found}

    def threads(self) -> list[Thread]:
        """List the conversations, the latest first."""
        with self.transaction() as db:
            # SQLite gives the other columns of the row that has the maximum (lang_select.html, "Bare columns").
            found = db.execute(
                "SELECT thread, count(*), max(created), opening FROM records WHERE kind = 'chat' "
                "AND thread IS NOT NULL GROUP BY thread ORDER BY max(created) DESC"
            ).fetchall()
        with understood():
            return [
                Thread(typed(name, str), number, moment(latest), typed(opening, str))
                for name, number, latest, opening in found
            ]

    def about(self, key: str) -> str | None:
        """Read a fact about the catalog itself: `identity` (random, made with it) or `embedder`."""
        with self.transaction() as db:
            row = db.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()
            return None if row is None else str(row[0])

    def set_about(self, key: str, value: str) -> None:
        """Write a fact about the catalog itself."""
        with self.transaction(write=True) as db:
            db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, value))

    def vouch(self, name: str, digest: str) -> None:
        """Keep the checksum of what a generation says of itself; before it goes live.

        A catalog that lost its last rows to a power cut gives their labels again. It lost this with them, so it does
        not take the generation for its own. And no number of a damaged manifest is believed.
        """
        self.set_about(f"generation {name}", digest)

    def vouched(self, name: str) -> str | None:
        """Give what `vouch` was told of the generation of that name."""
        return self.about(f"generation {name}")

    def live(self, name: str) -> None:
        """Keep the name of the generation that has gone live; empty for none. The others are gone."""
        with self.transaction(write=True) as db:
            self.set_about("generation", name)
            db.execute("DELETE FROM about WHERE key LIKE 'generation _%' AND key <> ?", (f"generation {name}",))

    def identity(self) -> str:
        """Tell which catalog this is: random, made with it."""
        return self.about("identity") or ""

    def change_embedder(self, fingerprint: str) -> None:
        """Remove every vector, because another embedding model is used from now on."""
        with self.transaction(write=True) as db:
            if self.about("embedder") != fingerprint:
                db.execute("DELETE FROM vectors")
                db.execute("INSERT OR IGNORE INTO waiting SELECT id FROM chunks")
                self.live("")
                self.set_about("embedder", fingerprint)

    def waiting(self, most: int = -1) -> int:
        """Count the chunks that have no vector yet, up to `most`."""
        with self.transaction() as db:
            return int(db.execute("SELECT count(*) FROM (SELECT 1 FROM waiting LIMIT ?)", (most,)).fetchone()[0])

    def _prepare(self, connection: sqlite3.Connection) -> None:
        def version() -> int:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])

        if version() == 0:
            connection.execute("BEGIN IMMEDIATE")
            try:
                if version() == 0:  # no other process has made them meanwhile
                    _make_tables(connection)
                    connection.execute("INSERT INTO about VALUES ('identity', ?)", (secrets.token_hex(16),))
                    connection.execute(f"PRAGMA user_version = {SCHEMA}")
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
        if version() != SCHEMA:
            raise CorruptIndex(f"The catalog has version {version()}, this memo uses {SCHEMA}.")
        # One that another has put a trigger, a view or a constraint in would do as that says. What SQLite makes for
        # itself is its own business, so a new catalog is made to compare with: under a millisecond.
        with contextlib.closing(sqlite3.connect(":memory:")) as new:
            _make_tables(new)
            if _schema(connection) != _schema(new):
                raise CorruptIndex("The catalog has other tables.")


def _source(words: str) -> dict[str, str | int]:
    found: dict[str, str | int] = typed(json.loads(words), dict)
    if not all(isinstance(value, str | int) for value in found.values()):
        raise TypeError("a source of something else than words and numbers")
    return found


def _make_tables(connection: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";")[:-1]:
        connection.execute(statement)


def _schema(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    return set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall())
