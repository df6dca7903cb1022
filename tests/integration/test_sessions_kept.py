"""Sessions as they are: tasks that outlive their cell, two kernels on one store, no cell ids, hints, Ctrl-C."""

import os
import signal
import threading
import time

import pytest
from busy import LOAD, Busy
from kernels import Kernel

from memo_jupyter import Memo

pytestmark = pytest.mark.model


def cells(folder, model_folder):
    """The cells that are remembered, by their code."""
    with Memo(folder / "store", models=str(model_folder)) as memo:
        return {record.code: record for row in memo.recent(1000, kinds=["cell"]) if (record := memo.get(row.id))}


def test_what_a_task_of_an_earlier_cell_prints_is_no_later_cells(tmp_path, model_folder):
    task = (
        "import asyncio\nasync def later():\n    for i in range(8):\n        await asyncio.sleep(0.1)\n"
        "        print('from the task')\nwork = asyncio.create_task(later())"
    )
    with Busy(tmp_path, model_folder) as kernel:
        kernel.run(LOAD)
        kernel.run(task, "c1")
        kernel.run("await asyncio.sleep(0.5)\nprint('mine')", "c2")
        kernel.ask_to_shut_down()
    assert cells(tmp_path, model_folder)["await asyncio.sleep(0.5)\nprint('mine')"].outputs == "mine"


def test_two_kernels_of_one_notebook_keep_their_cells_side_by_side(tmp_path, model_folder):
    with Busy(tmp_path, model_folder) as one, Busy(tmp_path, model_folder) as other:
        for kernel in (one, other):
            kernel.run(LOAD)
        for number in range(20):
            one.run(f"print('one {number}')", f"a{number}")
            other.run(f"print('other {number}')", f"b{number}")
        one.ask_to_shut_down()
        other.ask_to_shut_down()
    kept = cells(tmp_path, model_folder)
    assert {record.outputs for record in kept.values()} == {f"{w} {n}" for w in ("one", "other") for n in range(20)}
    assert len({record.source["session"] for record in kept.values()}) == 2
    with Memo(tmp_path / "store", models=str(model_folder)) as memo:
        assert memo.verify() == []


def test_cells_without_ids_are_kept_and_the_pages_on_them_shown(tmp_path, model_folder):
    with Kernel(tmp_path, MEMO_MODELS=str(model_folder)) as kernel:  # as nbclient and papermill run a notebook
        kernel.run(LOAD)
        for code in ("x = 1", "x + 1", "x + 1", "api_key = 'q8Zr41LmXw90TbKd77Pv'"):
            kernel.run(code)
        assert "are remembered, with what they show" in kernel.run("%memo auto status").text
        review = kernel.run("%memo auto review").text
        assert "api_key" in review
        assert "q8Zr41Lm" not in review
    kept = cells(tmp_path, model_folder)
    assert kept["x + 1"].outputs == "2"
    assert all("cell" not in record.source for record in kept.values())


def test_the_environment_keeps_it_off(tmp_path, model_folder):
    with Kernel(tmp_path, MEMO_MODELS=str(model_folder), MEMO_AUTO="0") as kernel:
        kernel.run(LOAD)
        kernel.run("x = 1")
        kernel.run("# memo: keep\nkept = 1")
        assert "are not remembered" in kernel.run("%memo auto status").text
    assert list(cells(tmp_path, model_folder)) == ["# memo: keep\nkept = 1"]


BROKEN = "import numpy as np\nages = np.zeros(3, dtype=np.float)"
MENDED = "import numpy as np\nages = np.zeros(3, dtype=float)"
ELSEWHERE = "import numpy as np\nweights = np.ones(5, dtype=np.float)"
HINT = "memo: "


def test_a_like_error_in_another_kernel_has_a_hint_and_only_where_it_is_wanted(tmp_path, model_folder):
    with Busy(tmp_path, model_folder, "first.ipynb") as kernel:
        kernel.run(LOAD)
        kernel.run(BROKEN, "c1")
        kernel.run(MENDED, "c1")
        kernel.ask_to_shut_down()
    with Busy(tmp_path, model_folder, "second.ipynb") as kernel:
        kernel.run(LOAD)
        kernel.run("'opens the store in a quiet moment'", "c0")
        until = time.monotonic() + 60
        shown = ""
        while HINT not in shown and time.monotonic() < until:
            time.sleep(1)
            _, shown = kernel.shown(ELSEWHERE)
        assert shown.rstrip().endswith("%memo fix")
        assert "you mended this AttributeError in first.ipynb" in shown
        assert shown.count(HINT) == 1
        for code in ("raise SystemExit", "raise KeyboardInterrupt", "%memo recal x", "%%memo --no-such\nhello"):
            assert "you mended" not in kernel.shown(code)[1]
        kernel.run("%config Memo.hints = False")
        took = {}
        for hints in (False, True):
            kernel.run(f"%config Memo.hints = {hints}")
            times = []
            for _ in range(15):
                begun = time.monotonic()
                kernel.run(ELSEWHERE)
                times.append(time.monotonic() - begun)
            took[hints] = sorted(times)[len(times) // 2]
            assert ("you mended" in kernel.shown(ELSEWHERE)[1]) == hints
        assert took[True] - took[False] < 0.05


def test_ctrl_c_in_a_kernel_loses_neither_that_cell_nor_the_next(tmp_path, model_folder):
    with Busy(tmp_path, model_folder) as kernel:
        kernel.run(LOAD)
        threading.Timer(1.0, lambda: os.kill(kernel.pid, signal.SIGINT)).start()
        kernel.run("import time\nprint('begun')\ntime.sleep(30)", "c1")
        kernel.run("print('next')", "c2")
        kernel.ask_to_shut_down()
    kept = cells(tmp_path, model_folder)
    assert kept["import time\nprint('begun')\ntime.sleep(30)"].source["error"] == "KeyboardInterrupt"
    assert kept["print('next')"].outputs == "next"
