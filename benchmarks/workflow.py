"""How long `timeline`, `where` and `session` take on a store of cells, beside the least that SQLite can do with it.

The store holds three years of cells of sixty notebooks, with notes, questions and errors among them. The floor is
``SELECT count(*)`` over the catalog's records; `where` is asked for a name that one cell in 300 has, and for `df`,
which all have. Times are of a warm process, the median and 95th percentile of so many runs.

    python benchmarks/workflow.py [--n 20000] [--runs 15]
"""

from __future__ import annotations

import argparse
import random
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import stores
from measuring import report, summary, timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_KEPT = Path(__file__).parents[1] / "build" / "benchmarks"
_DAYS = 1000
_NOTEBOOKS = 60
_A_SESSION = 40

_CODE = """\
import pandas as pd
df = pd.read_csv("data/{name}.csv")
df["{name}_rate"] = df["{name}"].rolling({number}).mean()
{name}_model = fit(df, rate={number})
results.append({name}_model.score(df))
print("accuracy", results[-1])
df.to_csv("out/{name}.csv")
"""


def items(number: int) -> Iterator[dict[str, Any]]:
    chosen = random.Random(7)  # noqa: S311  # the same store each time, and no secret
    start, step = datetime.now(timezone.utc) - timedelta(_DAYS), timedelta(_DAYS) / number
    for place in range(number):
        notebook = f"study-{place // _A_SESSION % _NOTEBOOKS}.ipynb"
        source = {
            "notebook": notebook, "cell": f"c{place % _A_SESSION}", "execution_count": place % _A_SESSION,
            "session": f"{place // _A_SESSION:012x}", "duration_ms": chosen.randrange(5000),
            "folder": "/home/a/research", "packages": "pandas 2.2.3",
        }  # fmt: skip
        given: dict[str, Any] = {"created": start + place * step, "source": source}
        if place % 10 == 0:
            given |= {"text": f"Study {place} went as planned.", "kind": "note"}
        elif place % 17 == 0:
            given |= {"text": "Why?\n\nSo.", "kind": "chat", "prompt": "Why?", "response": "So.", "thread": "main"}
        else:
            code = _CODE.format(name=f"site{chosen.randrange(300)}", number=chosen.randrange(2, 99))
            outputs = f"accuracy 0.{chosen.randrange(100, 999)}"
            tags = ["error"] if place % 13 == 0 else []
            given |= {"text": f"{code}\n\n{outputs}", "kind": "cell", "code": code, "outputs": outputs, "tags": tags}
        yield given


def ready(number: int) -> Path:
    """Give a store of so many, made once and not to be changed."""
    folder = _KEPT / f"workflow-{number}"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with stores.opened(folder / "store", publish_after=10**9) as memo:
            parts = memo._open()  # noqa: SLF001  # it would take minutes otherwise
            parts.store.disk = stores.HastyDisk()
            parts.indexer.wake = lambda: None
            memo.remember_many(items(number), progress=False)
        (folder / "ready").touch()
    return folder / "store"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=20_000, help="memories in the store")
    parser.add_argument("--runs", type=int, default=15)
    given = parser.parse_args()
    with stores.opened(ready(given.n)) as memo:
        memo.recent(1)
        catalog = memo._open().index.catalog  # noqa: SLF001  # the floor

        def floor() -> None:
            with catalog.transaction() as db:
                db.execute("SELECT count(*) FROM records").fetchone()

        ways: dict[str, Callable[[], Any]] = {
            "floor: SELECT count(*)": floor,
            "timeline, all of it": lambda: memo.timeline(since="1990-01-01"),
            "timeline, 365 days": lambda: memo.timeline(days=365),
            "timeline, 14 days": lambda: memo.timeline(days=14),
            "where site7_model": lambda: memo.where("site7_model"),
            "where df": lambda: memo.where("df"),
            "where out/site7.csv": lambda: memo.where("out/site7.csv"),
            "where, a name that is nowhere": lambda: memo.where("nowhere_at_all"),
            "session": memo.session,
        }
        rows = []
        for name, way in ways.items():
            way()
            rows.append({"what": name, **summary([timed(way) for _ in range(given.runs)])})
    report(f"workflow, {given.n:,} memories", rows)


if __name__ == "__main__":
    main()
