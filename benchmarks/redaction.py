"""How long it takes to take the secrets out of a cell, beside one pass of one compiled regular expression.

Cells of 2, 20 and 100 kB: code, the text of a table with digests and ids, a log of URLs, and a long base64 text; and
code with a known value of the environment looked for, and with a secret in every hundred lines. The floor is one
`finditer` of a short expression without a fixed beginning, which no rule could do without.

    python benchmarks/redaction.py
"""

from __future__ import annotations

import base64
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring import report, summary, timed

from memo_jupyter.redact.redactor import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZES = (2_000, 20_000, 100_000)
_FLOOR = re.compile(r"[A-Za-z_]+\s*[:=]\s*\"[^\"\n]+\"")
_TURNS = 30
_KNOWN = 20


def texts(size: int) -> Iterator[tuple[str, str]]:
    """Give texts of a size, each with its name."""
    make = random.Random(size)  # noqa: S311  # the same texts every time
    package = Path(__file__).parents[1] / "memo_jupyter"
    code = "".join(path.read_text("utf-8") for path in sorted(package.glob("index/*.py")))[:size]
    table = "".join(
        f"{row:>6}  {make.randbytes(20).hex()}  run-{row}  {make.random():.6f}\n" for row in range(size // 60)
    )
    urls = "".join(f"GET https://example.org/a/{row}?page={row}&sort=name 200\n" for row in range(size // 45))
    yield "code", code
    yield "table with digests", f"        {'hash':>40}  name  value\n{table}"[:size]
    yield "log of URLs", urls[:size]
    yield "base64", base64.b64encode(make.randbytes(size)).decode()[:size]
    lines = code.split("\n")
    yield (
        "code with secrets",
        "\n".join(
            f'password = "{make.randbytes(9).hex()}"' if number % 100 == 0 else line
            for number, line in enumerate(lines)
        ),
    )


def measured() -> Iterator[dict[str, Any]]:
    make = random.Random(1)  # noqa: S311  # the same values every time
    bare = Redactor()
    knowing = Redactor(known=[make.randbytes(16).hex() for _ in range(_KNOWN)])
    for size in _SIZES:
        for name, text in texts(size):
            floor = summary([timed(lambda text=text: list(_FLOOR.finditer(text))) for _ in range(_TURNS)])
            for what, redactor in (("", bare), (f", {_KNOWN} values known", knowing)):
                if what and name != "code":
                    continue
                found = len(redactor.redact(text).found)
                took = summary([timed(lambda r=redactor, text=text: r.redact(text)) for _ in range(_TURNS)])
                yield {
                    "text": name + what,
                    "kB": len(text) // 1000,
                    **took,
                    "floor_ms": floor["p50_ms"],
                    "found": found,
                }


if __name__ == "__main__":
    report("taking secrets out of a cell", list(measured()))
