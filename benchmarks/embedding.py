"""How many texts a second are embedded: by memo, by fastembed as it comes, one by one; and kept, by `remember_many`.

The texts are the cells of `histories/`, again and again with other words before them, so that none is known from
before. The floor is onnxruntime's session on their tokens, of like length in each batch, all cores.

    python benchmarks/embedding.py [--n 2000]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import histories
import numpy as np
import stores
from measuring import report, timed

from memo_jupyter.embed.cached import CachedEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable

_ONE_BY_ONE = 300


def texts(number: int, again: str) -> list[str]:
    """Give so many texts, no two alike."""
    cells = [history.memory(cell)["text"] for history in histories.read_all() for cell in history.cells]
    return [f"{again} {place // len(cells)}: {cells[place % len(cells)]}" for place in range(number)]


def batches(model: Any, given: list[str], size: int) -> list[dict[str, Any]]:
    """Make what the session is given: tokens of texts of like length, padded."""
    encoded = sorted((model.tokenizer.encode(text) for text in given), key=lambda one: sum(one.attention_mask))
    names = {one.name for one in model.model.get_inputs()}
    made = []
    for start in range(0, len(encoded), size):
        part = encoded[start : start + size]
        width = max(sum(one.attention_mask) for one in part)
        fields = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
        made.append(
            {
                name: np.array([(getattr(one, field) + [0] * width)[:width] for one in part])
                for name, field in fields.items()
                if name in names
            }
        )
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=2000, help="texts")
    given = parser.parse_args()
    embedder = stores.BenchEmbedder(real=True).model
    embedder.embed(["warm up"])
    fastembed = embedder._model  # noqa: SLF001  # what memo wraps, and in it the session
    session = fastembed.model
    rows: list[dict[str, Any]] = []

    def measure(what: str, number: int, work: Callable[[], Any]) -> None:
        speed = number / timed(work)
        share = {"beside the floor": round(speed / rows[0]["texts a second"], 2)} if rows else {"beside the floor": 1.0}
        rows.append({"what": what, "texts a second": round(speed), **share})

    for what, size in (("floor: onnxruntime alone", 1), ("  the same, in batches of 8", 8)):
        made = batches(session, texts(given.n, "floor"), size)
        measure(what, given.n, lambda made=made: [session.model.run(None, one) for one in made])
    measure("memo", given.n, lambda: embedder.embed(texts(given.n, "memo")))
    measure("fastembed as it comes", given.n, lambda: list(fastembed.embed(texts(given.n, "fastembed"))))
    measure(
        "memo, each text in a call of its own",
        _ONE_BY_ONE,
        lambda: [embedder.embed([one]) for one in texts(_ONE_BY_ONE, "single")],
    )
    cached = CachedEmbedder(embedder)
    known = texts(1000, "known")
    cached.embed(known)
    measure("texts that were embedded lately", 1000, lambda: cached.embed(known))
    with (
        tempfile.TemporaryDirectory() as folder,
        stores.opened(Path(folder) / "store", stores.BenchEmbedder(real=True)) as memo,
    ):
        memo.remember("warm up")
        memo.recall("warm up")
        measure("remember_many, until all can be recalled", given.n,
                lambda: memo.remember_many(texts(given.n, "kept"), progress=False))  # fmt: skip
    report(f"embedding, {given.n:,} texts", rows)


if __name__ == "__main__":
    main()
