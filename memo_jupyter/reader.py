"""Files into memories: what is new of each is kept, and only then what it takes the place of is forgotten.

Whatever interrupts it, reading the same again goes on where it was: what was kept is found again by its checksums, and
what should have been forgotten is, then.
"""

from __future__ import annotations

import dataclasses
import os
import stat
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from memo_jupyter import fields
from memo_jupyter.characters import whole
from memo_jupyter.documents.changes import compare, is_last, is_whole, sources
from memo_jupyter.documents.guarded import Readers
from memo_jupyter.documents.part import MOST_BYTES, Unreadable, digest
from memo_jupyter.documents.report import ReadReport
from memo_jupyter.errors import MemoError
from memo_jupyter.index.rows import Filter
from memo_jupyter.records.disk import contents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from memo_jupyter.documents.changes import Source
    from memo_jupyter.documents.finding import Found
    from memo_jupyter.documents.part import Part
    from memo_jupyter.index.rows import Row
    from memo_jupyter.opened import Opened
    from memo_jupyter.types import Record

_BATCH = 64
"""Records that are embedded and kept together, at the most."""

_CHARACTERS = 60_000
"""… and how long they may be: some seconds of embedding, which is what a crash costs at the most."""

_FEW = 8  # files that are each looked up in the catalog; of more, all documents are


class Reader:
    """Reads files into an opened store.

    Parameters
    ----------
    parts : Opened
    clean : callable
        Every text goes through it before it is kept.
    forget : callable
        Forgets the records of these ids for good.
    progress : callable
        Called with the number of files done, the one at hand in part, and of all.
    """

    def __init__(
        self,
        parts: Opened,
        clean: Callable[[str], str],
        forget: Callable[[Sequence[str]], object],
        progress: Callable[[float, int], None],
    ) -> None:
        self._parts = parts
        self._clean = clean
        self._forget = forget
        self._progress = progress
        self._report = ReadReport()
        self._pending: list[tuple[Record, float]] = []  # each with its share of a file
        self._gone: list[tuple[str, str]] = []  # ids, each with the path that its record has to have
        self._done = 0.0
        self._total = 0

    def read(self, found: Found) -> ReadReport:
        """Read the files that were found, and forget those that are gone from the folders."""
        known = self._known(found)
        self._total = len(found.files)
        self._count(problems=tuple(found.problems))
        with Readers() as readers:
            for path in found.files:
                try:
                    self._file(readers, path, known.get(whole(path), ()))
                except Unreadable as error:
                    self._count(problems=(*self._report.problems, f"{path}: {error}."))
                    self._advance(1)
                self._keep(whole=False)
        self._keep(whole=True)
        present = set(map(whole, found.files))
        for path in known.keys() - present:
            if any(path.startswith(os.path.join(folder, "")) for folder in found.folders) and _is_gone(path):  # noqa: PTH118  # a name as it is kept
                self._gone += [(row.id, path) for row in known[path]]
                self._count(removed=self._report.removed + 1)
        gone = [one for one, path in dict.fromkeys(self._gone) if self._is_of(one, path)]
        if gone:
            self._forget(gone)
        self._count(forgotten=len(gone))
        self._parts.indexer.wake()  # the next generation may be due
        return self._report

    def _known(self, found: Found) -> dict[str, list[Row]]:
        """List what is remembered of the files, and of all others if folders are read, by their paths."""
        few = len(found.files) <= _FEW and not found.folders
        filters = [Filter(kinds=["document"], source=path) for path in (map(whole, found.files) if few else [None])]

        def look(parts: Opened) -> list[Row]:
            return [row for where in filters for row in parts.index.catalog.rows(where)]

        known: dict[str, list[Row]] = {}
        for row in self._parts.use(look, whole=True):
            path = row.source.get("path")
            if isinstance(path, str) and "piece" in row.source:  # or it was kept by hand
                known.setdefault(path, []).append(row)
        return known

    def _file(self, readers: Readers, path: str, rows: Sequence[Row]) -> None:
        if rows and is_whole(rows, _digest(path)):
            self._count(unchanged=self._report.unchanged + 1)
            self._advance(1)
            return
        read, file_digest = readers.read(path)
        parts = [part for part in map(self._cleaned, read) if part.text.strip()]
        named = whole(path)  # a name may hold halves of characters, which no record takes
        changes = compare(rows, parts, sources(named, parts, file_digest))
        self._gone += [(one, named) for one in changes.gone]
        created = _changed(path)
        for part, source, alike in changes.wanted:
            self._pending.append((self._record(part, source, created, alike), 1 / len(parts)))
        self._advance(changes.kept / len(parts) if parts else 1)
        if parts:
            self._count(read=self._report.read + 1)
        else:
            self._count(empty=self._report.empty + 1)

    def _cleaned(self, part: Part) -> Part:
        where = {name: self._clean(value) if isinstance(value, str) else value for name, value in part.where.items()}
        if part.code is None and part.outputs is None:
            return dataclasses.replace(part, text=self._clean(part.text), where=where)
        code = None if part.code is None else self._clean(part.code)
        outputs = None if part.outputs is None else self._clean(part.outputs)
        text = "\n\n".join(filter(None, (code, outputs))) if code is not None else self._clean(part.text)
        return dataclasses.replace(part, text=text, where=where, code=code, outputs=outputs)

    def _record(self, part: Part, source: Source, created: datetime, alike: str | None) -> Record:
        record = fields.record(
            {"text": part.text, "kind": "document", "created": created, "source": source, "tags": part.tags,
             "code": part.code, "outputs": part.outputs}
        )  # fmt: skip
        old = self._readable(alike) if alike else None
        if old is not None and old.text == record.text and old.vectors and self._parts.index.near.fits(old.embedder):
            return dataclasses.replace(record, vectors=old.vectors, embedder=old.embedder)
        return record

    def _keep(self, *, whole: bool) -> None:
        """Embed and keep what has come together, in batches; with `whole`, all of it."""
        while batch := self._batch(whole=whole):
            records = [record for record, _ in batch]
            for last in (False, True):  # the record that says that all others are there is written after them
                chosen = [record for record in records if is_last(record.source) == last]
                moved = [record for record in chosen if record.vectors]
                kept = self._parts.keep_many([record for record in chosen if not record.vectors])
                self._parts.keep_as_they_are(moved)
                self._count(waiting=self._report.waiting or not all(record.vectors for record in kept))
            self._count(added=self._report.added + len(records))
            self._advance(sum(share for _, share in batch))

    def _batch(self, *, whole: bool) -> list[tuple[Record, float]]:
        number = characters = 0
        for record, _ in self._pending[:_BATCH]:
            number, characters = number + 1, characters + len(record.text)
            if characters >= _CHARACTERS:
                break
        if not whole and number < _BATCH and characters < _CHARACTERS:
            return []
        batch, self._pending = self._pending[:number], self._pending[number:]
        return batch

    def _advance(self, share: float) -> None:
        if share:
            self._done += share
            self._progress(min(round(self._done, 6), self._total), self._total)

    def _count(self, **counts: object) -> None:
        self._report = dataclasses.replace(self._report, **counts)  # type: ignore[arg-type]  # its own fields

    def _is_of(self, record_id: str, path: str) -> bool:
        """Tell whether a record's file says that it is of that path: the index could be damaged, and say so of any."""
        record = self._readable(record_id)
        return record is not None and record.kind == "document" and record.source.get("path") == path

    def _readable(self, record_id: str) -> Record | None:
        try:
            return self._parts.read(record_id)
        except MemoError:
            return None


def _digest(path: str) -> str:
    try:
        return digest(contents(Path(path), MOST_BYTES))
    except (OSError, ValueError):  # the reader says in its own words what is the matter
        return ""


def _changed(path: str) -> datetime:
    """Tell when a file was changed last: not before 1970, which no id can express, and not in the future."""
    now = datetime.now(timezone.utc)
    try:
        return datetime.fromtimestamp(min(max(os.stat(path).st_mtime, 0), now.timestamp()), timezone.utc)  # noqa: PTH116  # a name as it is kept
    except OSError:
        return now


def _is_gone(path: str) -> bool:
    """Tell whether there is no such file any more; where one may not look, there may be."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116  # as above
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
