"""How long a failed cell waits until a fitting past fix is found, or none: at 100, 1,000 and 10,000 known fixes.

Aim: under 5 ms. The floor is a look-up of the error's class in a dict, which is the least that could be done. The fixes
are those of the written cases with other names in them, so that a tenth of them has the very words of the error.
"""

from __future__ import annotations

import re
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from measuring import report, summary, timed

from memo_jupyter import fields
from memo_jupyter.fixes.fix import fix_fields
from memo_jupyter.fixes.known import Known
from memo_jupyter.fixes.pairing import Pairing

if TYPE_CHECKING:
    from memo_jupyter.types import Record

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from error_cases import Case, read_all

SIZES = (100, 1_000, 10_000)
ROUNDS = 5


def fixes(cases: list[Case]) -> list[Record]:
    found: list[Record] = []
    for case in cases:
        pairing = Pairing()
        seen = [pairing.see(step.seen) for step in case.steps if not step.later]
        found += [fields.record(fix_fields(fix)) for fix in seen if fix]
    return found


def varied(record: Record, number: int) -> Record:
    """Give a fix as another person may have made it: each name with a number, of which ten are in use."""

    def change(code: str | None) -> str:
        return re.sub(r"\b([a-z]{4,})(?= =)", lambda name: f"{name[1]}_{number % 10}", code or "")

    return fields.record(
        {
            "kind": "fix", "text": record.text, "code": change(record.code), "outputs": record.outputs,
            "prompt": change(record.prompt), "source": record.source,
        }
    )  # fmt: skip


def main() -> None:
    cases = read_all()
    made = fixes(cases)
    errors = [step.seen for case in cases for step in case.steps if step.later]
    rows = []
    for size in SIZES:
        # The record store of a real one would have each file; a look at one is a `stat`, some 2 µs on a local disk.
        known = Known(lambda: SimpleNamespace(store=SimpleNamespace(has=lambda _: True)))
        start = time.perf_counter()
        for number in range(size):
            known.add(varied(made[number % len(made)], number // len(made)))
        loading = time.perf_counter() - start
        classes = {one.source["error"]: one.id for one in made}
        took = [timed(partial(known.hint, one.error, one.code, one.notebook)) for one in errors * ROUNDS]
        floor = [timed(partial(classes.get, one.error.name)) for one in errors * ROUNDS]
        rows += [
            {"fixes": size, "what": "a look-up of the class", **summary(floor), "max_ms": round(1000 * max(floor), 3)},
            {
                "fixes": size, "what": "hint", **summary(took), "max_ms": round(1000 * max(took), 3),
                "loading_ms_each": round(1000 * loading / size, 3),
            },
        ]  # fmt: skip
    report("hints", rows)


if __name__ == "__main__":
    main()
