"""Whether every record can be read, and the index agrees with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.errors import MemoError, UnknownId
from memo_jupyter.index.reconcile import reconcile

if TYPE_CHECKING:
    from memo_jupyter.opened import Opened


def verify(parts: Opened) -> list[str]:
    """Read every record, compare the index with them, and mend the index; see `Memo.verify`."""
    amiss: list[str] = []
    with parts.index.catalog.transaction(write=True) as db:
        db.execute("DELETE FROM days")  # look into every folder, changed or not
    done = reconcile(parts.store, parts.index)
    amiss += done.problems
    if done.added:
        amiss.append(f"{done.added} memories were missing in the index. They have been added.")
    if done.removed:
        amiss.append(f"{done.removed} memories in the index had no record. They have been taken out.")
    for day, _ in parts.store.days():
        for record_id in sorted(parts.store.ids(day)):
            try:
                parts.store.read(record_id)
            except UnknownId:  # forgotten meanwhile
                continue
            except MemoError as error:
                amiss.append(str(error))
                parts.index.remove([record_id])
    return amiss
