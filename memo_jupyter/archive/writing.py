"""Writing a file that is there whole or not at all, where nothing of the user's is ever replaced."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import os
import re
import secrets
import stat
from typing import TYPE_CHECKING

from memo_jupyter.archive import lines
from memo_jupyter.archive.reading import Archive
from memo_jupyter.errors import BadArchive, BadInput
from memo_jupyter.records.disk import explained

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from pathlib import Path

    from memo_jupyter.archive.reading import Limits
    from memo_jupyter.records.disk import Disk
    from memo_jupyter.types import Record

_ADVICE = "Choose another folder for the archive."


class Writer:
    """Writes the lines of an archive.

    Parameters
    ----------
    stream : binary file
    limits : Limits
        What is written has to fit whoever reads it.
    vectors : bool
        Whether the records' vectors are written too.
    """

    def __init__(self, stream: io.BufferedIOBase, limits: Limits, *, vectors: bool) -> None:
        self._stream = stream
        self._limits = limits
        self._vectors = vectors
        self._digest = hashlib.blake2b(digest_size=32)
        self.count = 0
        self._put(lines.header(vectors=vectors))

    def add(self, record: Record) -> None:
        """Write a record.

        Raises
        ------
        BadArchive
            It holds what no archive may; nothing was written.
        """
        line = lines.from_record(record, vectors=self._vectors)
        if len(line) > self._limits.line:
            raise BadArchive(f"is longer than {self._limits.line:,} bytes")
        self._put(line)
        self.count += 1

    def end(self) -> None:
        """Write the last line."""
        self._put(lines.footer(self.count, self._digest.digest()))

    def _put(self, line: bytes) -> None:
        self._digest.update(line)
        self._stream.write(line)


@contextlib.contextmanager
def whole_file(target: Path, disk: Disk, limits: Limits) -> Iterator[io.BufferedIOBase]:
    """Give a stream whose bytes stand at `target`, on the disk, once the block has ended without an error.

    Until then they are in a file beside it, of the user alone, which a kill leaves behind; the next call for the same
    `target` removes it. A name that ends in ``.gz`` is packed.

    Raises
    ------
    BadInput
        Something else than a memo archive is there.
    StoreUnwritable
        The disk is full, or may not be written. Nothing half-written stays.
    """
    with explained(target, _ADVICE):
        _refuse_others(target, limits)
        _sweep(target, disk)
        temporary, descriptor = _beside(target)
        try:
            with os.fdopen(descriptor, "wb") as raw:
                if target.name.endswith(".gz"):
                    with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6) as packed:
                        yield packed
                        unpacked = packed.tell()
                    raw.flush()
                    _refuse_bomb(limits, unpacked, raw.tell())
                else:
                    yield raw
                raw.flush()
                os.fsync(raw.fileno())
                _refuse_others(target, limits)  # it may have come meanwhile
                disk.rename(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                disk.unlink(temporary)
            raise
        disk.sync_folder(target.parent)


def _refuse_others(target: Path, limits: Limits) -> None:
    try:
        found = target.lstat()
    except FileNotFoundError:
        return
    except ValueError:  # NUL
        raise BadInput(f"{str(target)!r} is not a file's name.") from None
    if stat.S_ISLNK(found.st_mode):  # what it leads to may be anything, and anybody's
        raise BadInput(f"{target} is a link. Name the file that it leads to.")
    if not stat.S_ISREG(found.st_mode):
        raise BadInput(f"{target} is not a file. Choose another name.")
    if found.st_size:
        try:
            with Archive(target, limits) as archive:
                archive.check_header()
        except BadArchive:
            raise BadInput(f"{target} is there already and is not a memo archive. Choose another name.") from None


def _refuse_bomb(limits: Limits, unpacked: int, packed: int) -> None:
    if limits.is_bomb(unpacked, packed):
        raise BadInput(
            "These memories repeat themselves so much that no memo would unpack them. Choose a name without .gz."
        )


def _beside(target: Path) -> tuple[Path, int]:
    while True:
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(temporary, flags, 0o600)
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # tells that its writer lives; the system frees it
        if temporary.exists():  # or it was swept before it was locked
            return temporary, descriptor
        os.close(descriptor)


def _sweep(target: Path, disk: Disk) -> None:
    ours = re.compile(re.escape(f".{target.name}.") + "[0-9a-f]{8}[.]part")
    for path in target.parent.iterdir():
        if not ours.fullmatch(path.name):
            continue
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its writer lives
                disk.unlink(path)
            finally:
                os.close(descriptor)
