"""The file operations that durability rests on, in one place.

Everything that must survive a crash goes through a `Disk`, so that what is promised can be tested: a test puts a `Disk`
in its place that records the operations, or fails one of them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from memo_jupyter.errors import StoreUnwritable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_WRITERS = 8
_FULL = {errno.ENOSPC, errno.EDQUOT}
_TRIES = 5
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


class Disk:
    """Writes files so that they are there whole, or not at all, after a crash or a power cut."""

    def write_atomically(self, path: Path, data: bytes, arriving: Path) -> None:
        """Put `data` at `path`, replacing what is there; when this returns, it is on the disk.

        Raises
        ------
        StoreUnwritable
            The disk is full, or may not be written. Nothing half-written stays.
        """
        self.write_all_atomically([(path, data)], arriving)

    def write_all_atomically(self, files: Sequence[tuple[Path, bytes]], arriving: Path) -> None:
        """Put each file at its path, whole or not at all; when this returns, all are on the disk.

        The bytes are written to new files in `arriving`, a folder of the same file system, and forced to the disk.
        Only then do those files take their names; then the folders are forced to the disk too, since they hold the
        names. Many are forced by several threads, because a file system forces at once what waits at one time.

        Raises
        ------
        StoreUnwritable
            The disk is full, or may not be written. Nothing half-written stays; a file that has its name already, does.
        """
        if not files:
            return
        temporary = [arriving / f"{path.name}.{secrets.token_hex(4)}" for path, _ in files]
        data = [one for _, one in files]
        with explained(files[0][0]):
            try:
                if len(files) > 1:
                    with ThreadPoolExecutor(_WRITERS) as threads:
                        list(threads.map(self.write, temporary, data))
                else:
                    self.write(temporary[0], data[0])
                for one, (path, _) in zip(temporary, files, strict=True):
                    self.rename(one, path)
            except BaseException:
                for one in temporary:
                    with contextlib.suppress(OSError):
                        self.unlink(one)
                raise
            for folder in dict.fromkeys(path.parent for path, _ in files):
                self.sync_folder(folder)

    def make_folder(self, folder: Path, *, disposable: bool = False) -> None:
        """Make `folder` and what is missing above it, each readable by the user alone, and force it to the disk.

        Parameters
        ----------
        folder : Path
        disposable : bool
            Whether what stands in its place and is no folder is removed.
        """
        if folder.is_dir():
            return
        with explained(folder):
            if disposable and os.path.lexists(folder):
                # Not `clear`: another process may have made the folder just now.
                with contextlib.suppress(FileNotFoundError, IsADirectoryError):
                    folder.unlink()
            self.make_folder(folder.parent)
            with contextlib.suppress(FileExistsError):
                self.mkdir(folder)
            self.sync_folder(folder.parent)

    def remove(self, path: Path) -> None:
        """Remove the file at `path`, if it is there; when this returns, its name is gone from the disk."""
        with explained(path), contextlib.suppress(FileNotFoundError):
            self.unlink(path)
            self.sync_folder(path.parent)

    def remove_tree(self, folder: Path) -> None:
        """Remove a folder and what is in it, if it is there; when this returns, the names are gone from the disk."""
        with explained(folder), contextlib.suppress(FileNotFoundError):
            for left in reversed(range(_TRIES)):
                for path in sorted(folder.iterdir()):
                    if path.is_dir() and not path.is_symlink():
                        self.remove_tree(path)
                    else:
                        with contextlib.suppress(FileNotFoundError):
                            self.unlink(path)
                try:
                    self.rmdir(folder)
                    break
                except OSError as error:
                    # Who opens a tantivy index just then, also one that only reads, makes a file for its lock in it.
                    if error.errno != errno.ENOTEMPTY or not left:
                        raise
            self.sync_folder(folder.parent)

    # What follows is the seam: single operations, which a test may record or fail.

    def write(self, path: Path, data: bytes) -> None:
        """Write a new file and force it to the disk."""
        descriptor = self.create(path)
        try:
            view = memoryview(data)
            while view:
                view = view[self.append(descriptor, view) :]
            self.sync(descriptor)
        finally:
            os.close(descriptor)

    def force(self, path: Path) -> None:
        """Force a file that another library has written to the disk."""
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        try:
            self.sync(descriptor)
        finally:
            os.close(descriptor)

    def create(self, path: Path) -> int:
        """Open a new file, and give its descriptor."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)

    def append(self, descriptor: int, data: memoryview) -> int:
        """Write some of `data`, and tell how many bytes it was."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Force an open file's bytes to the disk."""
        os.fsync(descriptor)

    def rename(self, path: Path, target: Path) -> None:
        """Give a file or a folder its name; a file replaces what had it."""
        path.replace(target)

    def unlink(self, path: Path) -> None:
        """Remove a file's name."""
        path.unlink()

    def mkdir(self, folder: Path) -> None:
        """Make one folder."""
        folder.mkdir(mode=0o700)

    def rmdir(self, folder: Path) -> None:
        """Remove one empty folder."""
        folder.rmdir()

    def sync_folder(self, folder: Path) -> None:
        """Force a folder's names to the disk."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def clear(path: Path) -> None:
    """Remove what stands at `path`: a file, a link, a folder and all in it, or nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def contents(path: Path, most: int) -> bytes:
    """Read a file, whatever stands in its place: a pipe, a device or a vast file could be read without end.

    Raises
    ------
    ValueError
        It is no file, or has more than `most` bytes.
    OSError
    """
    with open(path, "rb", opener=_without_waiting) as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise ValueError("it is not a file")
        if about.st_size > most:
            raise ValueError(f"it has {about.st_size:,} bytes, and may have {most:,}")
        return file.read()


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


@contextlib.contextmanager
def explained(path: Path, advice: str = "Choose another store with MEMO_HOME.") -> Iterator[None]:
    """Turn the operating system's refusals into one line that says what to do; `advice` if the folder is forbidden."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreUnwritable(
                f"The disk that holds {path.parent} is full. Nothing was changed; free some space and try again."
            ) from error
        if error.errno in _FORBIDDEN:
            raise StoreUnwritable(f"{path.parent} cannot be written ({error.strerror}). {advice}") from error
        raise StoreUnwritable(f"{path} could not be written ({error.strerror}). Nothing was changed.") from error


def size_of(path: Path) -> int:
    """Tell how many bytes a file has; none if another process has just removed it."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
