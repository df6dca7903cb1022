"""Cells in a burst, faster than any person runs them: all are kept, and none waits for memo."""

import time

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from memo_jupyter.engine import Memo
from memo_jupyter.notebook.magics import MemoMagics
from memo_jupyter.records.store import RecordStore

SLOWEST = 0.05  # seconds that memo adds to a cell, at the most
WAITING = 80 * 1024 * 1024  # bytes that wait, at the most


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MEMO_HOME", str(tmp_path / "store"))
    monkeypatch.setenv("MEMO_MODELS", str(tmp_path / "none"))  # what is measured is keeping, not embedding
    yield InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    InteractiveShell.clear_instance()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", [1000, pytest.param(10_000, marks=pytest.mark.long)])
def test_every_cell_of_a_burst_is_kept_and_none_waits_for_memo(shell, capsys, tmp_path, number):
    shell.run_cell("%load_ext memo_jupyter")
    (memo,) = [one for one in shell.configurables if isinstance(one, Memo)]
    (magics,) = [one for one in shell.configurables if isinstance(one, MemoMagics)]
    costs = [0.0]
    for event, called in (("pre_run_cell", magics.auto.before), ("post_run_cell", magics.auto.after)):
        shell.events.unregister(event, called)

        def timed(given, called=called):
            begun = time.perf_counter()
            called(given)
            costs[-1] += time.perf_counter() - begun

        shell.events.register(event, timed)
    most, begun = 0, time.perf_counter()
    for cell in range(number):
        costs.append(0.0)
        shell.run_cell(f"x = {cell}; print('cell', x)", store_history=True)
        most = max(most, memo._keeping._queue.bytes)
    ran = time.perf_counter() - begun
    assert memo.wait_for_cells(600)
    kept = time.perf_counter() - begun
    assert memo.cells_kept() == (number, "")
    store = RecordStore(tmp_path / "store")
    assert sum(len(store.ids(day)) for day, _ in store.days()) == number
    costs.sort()
    with capsys.disabled():
        print(
            f"\n{number:,} cells: run at {number / ran:,.0f} a second, kept at {number / kept:,.0f}; memo's part "
            f"p50 {costs[number // 2] * 1000:.2f}, p99 {costs[int(number * 0.99)] * 1000:.2f}, "
            f"most {costs[-1] * 1000:.1f} ms; {most:,} bytes waited at the most"
        )
    assert costs[int(number * 0.99)] < SLOWEST
    assert most < WAITING
    shell.run_cell("%unload_ext memo_jupyter")
