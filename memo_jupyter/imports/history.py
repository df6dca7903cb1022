"""IPython's history database, read while IPython may be writing to it, and without trusting it.

``history.sqlite`` has the tables ``sessions (session, start, end, num_cmds, remark)``, ``history (session, line,
source, source_raw)`` and ``output_history (session, line, output)`` (``IPython/core/history.py``, 8.12 to 9.18);
outputs are there only where ``HistoryManager.db_log_output`` is set. `start` is local time, with no zone.

It is read a page at a time, and between pages nothing is locked: IPython is never kept from writing. The database may
be anybody's, so it is opened read-only, no view, trigger or virtual table is used, and only these columns are read.
"""

from __future__ import annotations

import sqlite3
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memo_jupyter.errors import BadArchive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

MAGIC = b"SQLite format 3\0"

_COLUMNS = {
    "sessions": {"session", "start"},
    "history": {"session", "line", "source", "source_raw"},
    "output_history": {"session", "line", "output"},
}
_NEEDED = ("sessions", "history")
_FUNCTIONS = ("substr", "typeof", "count", "coalesce", "nullif")
_PAGE = 500  # lines that are read together
_LONGEST = 200_000  # characters of a line, or of its output
_LARGEST = 64 * 1024 * 1024  # bytes of a value
_PATIENCE = 5.0  # seconds that a lock of another program is waited for
_AMISS = (sqlite3.Error, MemoryError, OverflowError)
"""What sqlite3 says of a damaged file: also that no memory could hold what it claims to hold."""

_WHOLE = "typeof(h.session) = 'integer' AND typeof(h.line) = 'integer'"


@dataclass(frozen=True, slots=True)
class Input:
    """What was typed at one prompt, and what came out, where that was kept."""

    session: int
    number: int
    code: str
    output: str


class History:
    """A history database that is open for reading.

    Raises
    ------
    BadArchive
        Here and in every method: it is not one, is damaged, or is locked.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._db = self._connect("mode=ro")
        except _AMISS as error:
            if _is_locked(error):
                raise self._bad(error) from error
            try:  # a journal that cannot be played back, or a folder that cannot be written
                self._db = self._connect("mode=ro&immutable=1")
            except _AMISS:
                raise self._bad(error) from error

    def count(self) -> int:
        """Count the lines."""
        return int(self._rows(f"SELECT count(*) FROM history h WHERE {_WHOLE}", ())[0][0])  # noqa: S608  # a constant

    def start(self, session: int) -> str:
        """Tell when a session was begun, as it is written there; empty if that is not known."""
        found = self._rows("SELECT start FROM sessions WHERE session = ? LIMIT 1", (session,))
        return found[0][0] if found and isinstance(found[0][0], str) else ""

    def inputs(self) -> Iterator[Input]:
        """Read what was typed, session by session."""
        outputs = "LEFT JOIN output_history o ON o.session = h.session AND o.line = h.line" if self._outputs else ""
        output = "o.output" if self._outputs else "NULL"
        code = f"substr(coalesce(nullif(h.source_raw, ''), h.source), 1, {_LONGEST})"
        after = f"{_WHOLE} AND (h.session, h.line) > (?, ?) ORDER BY h.session, h.line LIMIT {_PAGE}"
        what = f"h.session, h.line, {code}, substr({output}, 1, {_LONGEST})"
        query = f"SELECT {what} FROM history h {outputs} WHERE {after}"  # noqa: S608  # constants of this module
        last = (-(2**63), -(2**63))
        while page := self._rows(query, last):
            for session, line, code, printed in page:
                last = (session, line)
                if isinstance(code, str):
                    yield Input(session, line, code, printed if isinstance(printed, str) else "")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connect(self, how: str) -> sqlite3.Connection:
        db = sqlite3.connect(f"{self._path.absolute().as_uri()}?{how}", uri=True, timeout=_PATIENCE)
        try:
            db.text_factory = lambda data: data.decode("utf-8", "replace")
            if sys.version_info >= (3, 11):
                db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST)
            for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON", "mmap_size = 0"):
                db.execute(f"PRAGMA {pragma}").fetchall()
            self._check(db)
            db.set_authorizer(_allowed)
        except BaseException:
            db.close()
            raise
        return db

    def _check(self, db: sqlite3.Connection) -> None:
        tables = {
            name: f"{made}"
            for name, made in db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        }
        plain = {name for name in _COLUMNS if tables.get(name, "").upper().startswith("CREATE TABLE")}
        for name in plain.copy():
            columns = {row[1] for row in db.execute(f"PRAGMA table_info({name})")}
            if not _COLUMNS[name] <= columns:
                plain.discard(name)
        if not plain.issuperset(_NEEDED):
            raise BadArchive(f"{self._path} is a database, but not IPython's history.")
        self._outputs = "output_history" in plain

    def _rows(self, query: str, values: tuple[int, ...]) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(query, values).fetchall()
        except _AMISS as error:
            raise self._bad(error) from error

    def _bad(self, error: Exception) -> BadArchive:
        if _is_locked(error):
            return BadArchive(f"{self._path} is locked by another program. Copy it, and import the copy.")
        return BadArchive(f"{self._path} is a database that cannot be read ({str(error) or 'it is damaged'}).")


def _is_locked(error: Exception) -> bool:
    return "locked" in str(error)


def _allowed(action: int, first: str | None, second: str | None, *_: object) -> int:
    """Let SQLite do nothing but read the columns that are known, whatever the database's own schema says."""
    if action == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and (not second or second in _COLUMNS.get(first or "", ())):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and second in _FUNCTIONS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY
