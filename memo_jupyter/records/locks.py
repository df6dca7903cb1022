"""Locks between processes: the system frees them when their holder dies, so none is ever stale."""

from __future__ import annotations

import contextlib
import stat
from typing import TYPE_CHECKING

import filelock

from memo_jupyter.errors import StoreError
from memo_jupyter.records.disk import clear, explained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PATIENCE = 120.0
"""Seconds: writing a graph of a million vectors takes some, and nothing else is done under a lock that takes long."""

_POLL = 0.005
"""Seconds between two tries: the library's 50 ms would be most of what a query waits for another process' indexer."""


def lock_at(path: Path, *, disposable: bool = False) -> filelock.BaseFileLock:
    """Make the lock of a file; a thread that holds it may take it again.

    Parameters
    ----------
    path : Path
    disposable : bool
        Whether what stands in its place and is no file is removed.
    """
    if disposable:
        _make_way(path)
    return filelock.FileLock(path, timeout=_PATIENCE, mode=0o600)


@contextlib.contextmanager
def held(lock: filelock.BaseFileLock, folder: Path) -> Iterator[None]:
    """Hold `lock`, which guards `folder`.

    Raises
    ------
    StoreError
        Another process has held it for two minutes, or it cannot be taken there.
    """
    with explained(folder / "lock"):
        try:
            lock.acquire(poll_interval=_POLL)
        except filelock.Timeout as error:
            raise StoreError(f"Another process has been writing {folder} for long. Try again.") from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def held_if_free(path: Path, within: float = 0.0) -> Iterator[bool]:
    """Hold the lock of a disposable file if no other has it, or gives it up `within` seconds; gives whether it is."""
    _make_way(path)
    lock = filelock.FileLock(path, timeout=within, mode=0o600)
    mine = True
    with explained(path):
        try:
            lock.acquire()
        except filelock.Timeout:
            mine = False
    try:
        yield mine
    finally:
        if mine:
            lock.release()


def _make_way(path: Path) -> None:
    try:
        is_file = stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return  # there is nothing, or taking the lock says what is the matter
    if not is_file:
        with explained(path):
            clear(path)
