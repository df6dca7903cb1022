"""The set of questions that recall is measured by is what its script takes it for."""

import importlib
import sys
from collections import Counter
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def histories():
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module("histories")
    sys.path.remove(str(FOLDER))


def test_there_are_enough_histories_and_questions_of_each_kind(histories):
    every = histories.read_all()
    about = Counter(question.about for one in every for question in one.questions)
    assert len(every) >= 40
    assert about.total() >= 150
    assert all(about[kind] >= 10 for kind in ("error", "number", "meaning", "identifier", "several"))
    assert len({one.notebook for one in every}) == len(every)


def test_every_question_has_its_cells_and_every_cell_has_something_in_it(histories):
    for one in histories.read_all():
        cells = {cell.id: cell for cell in one.cells}
        times = [cell.created for cell in one.cells]
        assert times == sorted(times), one.notebook
        assert len(cells) >= 10, one.notebook
        assert all(cell.first.strip() for cell in one.cells), one.notebook
        assert all(cell.second for cell in one.cells if cell.kind == "chat"), one.notebook
        for question in one.questions:
            assert set(question.gold) <= cells.keys(), (one.notebook, question)


def test_a_history_is_read_as_it_is_written(histories):
    one = histories.read(
        "# a/b.ipynb | A title | Ann\n%% 2026-01-02T10:00 cell\n@cache\ndef f():\n\n    pass\n----\nOut: 1\n"
        "%% 2026-01-03T10:00 chat\nWhy?\n----\nBecause.\n?? number c1 c2: How many?\n"
    )
    assert (one.notebook, one.title, one.author) == ("a/b.ipynb", "A title", "Ann")
    assert one.cells[0].first == "@cache\ndef f():\n\n    pass"
    assert one.memory(one.cells[0])["outputs"] == "Out: 1"
    assert one.memory(one.cells[1])["response"] == "Because."
    assert (one.questions[0].gold, one.questions[0].about, one.questions[0].text) == (
        ("c1", "c2"),
        "number",
        "How many?",
    )


@pytest.mark.parametrize("line", ["# no title", "loose text", "?? odd c1: what?", "%% yesterday cell"])
def test_a_line_out_of_place_is_told(histories, line):
    with pytest.raises(ValueError, match=r"outside|no title"):
        histories.read(f"{line}\n" if line.startswith("# ") else f"# a.ipynb | A | B\n{line}\n")
