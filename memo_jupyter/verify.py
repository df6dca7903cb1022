"""Whether every record can be read, and the index agrees with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.errors import CorruptIndex, MemoError, UnknownId
from memo_jupyter.index.agreement import agrees, is_sound
from memo_jupyter.index.lexical import DAMAGED as WORDS_DAMAGED
from memo_jupyter.index.nearest import DAMAGED
from memo_jupyter.index.reconcile import reconcile

if TYPE_CHECKING:
    from collections.abc import Callable

    from memo_jupyter.opened import Opened


def verify(parts: Opened, progress: Callable[[int, int], None] | None = None) -> list[str]:
    """Read every record, compare the index with them, and mend the index; see `Memo.verify`."""
    if not is_sound(parts.index):
        raise CorruptIndex("The catalog is damaged.")
    aside = set(parts.store.set_aside())
    amiss: list[str] = []
    with parts.index.catalog.transaction(write=True) as db:
        db.execute("DELETE FROM days")  # look into every folder, changed or not
    done = reconcile(parts.store, parts.index)
    amiss += done.problems
    if done.added:
        amiss.append(f"{_memories(done.added)} missing in the index. Now in it.")
    if done.removed:
        amiss.append(f"{_memories(done.removed)} in the index without a record. Taken out of it.")
    days = list(parts.store.days())
    for number, (day, _) in enumerate(days, start=1):
        amiss += _verify_day(parts, day)
        if progress:
            progress(number, len(days))
    for whole, line in ((parts.index.lexical.is_whole(), WORDS_DAMAGED), (parts.index.near.is_whole(), DAMAGED)):
        if not whole:
            amiss.append(line)
            parts.indexer.wake()
    if aside:
        amiss.append(
            f"{_memories(len(aside))} damaged before, and set aside in {parts.store.quarantine}; "
            f"forget them by id to remove them: {', '.join(sorted(aside))}."
        )
    return amiss


def _verify_day(parts: Opened, day: str) -> list[str]:
    amiss: list[str] = []
    for record_id in sorted(parts.store.ids(day)):
        try:
            # Under the lock that `forget` and the indexer hold, or the record could change between the two looks.
            with parts.store.lock_if_writable():
                record = parts.store.read(record_id)
                if agrees(parts.index, record):
                    continue
                parts.index.remove([record_id])
                parts.index.add([(record, day)])
            amiss.append(f"The index did not agree with memory {record_id}. It does now.")
            parts.indexer.wake()
        except UnknownId:  # forgotten meanwhile
            continue
        except MemoError as error:
            if isinstance(error, CorruptIndex):
                raise
            amiss.append(str(error))
            parts.index.remove([record_id])
    return amiss


def _memories(count: int) -> str:
    return "1 memory was" if count == 1 else f"{count:,} memories were"
