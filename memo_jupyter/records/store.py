"""The folder of records: one file a memory, which is the truth that everything else is derived from."""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import os
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from ulid import ULID

from memo_jupyter.errors import CorruptRecord, StoreError, StoreTooNew, UnknownId
from memo_jupyter.records import codec
from memo_jupyter.records.disk import Disk, contents, explained, size_of
from memo_jupyter.records.locks import held, lock_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from memo_jupyter.types import Record

FORMAT = 1
_DAYS_KEPT = 4096
SUFFIX = ".memo"
_NO_FILE = {errno.EISDIR, errno.ENXIO, errno.ELOOP}  # a folder, a socket or a device, links in a circle
_ABANDONED = 3600.0  # seconds after which a file in tmp/ is a crashed writer's, and is swept away


def new_id(created: datetime) -> str:
    """Make an id that sorts by `created`, and then by when it is made.

    The turns of an old conversation often have one time for all of them; which came first must not be lost.
    """
    # Not `ULID.from_datetime`: it holds a lock of the library's, which a forked child would wait for, for ever.
    made = time.time_ns() // 1000
    return str(ULID(int(created.timestamp() * 1000).to_bytes(6, "big") + made.to_bytes(7, "big") + os.urandom(3)))


def id_from(created: datetime, origin: bytes) -> str:
    """Make the id that sorts by `created` and is the same whenever the same ten bytes stand for its origin."""
    return str(ULID(int(created.timestamp() * 1000).to_bytes(6, "big") + origin))


class RecordStore:
    """The records of one store folder. Any number of processes may use one folder at once.

    Parameters
    ----------
    folder : Path
        Made, with rights for the user alone, when the first record is written.
    disk : Disk
        How files are written; tests put another in its place.

    Raises
    ------
    StoreTooNew
        A later memo wrote the folder.
    StoreError
        The folder's ``store.json`` cannot be read.
    """

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder
        self.disk = disk or Disk()
        self._day = functools.lru_cache(maxsize=_DAYS_KEPT)(_day)  # each is asked for a few times, by one memory's use
        self._records = folder / "records"
        self._arriving = folder / "tmp"
        self.quarantine = folder / "quarantine"
        self._elsewhere = folder / "elsewhere"
        self._made = False
        self._one_at_a_time = lock_at(folder / "lock")
        self._check_format()

    def write(self, record: Record) -> None:
        """Write a new record; when this returns, it survives a crash and a power cut.

        Raises
        ------
        StoreUnwritable, CorruptRecord
        """
        self.write_many([record])

    def write_many(self, records: Sequence[Record]) -> None:
        """Write new records; when this returns, all survive a crash and a power cut.

        Raises
        ------
        StoreUnwritable, CorruptRecord
            Some of them may have been written.
        """
        self._make()
        files = [(self.path(record.id), codec.encode(record)) for record in records]
        for folder in dict.fromkeys(path.parent for path, _ in files):
            self.disk.make_folder(folder)
        self.disk.write_all_atomically(files, self._arriving)

    def rewrite(self, record: Record) -> bool:
        """Replace a record that is there, and tell whether it was: one that was forgotten is not brought back."""
        data = codec.encode(record)
        path = self.path(record.id)
        with self.lock():
            if not path.exists():
                return False
            self.disk.write_atomically(path, data, self._arriving)
            return True

    def amend(self, record_id: str, change: Callable[[Record], Record]) -> Record | None:
        """Replace a record by what `change` makes of it, as it is now; None if it is not there any more.

        Raises
        ------
        CorruptRecord, StoreError
        """
        with self.lock():  # between the look and the write nobody else changes it
            try:
                changed = change(self.read(record_id))
            except UnknownId:
                return None
            return changed if self.rewrite(changed) else None

    def keep_file(self, name: str, data: bytes) -> None:
        """Write a file of the store that is no record, whole or not at all.

        Raises
        ------
        StoreUnwritable
        """
        self._make()
        with self.lock():
            self.disk.write_atomically(self.folder / name, data, self._arriving)

    def read(self, record_id: str) -> Record:
        """Read one record.

        Raises
        ------
        UnknownId
            There is none of that id.
        CorruptRecord
            Its file is not what was written. It has been set aside in ``quarantine/``.
        """
        path = self.path(record_id)
        try:
            record = codec.decode(_contents(path))
            if record.id != record_id:
                raise CorruptRecord(f"it holds the memory {record.id[:40]!r}")  # noqa: TRY301  # like any damage
        except FileNotFoundError:
            raise UnknownId(f"There is no memory {record_id}. %memo list shows those there are.") from None
        except OSError as error:
            raise StoreError(f"{path} cannot be read ({error.strerror}).") from error
        except CorruptRecord as error:
            self._set_aside(path, str(error))
            raise CorruptRecord(
                f"The file of memory {record_id} is damaged: {error}. It was set aside in {self.quarantine}."
            ) from error
        return record

    def has(self, record_id: str) -> bool:
        """Tell whether there is a record of that whole id."""
        try:
            return self.path(record_id).exists()
        except UnknownId:
            return False

    def remove(self, record_id: str) -> bool:
        """Remove a record's file, and tell whether there was one."""
        path = self.path(record_id)
        with self.lock():
            aside = list(self.quarantine.glob(f"{path.name}*"))
            found = path.exists() or bool(aside)
            for one in (path, *aside, *self._arriving.glob(f"{path.name}.*")):
                self.disk.remove(one)
        return found

    def path(self, record_id: str) -> Path:
        """Tell where a record is kept: the id's own time names the folder, so no look-up is needed."""
        return self._records / self.day(record_id) / (record_id + SUFFIX)

    def day(self, record_id: str) -> str:
        """Tell in which folder of `days` a record is."""
        try:
            return self._day(record_id)
        except ValueError:
            raise UnknownId(f"{record_id!r} is not the id of a memory. %memo list shows those there are.") from None

    def days(self) -> Iterator[tuple[str, int]]:
        """List the folders of days that hold records, each with the time it last changed, in nanoseconds."""
        for year in _folders(self._records):
            for month in _folders(year.path):
                for day in _folders(month.path):
                    with contextlib.suppress(FileNotFoundError):
                        yield f"{year.name}/{month.name}/{day.name}", day.stat().st_mtime_ns

    def ids(self, day: str) -> set[str]:
        """List the ids of the records of one day, as `days` names it."""
        try:
            names = [path.name for path in (self._records / day).iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return set()
        return {name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)}

    def size(self) -> int:
        """Tell how many bytes the records take."""
        return sum(size_of(Path(folder, name)) for folder, _, names in os.walk(self._records) for name in names)

    def set_aside(self) -> list[str]:
        """List the ids of the records that were damaged and set aside, and have not been put back from a backup."""
        aside = (path.name.removesuffix(SUFFIX) for path in self.quarantine.glob("*" + SUFFIX))
        return sorted(one for one in aside if not self.has(one))

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the store while records are replaced or removed; the system frees it if its holder dies.

        A thread that holds it may take it again.

        Raises
        ------
        StoreError
            Another process has held it for long.
        """
        self._make()
        with held(self._one_at_a_time, self.folder):
            yield

    @contextlib.contextmanager
    def lock_if_writable(self) -> Iterator[None]:
        """Hold the store as `lock` does; where it cannot be written, nothing can be removed, and no lock is needed."""
        with self.lock() if self.is_writable() else contextlib.nullcontext():
            yield

    def is_writable(self) -> bool:
        """Tell whether records can be written here; a store that is not there yet is made when the first one is."""
        return os.access(self.folder, os.W_OK | os.X_OK) or not self.folder.exists()

    def changed_elsewhere(self) -> int:
        """Tell when a process whose index is another has last changed the records, in nanoseconds; 0 for never."""
        try:
            return self._elsewhere.stat().st_mtime_ns
        except OSError:
            return 0

    def tell_elsewhere(self) -> None:
        """Let processes whose index is another see that the records have changed: theirs was not told."""
        with contextlib.suppress(OSError):  # they see it when they open the store
            os.close(os.open(self._elsewhere, os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))
            os.utime(self._elsewhere)

    def _make(self) -> None:
        if self._made and self._arriving.is_dir():  # the folder may be deleted while it is open: then it is made anew
            return
        self.disk.make_folder(self.folder)
        self.disk.make_folder(self._arriving)
        about = self.folder / "store.json"
        if not about.exists():
            words = {"format": FORMAT, "store": str(ULID()), "made": datetime.now(timezone.utc).isoformat()}
            self.disk.write_atomically(about, json.dumps(words, indent=1).encode(), self._arriving)
        self._sweep()
        self._made = True

    def _check_format(self) -> None:
        about = self.folder / "store.json"
        try:
            found = json.loads(about.read_text("utf-8"))["format"]
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{about} cannot be read ({error}). Move it away: memo writes it anew.") from error
        if found != FORMAT:
            raise StoreTooNew(f"The store {self.folder} has format {found}; this memo reads {FORMAT}. Update it.")

    def _set_aside(self, path: Path, reason: str) -> None:
        # A store that cannot be written is no reason to hide that the record is damaged.
        with contextlib.suppress(StoreError), explained(path):
            self.disk.make_folder(self.quarantine)
            self.disk.rename(path, self.quarantine / path.name)
            (self.quarantine / (path.name + ".why")).write_text(reason + "\n", "utf-8")

    def _sweep(self) -> None:
        before = time.time() - _ABANDONED
        for path in self._arriving.iterdir():
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()


def _day(record_id: str) -> str:
    return f"{ULID.from_str(record_id).datetime:%Y/%m/%d}"


def _folders(path: Path | str) -> list[os.DirEntry[str]]:
    """List the folders that are named by a number, in order."""
    try:
        with os.scandir(path) as entries:
            return sorted((one for one in entries if one.name.isdigit() and one.is_dir()), key=lambda one: one.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _contents(path: Path) -> bytes:
    try:
        return contents(path, codec.MAX_FILE)
    except ValueError as error:
        raise CorruptRecord(str(error)) from None
    except OSError as error:
        if error.errno in _NO_FILE:
            raise CorruptRecord("it is not a file") from None
        raise
