"""Makes the index agree with the records, which are the truth.

A folder of a day whose names have not changed since it was last compared is not looked into, so opening a large store
costs a look at its folders, not at its files. What is found this way: records whose writer died before it reached the
index, records that were copied in or taken out by hand, and, when the index is new, all of them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memo_jupyter.errors import StoreError, UnknownId
from memo_jupyter.index.rows import typed, understood

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from memo_jupyter.index.index import Index
    from memo_jupyter.records.store import RecordStore
    from memo_jupyter.types import Record

_SETTLED = 2_000_000_000  # ns: a folder that changed this lately may change again without its time moving

_BATCH = 64
"""Records that are read, and then added in one transaction: few enough that others need not wait long to write."""


@dataclass
class Reconciled:
    """What was done: how many records were added and removed, why others could not be read, and whether that is all."""

    added: int = 0
    removed: int = 0
    problems: list[str] = field(default_factory=list)
    finished: bool = True


def reconcile(
    store: RecordStore,
    index: Index,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Reconciled:
    """Add to the index what only the records have, and remove from it what they no longer have; the newest days first.

    Parameters
    ----------
    progress : callable, optional
        Called with the number of folders done and their total.
    stop : callable
        Asked now and then; once it is true, the rest is left.
    """
    done = Reconciled()
    with index.catalog.transaction() as db:
        known = dict(db.execute("SELECT day, changed FROM days").fetchall())
    with understood():
        gone = {typed(day, str) for day in known}
    days = list(store.days())[::-1]
    gone -= {day for day, _ in days}
    for number, (day, changed) in enumerate([*days, *((day, 0) for day in sorted(gone))], start=1):
        if known.get(day) != changed or not changed:
            _reconcile_day(store, index, day, done, stop)
            if not done.finished:
                return done
            settled = time.time_ns() - changed > _SETTLED
            with index.catalog.transaction(write=True) as db:
                if changed and settled:
                    db.execute("INSERT OR REPLACE INTO days VALUES (?, ?)", (day, changed))
                else:
                    db.execute("DELETE FROM days WHERE day = ?", (day,))
        if progress:
            progress(number, len(days))
    return done


def _reconcile_day(store: RecordStore, index: Index, day: str, done: Reconciled, stop: Callable[[], bool]) -> None:
    with index.catalog.transaction() as db:
        rows = db.execute("SELECT id FROM records WHERE day = ?", (day,)).fetchall()
    with understood():
        indexed = {typed(record, str) for (record,) in rows}
    written = store.ids(day)
    removed = [record for record in indexed - written if not store.has(record)]
    if removed:
        index.remove(removed)
        done.removed += len(removed)
    missing = sorted(written - indexed, reverse=True)
    for start in range(0, len(missing), _BATCH):
        if stop():
            done.finished = False
            return
        records = list(_readable(store, missing[start : start + _BATCH], done))
        # Asked again when no other process can write: a record may have been forgotten since it was read.
        done.added += index.add([(record, day) for record in records], wanted=store.has)


def _readable(store: RecordStore, ids: list[str], done: Reconciled) -> Iterator[Record]:
    for record_id in ids:
        try:
            yield store.read(record_id)
        except UnknownId:
            continue
        except StoreError as error:  # damaged, from a later memo, on a bad sector: the others go on
            done.problems.append(str(error))
