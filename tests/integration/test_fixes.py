"""Fixes in a real store: other processes add and forget them, and a real notebook shows them."""

import time
from datetime import datetime, timezone

import pytest
from kernels import Kernel
from other_process import OtherProcess

from memo_jupyter.cells.seen import Raised, Seen
from memo_jupyter.fixes.fix import Fix
from memo_jupyter.testing import fake_memo

WRONG, RIGHT = "rate = df['churn'].mean()", "df.columns = df.columns.str.strip()\nrate = df['churn'].mean()"
TRACE = f"Cell In[1], line 1\n----> 1 {WRONG}\n"
ERROR = Raised("KeyError", "'churn'", TRACE)
FIX = Fix(
    "KeyError", "'churn'", TRACE, WRONG, RIGHT, "edit", {"notebook": "churn.ipynb"},
    datetime(2026, 5, 12, 12, tzinfo=timezone.utc),
)  # fmt: skip


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store") as memo:
        yield memo


def test_a_fix_of_another_day_is_named_once_it_was_loaded(memo, tmp_path):
    record = memo.keep_fix(FIX)
    with fake_memo(tmp_path / "store") as later:
        assert later.hint(ERROR, WRONG) is None  # nothing is opened for it
        later.fixes.refresh()
        hint = later.hint(ERROR, WRONG)
    assert hint.record == record.id
    assert hint.line.endswith('in churn.ipynb by "df.columns = df.columns.str.strip()" - %memo fix')


def test_the_first_error_of_a_kernel_hardly_waits_for_the_fixes_of_other_days_and_the_next_has_them(memo, tmp_path):
    record = memo.keep_fix(FIX)
    with fake_memo(tmp_path / "store") as later:
        later.note(Seen(WRONG, (ERROR,), datetime.now(timezone.utc), 0.1, {"notebook": "b.ipynb"}, "s", ""))
        start = time.perf_counter()
        first = later.hint(ERROR, WRONG)
        assert time.perf_counter() - start < 0.3  # 0.05, but for a busy machine
        assert later.fixes.wait(10)
        assert first is None or first.record == record.id
        assert later.hint(ERROR, WRONG).record == record.id


def test_what_another_process_keeps_is_named_and_what_it_forgets_is_not(memo, tmp_path):
    memo.fixes.refresh()
    assert memo.hint(ERROR, WRONG) is None
    with OtherProcess(tmp_path / "store") as other:
        record = other.keep_fix(FIX)
        memo.fixes.refresh()
        assert memo.hint(ERROR, WRONG).record == record.id
        other.forget(record.id)
        assert memo.hint(ERROR, WRONG) is None  # at once
        memo.fixes.refresh()
        assert len(memo.fixes) == 0
        again = other.keep_fix(FIX)
        memo.fixes.refresh()
        assert memo.hint(ERROR, WRONG).record == again.id


def test_a_fix_whose_file_is_damaged_is_passed_over(memo, tmp_path):
    record = memo.keep_fix(FIX)
    memo.close()
    (file,) = (tmp_path / "store").rglob(f"{record.id}.memo")
    file.write_bytes(b"no memory")
    with fake_memo(tmp_path / "store") as later:
        later.fixes.refresh()
        assert later.hint(ERROR, WRONG) is None


def test_refreshing_where_nothing_is_new_is_cheap(memo):
    for number in range(200):
        memo.keep_fix(Fix("ValueError", f"no {number}", "", f"f({number})", f"g({number})", "edit", {}, FIX.when))
    memo.fixes.refresh()
    start = time.perf_counter()
    memo.fixes.refresh()
    assert time.perf_counter() - start < 0.1


def test_hints_can_be_switched_off(memo):
    memo.keep_fix(FIX)
    memo.hints = False
    assert memo.hint(ERROR, WRONG) is None


@pytest.mark.model
def test_a_notebook_shows_a_fix_and_puts_it_into_the_next_cell(tmp_path, model_folder):
    with fake_memo(tmp_path / "store") as memo:
        memo.keep_fix(FIX)
    with Kernel(tmp_path, MEMO_MODELS=str(model_folder)) as kernel:
        kernel.run("%load_ext memo_jupyter")
        shown = kernel.run("%memo fix --insert")
        assert "KeyError: 'churn'" in shown.text
        assert "+df.columns = df.columns.str.strip()" in shown.text
        assert "flex-wrap" in shown.html
        assert shown.text.count("rate = df['churn'].mean()") == 2  # in the difference, and as the code to be run
        kernel.run("inserted = []; get_ipython().set_next_input = lambda code, **_: inserted.append(code)")
        kernel.run("%memo fix --insert")
        assert kernel.run("print(inserted[0])").text.strip() == RIGHT
        assert "KeyError" in kernel.run("%memo list --kind fix").text
