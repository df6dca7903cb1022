"""What remembering cells by itself costs: each cell, a burst of them, and the backlog that the embedding works off.

A shell runs cells that print from nothing to 10 MB, show a table and raise an error, in a store of `--n` memories, with
a little time between them as when a person runs them, and in a row. What memo adds to a cell is measured inside it:
both hooks, and what listens to each output. Aim: p50 under 0.3 ms, p99 under 1 ms. The floor is the same cell without
memo.

    python benchmarks/cells.py [--n 20000] [--cells 150] [--burst 10000] [--embedded 300]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import resource
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring import percentile, report, summary
from stores import BenchEmbedder, copied, ready
from traitlets.config import Config

from memo_jupyter.cells.seen import Seen, Stream
from memo_jupyter.engine import Memo
from memo_jupyter.notebook.autoremember import AutoRemember
from memo_jupyter.notebook.capture import Capture

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

CELLS = {
    "nothing": "x = {n}",
    "a value": "{n} * 2",
    "10 lines": "for i in range(10): print('line', i, {n})",
    "a table": "table.assign(n={n})",
    "an error": "1 / ({n} - {n})",
    "100 kB printed": "print('y' * 100_000, {n})",
    "10 MB printed at once": "print('y' * 10_000_000, {n})",
    "10 MB in 1,000 lines": "for i in range(1000): print('y' * 10_000, {n})",
    "10 MB as a value": "'y' * 10_000_000 + '{n}'",
}


class Clock:
    """Adds up the time that memo takes within a cell; what is called within another is counted with that one."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, owner: type, name: str) -> None:
        """Time a method from now on."""
        original: Callable[..., Any] = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return original(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - start

        setattr(owner, name, timed)


def cell_costs(shell: InteractiveShell, memo: Memo, clock: Clock, cells: int) -> list[dict[str, Any]]:
    rows = []
    for pause, way in ((0.02, "20 ms between"), (0.0, "in a row")):
        for name, code in CELLS.items():
            many = cells if "10 MB" not in name else max(20, cells // 5)
            added, without = [], []
            for number in range(many):
                memo.auto = number % 2 == 0
                clock.seconds = 0.0
                start = time.perf_counter()
                with contextlib.redirect_stdout(io.StringIO()):
                    shell.run_cell(code.format(n=number), store_history=True)
                whole = time.perf_counter() - start
                (added if memo.auto else without).append(clock.seconds if memo.auto else whole)
                time.sleep(pause)
            rows.append(
                {
                    "cell": name,
                    "way": way,
                    **summary(added),
                    "p99_ms": round(1000 * percentile(added, 0.99), 3),
                    "floor (the cell alone) p50_ms": summary(without)["p50_ms"],
                }
            )
    return rows


def burst(memo: Memo, number: int) -> dict[str, Any]:
    """Hand over many cells as fast as can be, each with a page of output."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    queue = memo._keeper()._queue  # noqa: SLF001  # its bound is what is measured
    most = 0
    start = time.perf_counter()
    for place in range(number):
        where = {"notebook": "burst.ipynb", "cell": f"c{place}", "execution_count": place}
        text = f"result {place}\n" + "a line of output, as cells print them\n" * 50
        memo.note(Seen(f"step({place})", (Stream("stdout", text),), datetime.now(timezone.utc), 0.1, where, "b", "/"))
        most = max(most, queue.bytes)
    handed = time.perf_counter() - start
    memo.wait_for_cells(600)
    kept = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "cells": number,
        "handed over in s": round(handed, 2),
        "kept in s": round(kept, 1),
        "kept per second": round(number / kept),
        "queue at most MB": round(most / 1e6, 1),
        "peak memory grew MB": round((after - before) / 1024, 1),
    }


def backlog(memo: Memo, number: int) -> dict[str, Any]:
    """Embed cells that wait, beside the bare embedder on the same texts."""
    parts = memo._open()  # noqa: SLF001  # what is compared is inside
    parts.indexer.catch_up()
    texts = [f"fit(model, C={place})\n\nscore {place / 7:.3f} on fold {place}, loss falling" for place in range(number)]
    parts.indexer.wake = lambda: None  # here and now, and not in the background
    for place, text in enumerate(texts):
        where = {"notebook": "backlog.ipynb", "cell": f"b{place}"}
        code, _, out = text.partition("\n\n")
        memo.note(Seen(code, (Stream("stdout", out),), datetime.now(timezone.utc), 0.1, where, "b", "/"))
    memo.wait_for_cells(60)
    start = time.perf_counter()
    parts.indexer.catch_up()
    seconds = time.perf_counter() - start
    bare = memo._make_embedder()  # noqa: SLF001  # the floor is inside
    bare.embed(["warm up"])
    start = time.perf_counter()
    bare.embed(texts)
    alone = time.perf_counter() - start
    return {
        "cells": number,
        "embedded per second": round(number / seconds),
        "bare embedder per second": round(number / alone),
        "ratio": round(seconds / alone, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--cells", type=int, default=150)
    parser.add_argument("--burst", type=int, default=10_000)
    parser.add_argument("--embedded", type=int, default=300)
    given = parser.parse_args()
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415  # after the arguments

    clock = Clock()
    for owner, name in ((AutoRemember, "before"), (AutoRemember, "after"), (Capture, "_note"), (Capture, "_print")):
        clock.around(owner, name)
    with tempfile.TemporaryDirectory(dir=ready(given.n).parent) as folder:
        home = copied(given.n, Path(folder) / "store")
        shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}, "Memo": {"home": str(home)}}))
        shell.run_cell("import pandas as pd; table = pd.DataFrame({'a': range(1000), 'b': 1.5})")
        shell.run_cell("%load_ext memo_jupyter")
        (memo,) = [one for one in shell.configurables if isinstance(one, Memo)]
        memo.learning = False
        memo._make_embedder = lambda: BenchEmbedder(real=True)  # noqa: SLF001  # the store's vectors are of its fingerprint
        memo.stats()
        report(f"cells: what memo adds, at {given.n:,} memories", cell_costs(shell, memo, clock, given.cells))
        report("cells: a burst", [burst(memo, given.burst)])
        report("cells: the backlog", [backlog(memo, given.embedded)])
        memo.close()


if __name__ == "__main__":
    main()
