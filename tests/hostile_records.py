"""Reads every hostile record in this process, and tells what came of it; run by `guarded`."""

from __future__ import annotations

import time
import tracemalloc
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import hostile_canary
import hostile_pickles

from memo_jupyter.errors import CorruptRecord, StoreTooNew
from memo_jupyter.records import codec
from memo_jupyter.types import Record, Vector

if TYPE_CHECKING:
    from guarded import Watch

_ROOM = 32 * 1024 * 1024
"""Bytes that reading may take besides four times the file."""


def main(watch: Watch) -> dict[str, Any]:
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    slowest, hungriest = (0.0, ""), (0, "")
    tracemalloc.start()
    for case in hostile_pickles.cases():
        watch.begin(case.name)
        tracemalloc.reset_peak()
        before, began = tracemalloc.get_traced_memory()[0], time.perf_counter()
        outcome = read(case)
        slowest = max(slowest, (time.perf_counter() - began, case.name))
        taken = tracemalloc.get_traced_memory()[1] - before
        hungriest = max(hungriest, (taken - 4 * len(case.data), case.name))
        seen[outcome] += 1
        if outcome not in ("read", "CorruptRecord", "StoreTooNew"):
            wrong.append(f"{case.name}: {outcome}")
        if hostile_canary.sung:
            wrong.append(f"{case.name} ran code")
            hostile_canary.sung.clear()
        if taken > 4 * len(case.data) + _ROOM:
            wrong.append(f"{case.name} took {taken:,} bytes for {len(case.data):,}")
    return {"seen": seen, "wrong": wrong, "slowest": slowest, "hungriest": hungriest}


def read(case: hostile_pickles.Case) -> str:
    try:
        record = codec.decode(case.data)
    except (CorruptRecord, StoreTooNew) as error:
        words = str(error)
        return type(error).__name__ if words.isprintable() and len(words) < 300 else f"said {words[:400]!r}"
    except BaseException as error:  # whatever it is, it is told
        return f"raised {type(error).__name__}: {str(error)[:200]}"
    if case.damaged and case.data not in hostile_pickles.whole_files():
        return "read a damaged file"
    return _unfit(record, again=len(case.data) < 100_000) or "read"


def _unfit(record: Record, *, again: bool) -> str:
    """Say which field of a record is not what its type promises, or that it cannot be written `again`."""
    texts = [record.id, record.kind, record.text, *record.tags, *record.source]
    texts += [value for value in record.source.values() if not isinstance(value, int)]
    more = (record.prompt, record.response, record.code, record.outputs, record.author, record.thread, record.embedder)
    texts += [text for text in more if text is not None]
    for text in texts:
        if type(text) is not str or text.encode("utf-8", "replace").decode() != text:
            return f"has {text!r:.80} for a text"
    if record.created.utcoffset() != timedelta(0):
        return "has a time without a zone"
    for vector in record.vectors:
        if type(vector) is not Vector or (type(vector.start), type(vector.end), type(vector.values)) != (
            int,
            int,
            bytes,
        ):
            return f"has {vector!r:.80} for a vector"
    # Every record is written anew once its text has been embedded.
    return "" if not again or codec.decode(codec.encode(record)) == record else "changes when it is written again"
