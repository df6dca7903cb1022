"""What the catalog is asked for, and what it tells."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any, TypeVar

from memo_jupyter.errors import CorruptIndex
from memo_jupyter.index.analysis import analysed
from memo_jupyter.types import ERROR

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from memo_jupyter.types import Record

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MONTHS = "January February March April May June July August September October November December".split()
_UNSEARCHED = (
    "cell", "evidence", "supersedes", "sort", "session", "folder", "commit", "redacted", "conversation", "import_key",
    "digest", "piece",
)  # fmt: skip
"""Parts of a source that are hashes, ids, and words of memo's own."""

_OPENING = 200  # characters of a text that the catalog keeps to show in lists

# The first part alone says of nearly all rows that they do not fit, a hundred times as fast.
_TAGGED = "instr(r.tags, ?) AND EXISTS (SELECT 1 FROM json_each(r.tags) WHERE value = ?)"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records are meant: all those that fit every field that is not None.

    Attributes
    ----------
    kinds, tags : collection of str or None
        One of these kinds; all of these tags.
    since, until : datetime or None
        Created at or after; created before.
    thread : str or None
    source : str or None
        A text of the record's source: a notebook's or a file's whole path, or the end of it from one folder on.
    latest : bool
        Whether runs of a cell that a later run has taken the place of are left out.
    """

    kinds: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    thread: str | None = None
    tags: Collection[str] | None = None
    source: str | None = None
    latest: bool = False

    def sql(self) -> tuple[str, list[Any]]:
        """Give the condition on the table `records` (called r), and its values."""
        parts: list[str] = []
        values: list[Any] = []
        if self.kinds is not None:
            # The sign keeps SQLite from the index of kinds: a thread says more, and several kinds would be sorted.
            sign = "" if self.thread is None and len(self.kinds) == 1 else "+"
            kinds = [kind for kind in self.kinds if kind != ERROR]
            condition = f"{sign}r.kind IN ({', '.join('?' * len(kinds))})"
            values += kinds
            if ERROR in self.kinds:
                condition = f"({condition} OR (r.kind = 'cell' AND {_TAGGED}))"
                values += [json.dumps(ERROR), ERROR]
            parts.append(condition)
        if self.since is not None:
            parts.append("r.created >= ?")
            values.append(microseconds(self.since))
        if self.until is not None:
            parts.append("r.created < ?")
            values.append(microseconds(self.until))
        if self.thread is not None:
            parts.append("r.thread = ?")
            values.append(self.thread)
        for tag in self.tags or ():
            parts.append(_TAGGED)
            values += [json.dumps(tag), tag]
        if self.source is not None:
            parts.append(
                "instr(r.source, ?) AND EXISTS (SELECT 1 FROM json_each(r.source) WHERE type = 'text' "
                "AND (value = ? OR substr(value, -length(?) - 1) IN ('/' || ?, '\\' || ?)))"
            )
            values += [json.dumps(self.source)[1:-1], *[self.source] * 4]
        if self.latest:
            parts.append("NOT EXISTS (SELECT 1 FROM records later WHERE later.supersedes = r.id)")
        return " AND ".join(parts) or "1", values


@dataclass(frozen=True, slots=True)
class Row:
    """What the catalog knows of a record without reading its file."""

    id: str
    kind: str
    created: datetime
    thread: str | None
    author: str | None
    source: dict[str, str | int]
    tags: tuple[str, ...]
    opening: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation: its name, how many questions it has, when the latest was asked, and how that begins."""

    name: str
    questions: int
    latest: datetime
    opening: str


def row_of(record: Record) -> Row:
    """Make the row of a record."""
    opening = " ".join(record.text[:_OPENING].split())
    return Row(
        record.id, record.kind, record.created, record.thread, record.author, dict(record.source), record.tags, opening
    )


def about(record: Record) -> str:
    """List the words that a record is found by beside its text: author, day, thread, where it comes from, and tags."""
    created = record.created.astimezone(timezone.utc)
    texts = [
        record.author or "",
        f"{created.day} {_MONTHS[created.month - 1]} {created.year}",
        record.thread or "",
        *(_of_source(name, str(value)) for name, value in record.source.items() if isinstance(value, str)),
        *record.tags,
    ]
    return " ".join(analysed("\n".join(texts)))


def session(record: Record) -> str | None:
    """Name what a record is one of a row of: its conversation, else its notebook or file."""
    for name in (record.thread, record.source.get("notebook"), record.source.get("path")):
        if name and isinstance(name, str):
            return name
    return None


def cell(record: Record) -> str | None:
    """Name the cell of its notebook that a record is a run of."""
    name = record.source.get("cell")
    return name if record.kind == "cell" and isinstance(name, str) else None


def supersedes(record: Record) -> str | None:
    """Name the record that this one takes the place of."""
    older = record.source.get("supersedes")
    return older if isinstance(older, str) else None


def _of_source(name: str, value: str) -> str:
    if name == "notebook":  # the folders above it are the same for most, and tell nothing
        return PureWindowsPath(value).stem  # either system's
    return "" if name in _UNSEARCHED else value


def microseconds(moment: datetime) -> int:
    """Count the microseconds since 1970, UTC; a time without a zone is taken as local."""
    return (moment.astimezone(timezone.utc) - _EPOCH) // timedelta(microseconds=1)


def moment(count: int) -> datetime:
    """Give the moment so many microseconds after the beginning of 1970, UTC."""
    return _EPOCH + timedelta(microseconds=typed(count, int))


def typed(value: Any, kind: type[T]) -> T:
    """Give `value` if it is of that type: SQLite keeps a value of any type in any column, and so may damage."""
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} in its place")
    return value


def worded(value: Any) -> str | None:
    """Give `value` if it is a text or nothing."""
    return None if value is None else typed(value, str)


@contextlib.contextmanager
def understood() -> Iterator[None]:
    """Say that the index is damaged when what was read of it makes no sense."""
    try:
        yield
    except (TypeError, ValueError, LookupError, OverflowError, RecursionError) as error:
        raise CorruptIndex(f"The catalog is damaged ({error}).") from error
