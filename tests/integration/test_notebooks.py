"""The notebooks that users open first, run in order in real kernels, with the real embedding model and one store."""

import re
import time
from pathlib import Path

import nbformat
import pytest
from kernels import Kernel, Shown
from nbclient.exceptions import CellExecutionError

from memo_jupyter import Memo

pytestmark = pytest.mark.model
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FIRST, LATER, AGAIN = "1-first-session.ipynb", "2-days-later.ipynb", "3-an-error-met-again.ipynb"
WARNED = re.compile(r"Warning\b|/site-packages/")


class Run:
    """A notebook that was run from top to bottom: what each cell showed, found by how its code begins."""

    def __init__(self, name, folder, models):
        self.cells = []
        begun = time.monotonic()
        with Kernel(folder, MEMO_MODELS=str(models), JPY_SESSION_NAME=str(NOTEBOOKS / name)) as kernel:
            message, now = kernel.client.kc.session.msg, {}

            def named(kind, *args, **kwargs):  # as JupyterLab names the cell, and nbclient does not
                if kind == "execute_request":
                    kwargs["metadata"] = {**(kwargs.get("metadata") or {}), "cellId": now["id"]}
                return message(kind, *args, **kwargs)

            kernel.client.kc.session.msg = named
            for cell in nbformat.read(NOTEBOOKS / name, as_version=4).cells:
                if cell.cell_type != "code":
                    continue
                now["id"] = cell.id
                assert cell.outputs == []  # stored without
                kernel.client.nb.cells.append(cell)
                error = None
                try:
                    kernel.client.execute_cell(cell, len(kernel.client.nb.cells) - 1)
                except CellExecutionError as raised:
                    error = raised
                self.cells.append((cell, Shown(cell.outputs, error)))
        self.seconds = time.monotonic() - begun

    def shown(self, code):
        (found,) = [shown for cell, shown in self.cells if code in cell.source]
        return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="module")
def runs(folder, model_folder):
    return {name: Run(name, folder, model_folder) for name in (FIRST, LATER, AGAIN)}


@pytest.mark.parametrize("name", [FIRST, LATER, AGAIN])
def test_only_the_cells_that_say_so_raise_and_each_notebook_takes_less_than_a_minute(runs, name):
    for cell, shown in runs[name].cells:
        raises = "raises-exception" in cell.metadata.get("tags", ())
        assert bool(shown.traceback) == raises, cell.source
    assert runs[name].seconds < 60


@pytest.mark.parametrize("name", [FIRST, LATER, AGAIN])
def test_nothing_is_shown_that_was_not_asked_for(runs, name):
    for cell, shown in runs[name].cells:
        assert not any(one.get("name") == "stderr" for one in shown.outputs), cell.source
        if "memo" not in cell.source and not shown.traceback:
            assert "memo" not in shown.text
        assert not WARNED.search(shown.text), cell.source
    assert runs[name].shown("%load_ext memo").outputs == []


def test_the_second_finds_what_the_first_found(runs):
    (accuracy,) = re.findall(r"StandardScaler\(\): accuracy (0\.\d+)", runs[FIRST].shown("RobustScaler()]").text)
    asked = runs[LATER].shown("Which accuracy")
    assert f"StandardScaler(): accuracy {accuracy}" in asked.markdown[-1]
    assert re.search(rf"\[1\] \*[\d-]+, cell, {re.escape(FIRST)}\*", asked.markdown[-1])
    (cell,) = [cell.id for cell, _ in runs[FIRST].cells if "RobustScaler()]" in cell.source]
    assert f"{FIRST}#cell-id={cell}" in asked.html or f"{FIRST} [8]" in asked.text
    found = runs[LATER].shown("%memo recall").text
    assert f"cell, {FIRST} [8]" in found.split("[2]")[0]
    assert "→ k nearest neighbours with" in " ".join(found.split())
    assert "I go on with logistic regression" in runs[LATER].shown("Which model do I go on").markdown[-1]
    assert FIRST in runs[LATER].shown("%memo timeline").text
    session = runs[LATER].shown("%memo session").text
    assert LATER in session
    assert "AUC" in session


def test_where_names_the_firsts_cell(runs):
    shown = runs[LATER].shown("%memo where scores").text
    assert f"cell, {FIRST} [9]  made" in shown
    assert "scores = pd.DataFrame(" in shown


def test_below_the_thirds_traceback_stands_what_mended_it_in_the_first(runs):
    failed = runs[AGAIN].shown("related = wines.corr()\n")
    assert "could not convert string to float" in failed.traceback
    assert [one.output_type for one in failed.outputs] == ["error", "display_data"]
    hint = " ".join(failed.text.split())
    assert re.fullmatch(rf'memo: .* this ValueError in {re.escape(FIRST)} by "tumours\.corr.*" - %memo fix', hint)
    for code in ("%memo fix", "%memo fix --insert"):
        (fix,) = [shown.text for cell, shown in runs[AGAIN].cells if cell.source == code]
        assert "-correlation = tumours.corr()\n" in fix
        assert "+correlation = tumours.corr(numeric_only=True)" in fix
    assert "It is in the next cell" in fix


def test_an_error_is_found_by_its_words_and_run_again_the_first_takes_its_own_place(runs, folder, model_folder):
    with Memo(folder / "store", models=str(model_folder)) as memo:
        hits = memo.recall("what was the error with the correlation?", k=3, kinds=["error"])
        assert "→ ValueError: could not convert string to float" in hits[0].excerpt

        def cells():
            return sorted((row.source["notebook"], row.source["cell"]) for row in memo.recent(100, kinds=["cell"]))

        before = cells()
        assert len(set(before)) == len(before)
        Run(FIRST, folder, model_folder)
        Run(LATER, folder, model_folder)
        assert cells() == before
