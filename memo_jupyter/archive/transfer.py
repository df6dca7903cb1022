"""All memories into one archive, and back."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from memo_jupyter.archive.reading import Archive, Limits
from memo_jupyter.archive.writing import Writer, whole_file
from memo_jupyter.errors import BadArchive, BadInput, MemoError, StoreError, StoreUnwritable, UnknownId
from memo_jupyter.index.dense import unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from memo_jupyter.opened import Opened
    from memo_jupyter.types import Record

_BATCH = 64  # records that go into the index together, and after which progress is told
_BATCH_CHARACTERS = 16 * 1024 * 1024  # so that 64 of the largest do not fill the memory
_UNIT = 0.01  # float16 rounds a unit vector's length by less


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did.

    Attributes
    ----------
    memories : int
        How many are in the archive.
    problems : tuple of str
        Why others could not be read, and are not in it; a line each.
    """

    memories: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes
    ----------
    added, known : int
        How many memories were added, and how many were there already.
    what : str
        What the file was recognised as.
    conversations : int
        In how many conversations, or sessions, they are; 0 for an archive, which may hold anything.
    problems : tuple of str
        What could not be taken, a line each; an archive is taken whole or not at all.
    """

    added: int
    known: int
    what: str = "an archive of memo"
    conversations: int = 0
    problems: tuple[str, ...] = ()


def export(
    parts: Opened,
    file: str | Path,
    *,
    vectors: bool = False,
    progress: Callable[[int, int], None] | None = None,
    limits: Limits | None = None,
) -> Exported:
    """Write all memories into one file; see `Memo.export`."""
    limits = limits or Limits()
    target = path_of(file).absolute()
    if (target.parent.resolve() / target.name).is_relative_to(parts.store.folder.resolve()):
        raise BadInput("Choose a file outside of the store: what is forgotten has to be gone from all of its folder.")
    total = sum(1 for _ in _ids(parts)) if progress else 0
    problems: list[str] = []
    with whole_file(target, parts.store.disk, limits) as stream:
        writer = Writer(stream, limits, vectors=vectors)
        for done, record_id in enumerate(_ids(parts)):
            if progress and done < total and done % _BATCH == 0:
                progress(done, total)
            try:
                record = parts.read(record_id)
            except UnknownId:  # forgotten meanwhile
                continue
            except MemoError as error:
                problems.append(str(error))
                continue
            try:
                writer.add(record)
            except BadArchive as error:
                problems.append(f"The memory {record_id} was left out: its line {error}.")
        writer.end()
    if progress and total:
        progress(total, total)
    return Exported(writer.count, tuple(problems))


def import_(
    parts: Opened,
    file: str | Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    limits: Limits | None = None,
) -> Imported:
    """Add the memories of an archive; see `Memo.import_`."""
    with Archive(path_of(file), limits or Limits()) as archive:
        whole = max(1, 2 * archive.size)  # it is read twice
        try:
            for number, _ in enumerate(archive.records()):
                if progress and number % _BATCH == 0:
                    progress(archive.position, whole)
        except BadArchive as error:
            raise BadArchive(f"{error} Nothing was imported.") from error
        added = known = 0
        try:
            for batch in _batches(archive.records()):
                new = [_without_foreign_vectors(parts, one) for one in batch if not parts.store.has(one.id)]
                parts.keep_as_they_are(new)
                added, known = added + len(new), known + len(batch) - len(new)
                if progress:
                    progress(archive.size + archive.position, whole)
        except StoreUnwritable as error:
            raise StoreUnwritable(
                f"{error} {added:,} memories of the archive were added before; import it again to go on."
            ) from error
        finally:
            parts.indexer.wake()
    if progress:
        progress(whole, whole)
    return Imported(added, known)


def path_of(file: str | Path) -> Path:
    """Give the path that a user wrote."""
    return Path(os.path.expanduser(file))  # noqa: PTH111  # Path's own raises where there is no such user


def _ids(parts: Opened) -> Iterator[str]:
    """List the ids of all records, oldest first: the order that an archive has."""
    store = parts.store
    try:
        for day, _ in store.days():
            for record_id in sorted(store.ids(day)):
                try:
                    placed = store.day(record_id) == day
                except UnknownId:  # a file of somebody else
                    continue
                if placed:  # or it is a copy in a wrong folder, which no other part of memo sees
                    yield record_id
    except OSError as error:
        raise StoreError(f"{store.folder} cannot be read ({error.strerror}).") from error


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    characters = 0
    for record in records:
        batch.append(record)
        characters += sum(map(len, filter(None, (record.text, record.response, record.outputs, record.code))))
        if len(batch) == _BATCH or characters > _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _without_foreign_vectors(parts: Opened, record: Record) -> Record:
    """Give the record as it is if its vectors can be used here, else without them, so that it is embedded anew."""
    if record.vectors and parts.index.near.fits(record.embedder) and _fit(parts, record):
        return record
    return dataclasses.replace(record, vectors=(), embedder=None)


def _fit(parts: Opened, record: Record) -> bool:
    # An archive may say anything of its vectors. A length that is not 1 would win every query, NaN break it, and a
    # chunk that is not ours leave its own without a vector for good.
    embedder = parts.embedder
    if not parts.index.cutter.holds(record.text, [(one.start, one.end) for one in record.vectors]):
        return False
    if any(len(one.values) != 2 * embedder.dim for one in record.vectors):
        return False
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(unpack([one.values for one in record.vectors], embedder.dim), axis=1)
    return bool(np.all(np.abs(lengths - 1) < _UNIT))
