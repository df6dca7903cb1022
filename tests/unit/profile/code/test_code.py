"""What is learned of persons from their cells."""

import os
import random
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone

import pytest

from memo_jupyter.profile.code.findings import Cell, findings
from memo_jupyter.profile.finding import LONGEST, MOST_EVIDENCE, SORTS

BIOLOGIST = {
    "library:plotting": "Plots with seaborn.",
    "plotting:interface": "Draws plots on axes (fig, ax = plt.subplots()).",
    "plotting:style": "Styles plots with seaborn's ticks theme.",
    "plotting:context": "Sets seaborn's context to paper.",
    "plotting:figsize": "Makes figures with figsize=(3.5, 3).",
    "plotting:format": "Saves figures as PDF.",
    "plotting:palette": "Colours plots with the palette colorblind.",
    "text_files:sep": 'Reads and writes text files with sep=";".',
    "text_files:decimal": 'Reads and writes text files with decimal=",".',
    "library:scanpy": "Works with scanpy.",
    "own:donor_table": "Often uses a function of their own: donor_table(adata, column).",
    "own:score_barcodes": "Often uses a function of their own: score_barcodes(adata, min_genes, max_mito).",
    "data:donors.csv": "Works with the file data/raw/donors.csv, read by pandas.read_csv.",
    "data:gut_atlas.h5ad": "Works with the file data/raw/gut_atlas.h5ad, read by scanpy.read_h5ad.",
    "magic:%%R": "Runs R in %%R cells.",
}
BANK = {
    "library:plotting": "Plots with plotly.",
    "library:frames": "Handles data frames with polars, no longer pandas.",
    "library:models": "Fits models with lightgbm.",
    "plotting:style": "Styles plots with plotly's template plotly_white.",
    "seed": "Seeds random numbers with 42.",
    "metric": "Judges models by ROC AUC.",
    "naming:dataframe": "Names data frames df_ and what they hold.",
    "naming:model": "Calls models clf.",
    "own:psi": "Often uses a function of their own: psi(expected, actual, bins).",
    "data:loans.parquet": "Works with the file …/warehouse/2026/loans.parquet, read by polars.scan_parquet.",
    "table:bureau.scores": "Queries the table bureau.scores.",
}
METEOROLOGIST = {
    "library:plotting": "Plots with matplotlib.",
    "library:paths": "Handles paths with os.path.",
    "plotting:interface": "Draws plots with plt's functions (plt.plot).",
    "plotting:format": "Saves figures as PNG.",
    "plotting:dpi": "Saves figures at 300 dpi.",
    "formatting": "Formats text with the % operator.",
    "naming:case": "Writes names in camelCase.",
    "naming:language": "Names things in German.",
    "comments:language": "Writes comments in German.",
    "import:numpy": "Imports numpy without a short name.",
    "library:xarray": "Works with xarray.",
    "own:windChill": "Often uses a function of their own: windChill(temperatur, wind).",
    "data:stationen_2024.nc": "Works with the file daten/dwd/stationen_2024.nc, read by xarray.open_dataset.",
    "magic:%%timeit": "Times cells with %%timeit.",
}


@pytest.mark.parametrize(
    ("name", "expected"), [("biologist", BIOLOGIST), ("bank", BANK), ("meteorologist", METEOROLOGIST)]
)
def test_a_person_is_known_by_their_cells(person, name, expected):
    texts = {one.topic: one.text for one in findings(person(name))}
    assert expected.items() <= texts.items()
    assert len(texts) <= len(expected) + 3, "and little more is said"


@pytest.mark.parametrize("name", ["biologist", "bank", "meteorologist"])
def test_a_finding_rests_on_the_newest_of_its_cells(person, name):
    cells = person(name)
    created = {cell.id: cell.created for cell in cells}
    for one in findings(cells):
        times = [created[id_] for id_ in one.evidence]
        assert 0 < len(times) <= MOST_EVIDENCE
        assert times == sorted(times, reverse=True)
        assert one.when == times[0]
        assert one.sort in SORTS
        assert len(one.text) <= LONGEST


def test_no_secret_of_a_session_is_learned(person):
    cells = person("bank")
    again = [Cell(f"{cell.id}-{n}", cell.created + timedelta(days=n), cell.code) for n in range(5) for cell in cells]
    told = " ".join(f"{one.topic} {one.text}" for one in findings(again))
    assert not [secret for secret in ("hunter2", "anna", "9f8a7b", "token=") if secret in told]


def test_the_order_of_cells_does_not_matter(person):
    cells = person("bank")
    shuffled = random.Random(3).sample(cells, len(cells))
    assert findings(shuffled) == findings(cells)


def test_what_is_learned_hangs_on_no_hash(person):
    code = (
        "from datetime import datetime, timedelta, timezone; "
        "from memo_jupyter.profile.code.findings import Cell, findings; "
        "start = datetime(2026, 1, 1, tzinfo=timezone.utc); "
        'line = \'umsatz_a = kunde_b = tarif_c = open("a.csv") or open("b/a.csv"); naïve_μέση = x_平均 = 1\\n\'; '
        "cells = [Cell(str(n), start + timedelta(days=n), line + f'f(random_state={n % 2}, cmap=\"{n % 3}\")')"
        " for n in range(9)]; print(findings(cells))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in "123"
    }
    assert len(told) == 1


def test_a_cell_run_ten_times_in_a_day_is_no_habit(learned):
    assert not learned(*["df = pd.read_csv('churn.csv')"] * 10, days=0.01)
    assert "data:churn.csv" in learned(*["df = pd.read_csv('churn.csv')"] * 3)


def test_of_nothing_nothing_is_learned():
    assert findings([]) == []


def test_two_thousand_cells_are_read_in_a_second_and_a_half(person):
    """Of the processor's time, and the best of three: other things run here too."""
    cells = [*person("bank"), *person("biologist"), *person("meteorologist")]
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    many = [
        Cell(str(n), start + timedelta(hours=n), f"{cells[n % len(cells)].code}\nresult_{n} = {n}") for n in range(2000)
    ]
    took = []
    for _ in range(3):
        began = time.process_time()
        findings(many)
        took.append(time.process_time() - began)
    assert min(took) < 1.5


def test_it_stops_at_any_cell_and_passes_what_would_hold_other_threads_up_for_long(cells):
    asked = []

    def stopping():
        asked.append(1)
        return len(asked) == 3

    habit = "import seaborn as sns\nsns.lineplot(d)"
    assert findings(cells(*[f"{habit}  # {n}" for n in range(9)]))
    assert findings(cells(*[f"{habit}  # {n}" for n in range(9)]), stopping) == []
    assert len(asked) == 3
    assert findings(cells(*[f"{habit}  # {n}\n{'x = 1' * 5000}" for n in range(9)])) == []
