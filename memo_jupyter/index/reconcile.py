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

if TYPE_CHECKING:
    from collections.abc import Callable

    from memo_jupyter.index.index import Index
    from memo_jupyter.records.store import RecordStore

_SETTLED = 2_000_000_000  # ns: a folder that changed this lately may change again without its time moving


@dataclass
class Reconciled:
    """What was done: how many records were added and removed, and why others could not be read."""

    added: int = 0
    removed: int = 0
    problems: list[str] = field(default_factory=list)


def reconcile(store: RecordStore, index: Index, progress: Callable[[int, int], None] | None = None) -> Reconciled:
    """Add to the index what only the records have, and remove from it what they no longer have.

    Parameters
    ----------
    progress : callable, optional
        Called with the number of folders done and their total.
    """
    done = Reconciled()
    with index.catalog.transaction() as db:
        known = dict(db.execute("SELECT day, changed FROM days").fetchall())
    days = list(store.days())
    gone = [day for day in known if day not in dict(days)]
    for number, (day, changed) in enumerate([*days, *((day, 0) for day in gone)], start=1):
        if known.get(day) != changed or not changed:
            _reconcile_day(store, index, day, done)
            settled = time.time_ns() - changed > _SETTLED
            with index.catalog.transaction(write=True) as db:
                if changed and settled:
                    db.execute("INSERT OR REPLACE INTO days VALUES (?, ?)", (day, changed))
                else:
                    db.execute("DELETE FROM days WHERE day = ?", (day,))
        if progress:
            progress(number, len(days))
    return done


def _reconcile_day(store: RecordStore, index: Index, day: str, done: Reconciled) -> None:
    with index.catalog.transaction() as db:
        indexed = {record for (record,) in db.execute("SELECT id FROM records WHERE day = ?", (day,))}
    written = store.ids(day)
    removed = [record for record in indexed - written if not store.path(record).exists()]
    if removed:
        index.remove(removed)
        done.removed += len(removed)
    for record_id in sorted(written - indexed):
        # Under the lock that `forget` holds, or a record could be forgotten between its reading and its indexing.
        with store.lock_if_writable():
            try:
                record = store.read(record_id)
            except UnknownId:
                continue
            except StoreError as error:  # damaged, from a later memo, on a bad sector: the others go on
                done.problems.append(str(error))
                continue
            done.added += index.add([(record, day)])
