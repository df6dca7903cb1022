"""How many documents, and how many kB of them, are read a second: from a folder until all can be recalled.

The floor, in turns with it: the bare embedding model on the same chunks. Then the same folder again, unchanged, and
with a section of each Markdown document changed. The documents are Markdown, PDF files of five pages, and notebooks, in
an invented language, no two rounds alike.

    python benchmarks/documents.py [--n 30] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring import report, timed
from texts import notes

from memo_jupyter.config import models_folder
from memo_jupyter.embed.fastembed_model import FastembedEmbedder
from memo_jupyter.embed.files import DEFAULT
from memo_jupyter.testing import fake_memo

if TYPE_CHECKING:
    from memo_jupyter import Memo

_SECTIONS = 5


def write(folder: Path, number: int, texts: list[str]) -> None:
    """Write so many documents of each kind; a section is some of the texts."""
    from fpdf import FPDF  # noqa: PLC0415  # comes with the tests

    left = iter(texts)
    for name in range(number):
        sections = [" ".join(next(left) for _ in range(10)) for _ in range(3 * _SECTIONS)]
        marked = [f"## Part {place}\n\n{section}\n" for place, section in enumerate(sections[:_SECTIONS])]
        (folder / f"{name}.md").write_text("\n".join(marked), "utf-8")
        made = FPDF()
        made.set_font("helvetica", size=11)
        for section in sections[_SECTIONS : 2 * _SECTIONS]:
            made.add_page()
            made.multi_cell(0, 6, section)
        made.output(str(folder / f"{name}.pdf"))
        cells = [{"cell_type": "markdown", "source": section} for section in sections[2 * _SECTIONS :]]
        (folder / f"{name}.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}), "utf-8")


def chunks(memo: Memo) -> list[str]:
    """Give the texts that were embedded."""
    records = [memo.get(row.id) for row in memo.recent(1_000_000, kinds=["document"])]
    return [record.text[one.start : one.end] for record in records for one in record.vectors]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=30, help="documents of each kind")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    model = FastembedEmbedder(DEFAULT, models_folder(""))
    model.embed(["warm up"])
    needed = given.n * 3 * _SECTIONS * 10
    texts = notes(needed * given.rounds)
    seconds: dict[str, list[float]] = {"floor": [], "read": [], "again": [], "changed": []}
    files, size, pieces = 3 * given.n, 0.0, 0
    for round_ in range(given.rounds):
        with tempfile.TemporaryDirectory() as place, fake_memo(Path(place) / "store", embedder=model) as memo:
            folder = Path(place) / "lab"
            folder.mkdir()
            write(folder, given.n, texts[round_ * needed : (round_ + 1) * needed])
            memo.remember("warm up")
            memo.recall("warm up")
            seconds["read"].append(timed(lambda memo=memo, folder=folder: memo.read(folder)))
            embedded = chunks(memo)
            seconds["floor"].append(timed(lambda embedded=embedded: model.embed(embedded)))
            seconds["again"].append(timed(lambda memo=memo, folder=folder: memo.read(folder)))
            size, pieces = sum(map(len, embedded)) / 1000, len(embedded)
            for name in range(given.n):
                path = folder / f"{name}.md"
                path.write_text(path.read_text("utf-8").replace("## Part 2\n", "## Part 2\n\nChanged.\n"), "utf-8")
            seconds["changed"].append(timed(lambda memo=memo, folder=folder: memo.read(folder)))
    floor = min(seconds["floor"])
    rows: list[dict[str, Any]] = []
    for what, key in (
        (f"floor: the bare embedding model, {pieces:,} chunks", "floor"),
        (f"read, {files:,} documents", "read"),
        ("the same again, unchanged", "again"),
        (f"the same, with a section changed in {given.n:,}", "changed"),
    ):
        best = min(seconds[key])
        rows.append(
            {"what": what, "documents a second": round(files / best, 1), "kB of text a second": round(size / best),
             "beside the floor": round(floor / best, 2)}
        )  # fmt: skip
    report(f"documents, {size:,.0f} kB of text", rows)


if __name__ == "__main__":
    main()
