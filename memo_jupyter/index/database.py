"""One SQLite file that many processes use at once, and that any of them may make anew."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from typing import TYPE_CHECKING

from memo_jupyter.errors import CorruptIndex, StoreError
from memo_jupyter.records.disk import Disk, clear, explained, size_of
from memo_jupyter.records.locks import held, lock_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOT_DAMAGE = ("locked", "busy", "readonly", "unable to open", "disk I/O", "interrupted", "out of memory")
"""Words of SQLite's errors that are not about what is in the file."""

_FORK_PATIENCE = 5.0
"""Seconds that a fork waits for a statement to end."""


_CACHE = 65_536
"""KiB of the file that SQLite keeps in memory, at the most: its 2 MB are read again by every question."""


class Database:
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
        with _FORKS.lock:
            _FORKS.databases.add(self)

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

    def size(self) -> int:
        """Tell how many bytes the file takes."""
        return sum(map(size_of, self.path.parent.glob(self.path.name + "*")))

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            if self._connection is not None and self._owner == os.getpid():
                with contextlib.suppress(sqlite3.Error):
                    self._connection.close()
            self._connection = None

    def rest(self) -> None:
        """Close the file before a fork, unless the forking thread is in the midst of a transaction."""
        if self._connection is not None and self._owner == os.getpid() and not self._connection.in_transaction:
            self.close()

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
                clear(path)

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and self._owner != os.getpid():
            # A connection must not be used, nor closed, on the other side of a fork: it is kept, and left alone.
            self._abandoned.append(self._connection)
            self._connection = None
        elif self._connection is not None and self.was_replaced():  # another process has made the index anew
            self.close()
        if self._connection is None:
            Disk().make_folder(self.path.parent, disposable=True)
            with self._opening():
                self._connection = self._open()
            self._owner = os.getpid()
            self.openings += 1
        return self._connection

    @contextlib.contextmanager
    def _opening(self) -> Iterator[None]:
        """Keep others from opening the file while it is removed, and from removing it while it is opened."""
        with held(lock_at(self.path.with_name("open.lock"), disposable=True), self.path.parent):
            yield

    def _is_out_of_place(self) -> bool:
        """Tell whether something else stands in the place of one of SQLite's files: it has to go first.

        A link too: SQLite would write what it leads to, and what is forgotten would have to be removed there.
        """
        paths = [self.path.with_name(self.path.name + ending) for ending in ("", "-wal", "-shm")]
        return any(path.is_symlink() or (path.exists() and not path.is_file()) for path in paths)

    def _open(self) -> sqlite3.Connection:
        if self._is_out_of_place():
            raise CorruptIndex(f"{self.path} is no file.")
        with explained(self.path), contextlib.suppress(FileExistsError):
            # SQLite would make it for all to read. One that is there must not be opened and closed here: that would
            # free the locks that another handle of this process holds on it (howtocorrupt.html, section 2.2), and the
            # next process that closes it would take itself for the last, and remove the log under that handle.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            for ending in ("-wal", "-shm"):  # of one that was deleted: a new catalog must not meet them
                clear(self.path.with_name(self.path.name + ending))
        self._file = _identity_of(self.path)
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            for setting in ("trusted_schema = OFF", "cell_size_check = ON"):  # the file may be damaged in any way
                connection.execute(f"PRAGMA {setting}")
            connection.execute(f"PRAGMA cache_size = -{_CACHE}")
            # NORMAL: a power cut may take the last rows, never the file. The records bring those rows back.
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON", "temp_store = MEMORY"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            words = str(error)
            if "full" in words:
                raise StoreError(f"The disk that holds {self.path.parent} is full. Free some space.") from error
            ours = "readonly" in words and os.access(self.path, os.W_OK)  # a header that says so
            if any(reason in words for reason in _NOT_DAMAGE) and not ours and not self._is_out_of_place():
                raise StoreError(f"The index at {self.path.parent} cannot be used ({error}).") from error
            # A text that is not UTF-8, a table or column that is gone, a page that is none …
            raise CorruptIndex(f"The catalog is damaged ({error}).") from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # the latter of SQLite's own words on it
            raise CorruptIndex(f"The catalog is damaged ({error}).") from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the tables, or see that they are of this version."""
        raise NotImplementedError


class _Forks:
    """Sees to it that no connection, and no lock inside SQLite, is carried through a fork.

    A child would wait for ever for a lock that a thread of its parent held inside SQLite. And SQLite would take the
    file's locks for the child's own, which are its parent's: once the parent has closed the file, the next process
    removes the log under the child. Source: https://www.sqlite.org/howtocorrupt.html (section 2.6)
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.databases: weakref.WeakSet[Database] = weakref.WeakSet()
        self._held: list[Database] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._before, after_in_parent=self._after, after_in_child=self._after)

    def _before(self) -> None:
        self.lock.acquire()  # released after the fork, on both sides
        # One that is not free in time is left as it is: a fork must not wait for ever.
        self._held = [one for one in self.databases if one.lock.acquire(timeout=_FORK_PATIENCE)]
        for one in self._held:
            one.rest()

    def _after(self) -> None:
        for one in self._held:
            one.lock.release()
        self._held = []
        self.lock.release()


_FORKS = _Forks()  # of the whole process, as forks are


def _identity_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
