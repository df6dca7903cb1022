"""Locks between processes: the system frees them when their holder dies, so none is ever stale."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

import filelock

from memo_jupyter.errors import StoreError
from memo_jupyter.records.disk import explained

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
def held_if_free(path: Path) -> Iterator[bool]:
    """Hold the lock of a disposable file if no other process has it; gives whether this one got it."""
    _make_way(path)
    lock = filelock.FileLock(path, timeout=0, mode=0o600)
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


def clear(path: Path) -> None:
    """Remove what stands at `path`: a file, a link, a folder and all in it, or nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _make_way(path: Path) -> None:
    if path.is_symlink() or path.is_dir():
        with explained(path):
            clear(path)
