"""What the benchmarks share: percentiles, tables, and one JSON line at the end."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def timed(work: Callable[[], Any]) -> float:
    """Run `work` once and give the seconds it took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def percentile(seconds: Sequence[float], share: float) -> float:
    """Give the value below which `share` (0 to 1) of the measurements lie."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Give median and 95th percentile in milliseconds."""
    return {
        "p50_ms": round(1000 * statistics.median(seconds), 3),
        "p95_ms": round(1000 * percentile(seconds, 0.95), 3),
    }


def report(title: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print a table, and the same as one line of JSON."""
    machine = f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores"
    print(f"\n{title}  ({machine})\n")
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([str(row.get(name, "")) for name in names] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(names))]
    for row in cells:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print("\n" + json.dumps({"benchmark": title, "machine": machine, "rows": list(rows)}))
