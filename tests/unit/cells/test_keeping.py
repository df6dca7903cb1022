"""Cells that are handed over, kept as records, counted, and put in the place of their earlier runs."""

import time
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from memo_jupyter.cells.seen import Raised, Seen, Shown, Stream
from memo_jupyter.engine import Memo
from memo_jupyter.records.store import RecordStore
from memo_jupyter.testing import fake_memo


def seen(code, *outputs, cell="c1", notebook="a.ipynb", session="one", **place):
    where = {"notebook": notebook, **({"cell": cell} if cell else {}), **place}
    return Seen(code, outputs, datetime.now(timezone.utc), 0.25, where, session, "")


def out(text):
    return Stream("stdout", text)


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store") as opened:
        opened.stats()  # it is open
        yield opened


def cells(memo):
    assert memo.wait_for_cells()
    return [memo.get(row.id) for row in memo.recent(100, kinds=["cell"])]


def test_a_cell_becomes_a_record(memo):
    memo.note(seen("x = 1\nx", Shown("1"), execution_count=3))
    (record,) = cells(memo)
    assert (record.text, record.code, record.outputs) == ("x = 1\nx\n\n1", "x = 1\nx", "1")
    assert record.source["duration_ms"] == 250
    assert record.source["session"] == "one"
    assert record.source["execution_count"] == 3


def test_an_error_is_a_tag_and_its_class_is_told(memo):
    memo.note(seen("1/0", Raised("ZeroDivisionError", "division by zero", "…")))
    (record,) = cells(memo)
    assert record.tags == ("error",)
    assert record.source["error"] == "ZeroDivisionError"
    assert memo.recall("division", kinds=["error"])


def test_a_thousand_runs_of_one_cell_are_one_memory_with_a_count(memo):
    for _ in range(1000):
        memo.note(seen("step()", out("done\n")))
    cells(memo)
    time.sleep(1.2)
    (record,) = cells(memo)
    assert record.source["runs"] == 1000
    assert memo.rows([record.id])[0].source["runs"] == 1000
    assert memo.verify() == []


def test_a_changed_result_takes_the_place_of_the_earlier_one_which_stays(memo):
    memo.note(seen("score(C=1)", out("0.7")))
    memo.note(seen("score(C=2)", out("0.8")))
    (record,) = cells(memo)
    assert record.outputs == "0.8"
    earlier = memo.get(record.source["supersedes"])
    assert earlier.outputs == "0.7"


def test_a_copy_of_a_notebook_elsewhere_leaves_the_runs_of_the_first_alone(memo, tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.ipynb").write_text("{}")
    memo.note(replace(seen("score(C=1)", out("0.7")), folder=str(tmp_path / "first")))
    memo.note(replace(seen("score(C=1)", out("0.8")), folder=str(tmp_path / "second")))
    assert [one.outputs for one in cells(memo)] == ["0.8", "0.7"]
    memo.note(replace(seen("score(C=1)", out("0.9")), folder=str(tmp_path / "first")))
    assert [one.outputs for one in cells(memo)] == ["0.9", "0.8"]


def test_a_notebook_that_was_moved_or_changes_its_folder_still_takes_the_place_of_its_earlier_runs(memo, tmp_path):
    (tmp_path / "now").mkdir()
    (tmp_path / "now/a.ipynb").write_text("{}")
    memo.note(replace(seen("score(C=1)", out("0.7")), folder=str(tmp_path / "before")))
    memo.note(replace(seen("score(C=1)", out("0.8")), folder=str(tmp_path / "now")))
    memo.note(replace(seen("score(C=1)", out("0.9")), folder=str(tmp_path)))  # os.chdir
    assert [one.outputs for one in cells(memo)] == ["0.9"]


def test_only_cells_are_counted_as_cells(memo):
    memo.note(seen("d['BMI']", Raised("KeyError", "'BMI'", "KeyError: 'BMI'"), execution_count=1))
    memo.note(seen("d['bmi']", out("1"), execution_count=2))
    assert len(cells(memo)) == 2
    assert len(memo.recent(9, kinds=["fix"])) == 1
    assert memo.cells_kept() == (2, "")


def test_a_failing_run_stays_beside_the_one_that_mends_it(memo):
    memo.note(seen("score(C=x)", Raised("NameError", "name 'x' is not defined", "NameError: x")))
    memo.note(seen("score(C=2)", out("0.8")))
    assert len(cells(memo)) == 2


def test_a_rerun_days_later_in_another_kernel_takes_the_place_too(tmp_path):
    with fake_memo(tmp_path / "store") as first:
        first.note(seen("score(C=1)", out("0.7")))
        (old,) = cells(first)
    with fake_memo(tmp_path / "store") as second:
        second.note(seen("score(C=1)", out("0.9"), session="two"))  # kept before the store is opened
        second.wait_for_cells()
        time.sleep(2.5)
        (record,) = cells(second)
        assert record.source["supersedes"] == old.id
        second.note(seen("score(C=3)", out("0.95"), session="two"))
        (latest,) = cells(second)
        assert latest.source["supersedes"] == record.id
        assert second.verify() == []


def test_a_cell_that_was_forgotten_is_remembered_when_it_runs_again(memo):
    memo.note(seen("x", out("1")))
    (record,) = cells(memo)
    memo.forget(record.id)
    memo.note(seen("x", out("1")))
    (again,) = cells(memo)
    assert again.id != record.id


def test_the_first_cells_are_on_the_disk_before_anything_heavy_is_imported(tmp_path):
    import subprocess
    import sys

    code = f"""
import sys, time
from datetime import datetime, timezone
from memo_jupyter.engine import Memo
from memo_jupyter.cells.seen import Seen
memo = Memo({str(tmp_path / "store")!r})
memo.note(Seen("x = 1", (), datetime.now(timezone.utc), 0.1, {{}}, "s", ""))
assert memo.wait_for_cells(5)
print([name for name in ("numpy", "hnswlib", "onnxruntime", "tantivy", "httpx", "PIL") if name in sys.modules])
import os; os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    store = RecordStore(tmp_path / "store")
    assert [len(store.ids(day)) for day, _ in store.days()] == [1]


def test_what_is_handed_over_is_kept_when_memo_is_closed_or_goes(tmp_path):
    memo = Memo(tmp_path / "store")
    for number in range(50):
        memo.note(seen(f"x = {number}", cell=f"c{number}"))
    memo.close()
    with fake_memo(tmp_path / "store") as other:
        assert len(other.recent(100)) == 50


def test_secrets_are_taken_out_before_anything_is_written(memo, tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_TOKEN", "wombat-Zephyr-12")
    secret = "ghp_" + "a8Kd93jS0dkfj2LmPq7xYz4tRv6wBn1cEu5h"
    memo.learn_secret("flaMingo-77-xy")
    memo.note(
        seen(
            f"token = '{secret}'", out(f"got {secret}"), Shown("wombat-Zephyr-12", detail="flaMingo-77-xy"),
            Raised("ValueError", secret, f"ValueError: {secret}"),
        )
    )  # fmt: skip
    (record,) = cells(memo)
    assert "github token" in record.code
    assert record.source["redacted"]
    assert [row.id for row in memo.redacted()] == [record.id]
    for path in (tmp_path / "store").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(one.encode() in data for one in (secret, "wombat-Zephyr", "flaMingo"))


def test_rules_of_ones_own_count_from_the_next_cell_on(memo, tmp_path):
    memo.note(seen("print('LAB-0042')", out("LAB-0042")))
    assert "LAB-0042" in cells(memo)[0].text
    (tmp_path / "store" / "redact.rules").write_text("lab number: LAB-\\d{4}\n(\n", "utf-8")
    memo.note(seen("print('it is LAB-0043')", out("LAB-0043"), cell="c2"))
    assert "[secret: lab number]" in cells(memo)[0].outputs
    path, problems = memo.rules_of_secrecy()
    assert path == tmp_path / "store" / "redact.rules"
    assert len(problems) == 1
    assert "line 2" in problems[0]


def test_a_disk_that_takes_nothing_loses_no_cell(memo, monkeypatch):
    from memo_jupyter.errors import StoreUnwritable

    parts = memo._open()
    keep = parts.keep_as_they_are

    def full(records):
        raise StoreUnwritable("The disk is full.")

    monkeypatch.setattr(parts, "keep_as_they_are", full)
    memo.note(seen("x = 1"))
    memo.wait_for_cells()
    time.sleep(0.1)
    assert "The disk is full." in memo.cells_kept()[1]
    monkeypatch.setattr(parts, "keep_as_they_are", keep)
    memo.note(seen("y = 1", cell="c2"))
    assert [record.code for record in cells(memo)] == ["y = 1", "x = 1"]
    assert memo.cells_kept() == (2, "")


def test_a_forked_child_keeps_no_cells(memo):
    import os

    memo.note(seen("x = 1"))
    child = os.fork()
    if not child:
        memo.note(seen("child = 1", cell="c9"))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert len(cells(memo)) == 1


def test_what_is_handed_over_while_the_store_is_opened_is_kept_though_that_fails_and_all_is_closed(tmp_path):
    memo = Memo(tmp_path / "store")

    def opening():
        memo.note(seen("y = 2", cell="c2"))
        memo._keeping._queue.close()
        raise RuntimeError("can't register atexit after shutdown")

    memo._open = opening
    memo.note(seen("x = 1"))
    thread = memo._keeping._thread
    memo._keeping.hurry()
    thread.join(10)
    with fake_memo(tmp_path / "store") as other:
        assert [other.get(row.id).code for row in other.recent()] == ["y = 2", "x = 1"]
