"""Whatever fails in memo, wherever a cell calls it: the cell's own business goes on, and the log has one line."""

import logging
import time

import pytest

from memo_jupyter.cells import keeping
from memo_jupyter.cells.handover import Handover
from memo_jupyter.engine import Memo
from memo_jupyter.notebook import autoremember, capture
from memo_jupyter.notebook.autoremember import AutoRemember
from memo_jupyter.notebook.capture import Capture
from memo_jupyter.notebook.heard import Heard
from memo_jupyter.records.store import RecordStore

POINTS = [
    (autoremember, "place"),
    (autoremember, "Seen"),
    (autoremember, "_is_own"),
    (autoremember, "folder"),
    (AutoRemember, "_request"),
    (AutoRemember, "_learn_secrets"),
    (Memo, "remembers_cells"),
    (Memo, "note"),
    (Capture, "start"),
    (Capture, "stop"),
    (Capture, "_look_at"),
    (Capture, "_display"),
    (Capture, "_take_error"),
    (capture, "detail_of"),
    (capture, "shown"),
    (capture, "_raised"),
    (Heard, "__init__"),
    (Heard, "stream"),
    (Heard, "show"),
    (Heard, "clear"),
    (Heard, "outputs"),
    (Handover, "put"),
    (Handover, "take"),
    (keeping, "memory_of"),
    (keeping.Keeping, "_record"),
    (keeping.Keeping, "_settle"),
    (RecordStore, "write_many"),
]


CELL = """
print('printed'); value = 6 * 7
from IPython.display import display
get_ipython().display_pub.clear_output()
display('shown')
value
"""


class Breaks:
    """Raises whenever it is called."""

    def __init__(self):
        self.calls = 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        raise RuntimeError("memo broke")


@pytest.mark.parametrize(("owner", "name"), POINTS, ids=lambda one: getattr(one, "__name__", one))
def test_a_cell_and_the_next_ones_are_as_they_would_be_without_memo(shell, monkeypatch, capsys, caplog, owner, name):
    shell.run_cell("%load_ext memo_jupyter")
    (memo,) = [one for one in shell.configurables if isinstance(one, Memo)]
    capsys.readouterr()
    breaks = Breaks()
    monkeypatch.setattr(owner, name, breaks)
    with caplog.at_level(logging.INFO, "memo_jupyter"):
        done = shell.run_cell(CELL, store_history=True)
        failed = shell.run_cell("1 / 0", store_history=True)
        after = shell.run_cell("value + 1", store_history=True)
        memo.wait_for_cells(2)
        until = time.monotonic() + 5
        while not breaks.calls and time.monotonic() < until:  # the store is opened after a quiet while
            time.sleep(0.05)
    assert breaks.calls
    assert (done.success, done.result) == (True, 42)
    assert isinstance(failed.error_in_exec, ZeroDivisionError)
    assert after.result == 43
    shown = capsys.readouterr()
    assert "printed" in shown.out
    assert "shown" in shown.out
    assert "ZeroDivisionError" in shown.out
    assert "memo" not in shown.err
    assert "memo broke" not in shown.out
    lines = [one for one in caplog.records if "memo broke" in one.getMessage()]
    assert 1 <= len(lines) <= 3  # at the most one a cell
    assert all("\n" not in one.getMessage() for one in lines)
    monkeypatch.undo()
    assert shell.run_cell("print('healed')", store_history=True).success
    memo.wait_for_cells()
    assert any("healed" in row.opening for row in memo.recent(5, kinds=["cell"]))


def test_what_a_wrapper_wraps_is_called_once_and_its_errors_are_the_cells_own(shell, capsys):
    shell.run_cell("%load_ext memo_jupyter")
    shell.run_cell("import sys\nwritten = sys.stdout.write('once\\n')", store_history=True)
    assert capsys.readouterr().out.count("once") == 1
    assert shell.user_ns["written"] == 5
    done = shell.run_cell("sys.stdout.write(3)", store_history=True)
    assert isinstance(done.error_in_exec, TypeError)
    done = shell.run_cell("class Odd:\n    def _repr_html_(self): raise ValueError('mine')\nOdd()", store_history=True)
    assert done.success
    shell.run_cell("%unload_ext memo_jupyter")
