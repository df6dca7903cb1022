"""The catalog: which records there are, their chunks, words and vectors, in one SQLite file.

A row of `vectors` gets its label when it is written, and labels are never used again, so everything above the highest
label that a process has seen is new to it: that is how one process learns what another has remembered.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import sqlite3
import threading
from typing import TYPE_CHECKING

from memo_jupyter.errors import CorruptIndex, StoreError
from memo_jupyter.index.rows import Filter, Place, Row, microseconds, moment
from memo_jupyter.records.disk import explained
from memo_jupyter.records.locks import held, lock_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from memo_jupyter.types import Record

SCHEMA = 1

_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE days (day TEXT PRIMARY KEY, changed INTEGER) WITHOUT ROWID;
CREATE TABLE records (
  id TEXT PRIMARY KEY, day TEXT, kind TEXT, thread TEXT, author TEXT, created INTEGER, source TEXT, tags TEXT,
  opening TEXT
) WITHOUT ROWID;
CREATE INDEX records_by_day ON records (day);
CREATE INDEX records_by_time ON records (created);
CREATE INDEX records_by_thread ON records (thread, created);
CREATE TABLE chunks (id INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT, start INTEGER, "end" INTEGER);
CREATE INDEX chunks_by_record ON chunks (record);
CREATE TABLE waiting (chunk INTEGER PRIMARY KEY);
CREATE TABLE vectors (label INTEGER PRIMARY KEY AUTOINCREMENT, chunk INTEGER UNIQUE, value BLOB);
CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = "porter unicode61 remove_diacritics 2");
"""

_OPENING = 200  # characters of a text that the catalog keeps to show in lists


class Catalog:
    """The SQLite file. Safe to use from any thread, from forked children, and from many processes at once.

    Parameters
    ----------
    path : Path
        The file; it and its folder are made if they are not there.

    Attributes
    ----------
    lock : RLock
        Held while the connection is used. The index takes it too.
    openings : int
        How often the file was opened: what was derived from it before the last time may be of another file.

    Raises
    ------
    CorruptIndex
        Here and in every method: the file is damaged, or of another version. The index has to be made anew.
    StoreError
        Here and in every method: it cannot be read or written for another reason.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.openings = 0
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._owner = 0
        self._abandoned: list[sqlite3.Connection] = []

    @contextlib.contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        """Give the connection inside a transaction: all of what is done takes place, or nothing of it."""
        with self.lock, self._explained():
            connection = self._connected()
            if connection.in_transaction:  # nested: the outermost commits
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def add(self, record: Record, day: str, spans: Sequence[tuple[int, int]]) -> bool:
        """Add a record with its chunks and words, and tell whether it was new."""
        with self.transaction(write=True) as db:
            if db.execute("SELECT 1 FROM records WHERE id = ?", (record.id,)).fetchone():
                return False
            db.execute(
                "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    record.id, day, record.kind, record.thread, record.author, microseconds(record.created),
                    json.dumps(dict(record.source)), json.dumps(record.tags), " ".join(record.text[:_OPENING].split()),
                ),
            )  # fmt: skip
            for start, end in spans:
                chunk = db.execute(
                    'INSERT INTO chunks (record, start, "end") VALUES (?, ?, ?)', (record.id, start, end)
                ).lastrowid
                db.execute("INSERT INTO waiting VALUES (?)", (chunk,))
                db.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (chunk, record.text[start:end]))
            return True

    def chunks(self, record_id: str) -> list[tuple[int, int, int]]:
        """List a record's chunks: id, start and end of each."""
        with self.transaction() as db:
            return db.execute(
                'SELECT id, start, "end" FROM chunks WHERE record = ? ORDER BY start', (record_id,)
            ).fetchall()

    def places(self, chunks: Sequence[int]) -> dict[int, Place]:
        """Tell of each chunk where it stands; one that is gone is left out."""
        marks = ", ".join("?" * len(chunks))
        with self.transaction() as db:
            rows = db.execute(
                'SELECT c.id, c.record, r.author, r.created, c.start, c."end" FROM chunks c '
                f"JOIN records r ON r.id = c.record WHERE c.id IN ({marks})",
                chunks,
            ).fetchall()
        return {
            chunk: Place(record, author, moment(created), start, end)
            for chunk, record, author, created, start, end in rows
        }

    def set_vectors(self, values: Sequence[tuple[int, bytes]]) -> None:
        """Give chunks their vectors; chunks that are gone, or have theirs, are passed over."""
        with self.transaction(write=True) as db:
            db.executemany(
                "INSERT OR IGNORE INTO vectors (chunk, value) SELECT id, ? FROM chunks WHERE id = ?",
                [(value, chunk) for chunk, value in values],
            )
            db.executemany("DELETE FROM waiting WHERE chunk = ?", [(chunk,) for chunk, _ in values])

    def without_vectors(self, limit: int) -> list[str]:
        """List ids of records whose chunks have no vectors yet, oldest first."""
        with self.transaction() as db:
            rows = db.execute(
                "SELECT DISTINCT c.record FROM waiting w JOIN chunks c ON c.id = w.chunk ORDER BY w.chunk LIMIT ?",
                (limit,),
            )
            return [record for (record,) in rows]

    def remove(self, ids: Sequence[str]) -> list[int]:
        """Remove records with their chunks, words and vectors; return the labels that are gone."""
        labels: list[int] = []
        with self.transaction(write=True) as db:
            for record_id in ids:
                chunks = [chunk for (chunk,) in db.execute("SELECT id FROM chunks WHERE record = ?", (record_id,))]
                for chunk in chunks:
                    labels += [lab for (lab,) in db.execute("SELECT label FROM vectors WHERE chunk = ?", (chunk,))]
                    db.execute("DELETE FROM vectors WHERE chunk = ?", (chunk,))
                    db.execute("DELETE FROM words WHERE rowid = ?", (chunk,))
                    db.execute("DELETE FROM waiting WHERE chunk = ?", (chunk,))
                db.execute("DELETE FROM chunks WHERE record = ?", (record_id,))
                db.execute("DELETE FROM records WHERE id = ?", (record_id,))
        return labels

    def scrub(self) -> None:
        """Leave nothing of what was removed in the file: not in the word index, its free pages, or the WAL."""
        with self.transaction(write=True) as db:
            # Removed words stay in the full-text index until its parts are merged into one.
            db.execute("INSERT INTO words (words) VALUES ('optimize')")
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
        return [
            Row(
                record_id, kind, moment(created), thread, author, json.loads(source),
                tuple(json.loads(tags)), opening,
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

    def counts(self) -> dict[str, int]:
        """Count the records of each kind."""
        with self.transaction() as db:
            return dict(db.execute("SELECT kind, count(*) FROM records GROUP BY kind ORDER BY kind").fetchall())

    def about(self, key: str) -> str | None:
        """Read a fact about the catalog itself: `identity` (random, made with it) or `embedder`."""
        with self.transaction() as db:
            row = db.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()
            return None if row is None else str(row[0])

    def set_about(self, key: str, value: str) -> None:
        """Write a fact about the catalog itself."""
        with self.transaction(write=True) as db:
            db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, value))

    def identity(self) -> str:
        """Tell which catalog this is: random, made with it."""
        return self.about("identity") or ""

    def change_embedder(self, fingerprint: str) -> None:
        """Remove every vector, because another embedding model is used from now on."""
        with self.transaction(write=True) as db:
            if self.about("embedder") != fingerprint:
                db.execute("DELETE FROM vectors")
                db.execute("INSERT OR IGNORE INTO waiting SELECT id FROM chunks")
                self.set_about("generation", "")
                self.set_about("embedder", fingerprint)

    def waiting(self) -> int:
        """Count the chunks that have no vector yet."""
        with self.transaction() as db:
            return int(db.execute("SELECT count(*) FROM waiting").fetchone()[0])

    def size(self) -> int:
        """Tell how many bytes the file takes."""
        return sum(path.stat().st_size for path in self.path.parent.glob(self.path.name + "*"))

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            if self._connection is not None and self._owner == os.getpid():
                with contextlib.suppress(sqlite3.Error):
                    self._connection.close()
            self._connection = None

    def was_replaced(self) -> bool:
        """Tell whether another file, or none, is now where the one was that was opened."""
        return self._file is not None and self._file != _identity_of(self.path)

    def remove_files(self) -> None:
        """Remove the catalog, whatever is in it; the next use makes a new one."""
        self.close()
        with explained(self.path), self._opening():
            # In this order a log never meets a catalog it is not of.
            for ending in ("", "-wal", "-shm", "-journal"):
                path = self.path.with_name(self.path.name + ending)
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and self._owner != os.getpid():
            # A connection must not be used, nor closed, on the other side of a fork: it is kept, and left alone.
            self._abandoned.append(self._connection)
            self._connection = None
        elif self._connection is not None and self.was_replaced():  # another process has made the index anew
            self.close()
        if self._connection is None:
            with explained(self.path):
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._opening():
                self._connection = self._open()
            self._owner = os.getpid()
            self.openings += 1
        return self._connection

    @contextlib.contextmanager
    def _opening(self) -> Iterator[None]:
        """Keep others from opening the file while it is removed, and from removing it while it is opened."""
        with held(lock_at(self.path.with_name("open.lock")), self.path.parent):
            yield

    def _open(self) -> sqlite3.Connection:
        with explained(self.path):
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite would make it for all to read
        self._file = _identity_of(self.path)
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            for setting in ("trusted_schema = OFF", "cell_size_check = ON"):  # the file may be damaged in any way
                connection.execute(f"PRAGMA {setting}")
            # NORMAL: a power cut may take the last rows, never the file. The records bring those rows back.
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON", "temp_store = MEMORY"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        def version() -> int:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])

        if version() == SCHEMA:
            return
        if version() != 0:
            raise CorruptIndex(f"The catalog has version {version()}, this memo uses {SCHEMA}.")
        connection.execute("BEGIN IMMEDIATE")
        try:
            if version() == 0:
                for statement in _TABLES.split(";")[:-1]:
                    connection.execute(statement)
                connection.execute("INSERT INTO about VALUES ('identity', ?)", (secrets.token_hex(16),))
                connection.execute(f"PRAGMA user_version = {SCHEMA}")
        except BaseException:
            connection.rollback()
            raise
        connection.commit()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            words = str(error)
            if "malformed" in words or "no such table" in words or "no such column" in words:
                raise CorruptIndex(f"The catalog is damaged ({error}).") from error
            if "full" in words:
                raise StoreError(f"The disk that holds {self.path.parent} is full. Free some space.") from error
            raise StoreError(f"The index at {self.path.parent} cannot be used ({error}).") from error
        except sqlite3.DatabaseError as error:
            raise CorruptIndex(f"The catalog is damaged ({error}).") from error


def _identity_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
