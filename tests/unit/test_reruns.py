"""Cells that were run again: the last run stands for all, and the earlier ones are its history."""

import dataclasses

import pytest

from memo_jupyter.testing import fake_memo


def cell(memo, code, supersedes=None, **source):
    source |= {"notebook": "churn.ipynb", "cell": "a1"} | ({"supersedes": supersedes} if supersedes else {})
    return memo.keep(text=f"{code}\n\nout", kind="cell", code=code, outputs="out", source=source)


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store") as opened:
        yield opened


def test_recall_and_lists_have_the_last_run_only(memo):
    first = cell(memo, "scaler = RobustScaler(1)")
    last = cell(memo, "scaler = RobustScaler(2)", first.id)
    assert [hit.record.id for hit in memo.recall("RobustScaler")] == [last.id]
    assert [row.id for row in memo.recent()] == [last.id]
    assert memo.get(first.id).code == "scaler = RobustScaler(1)"


def test_a_cell_that_was_run_a_hundred_times_does_not_keep_others_from_being_found(memo):
    note = memo.remember("The RobustScaler was the choice of the board.")
    last = cell(memo, "scaler = RobustScaler()")
    for number in range(100):
        last = cell(memo, f"scaler = RobustScaler()  # {number}", last.id)
    assert {hit.record.id for hit in memo.recall("RobustScaler scaler")} == {last.id, note.id}


def test_once_the_last_run_is_forgotten_so_are_the_earlier_ones(memo):
    first = cell(memo, "one = 1")
    second = cell(memo, "one = 11", first.id)
    third = cell(memo, "one = 111", second.id)
    other = memo.remember("one is a number")
    assert memo.forget(third.id) == [third.id, second.id, first.id]
    assert [row.id for row in memo.recent()] == [other.id]


def test_runs_that_name_one_another_end(memo):
    first = cell(memo, "one = 1")
    second = cell(memo, "one = 11", first.id)
    memo._open().amend(first.id, lambda now: dataclasses.replace(now, source={**now.source, "supersedes": second.id}))
    assert memo.forget(second.id) == [second.id, first.id]


def test_the_latest_runs_of_a_cell_are_known(memo):
    first = cell(memo, "one = 1")
    second = cell(memo, "one = 11", first.id)
    memo.keep(text="x", kind="cell", code="x", source={"notebook": "churn.ipynb", "cell": "a2"})
    runs = memo._open().latest_runs
    assert [run.id for run in runs("churn.ipynb", "a1")] == [second.id, first.id]
    assert runs("other.ipynb", "a1") == []


def test_an_amended_record_agrees_with_the_index_and_keeps_its_vectors(memo):
    record = cell(memo, "one = 1")
    memo._open().indexer.catch_up()
    assert memo._open().amend(record.id, lambda now: dataclasses.replace(now, source={**now.source, "runs": 3}))
    assert memo.get(record.id).source["runs"] == 3
    assert memo.get(record.id).vectors
    assert memo.rows([record.id])[0].source["runs"] == 3
    assert memo.verify() == []
    memo.forget(record.id)
    assert not memo._open().amend(record.id, lambda now: now)


def test_what_is_amended_while_it_is_embedded_stays(tmp_path):
    with fake_memo(tmp_path / "store") as memo:
        parts = memo._open()
        embed = parts.embedder.embed

        def slowly(texts):
            parts.amend(record_id, lambda now: dataclasses.replace(now, source={**now.source, "runs": 2}))
            return embed(texts)

        parts.indexer.wake = lambda: None
        record_id = cell(memo, "one = 1").id
        parts.embedder.embed = slowly
        assert parts.indexer.catch_up()
        assert memo.get(record_id).source["runs"] == 2
        assert memo.get(record_id).vectors


def test_the_kind_error_means_the_cells_that_raised_one(memo):
    raised = memo.keep(text="1 / 0", kind="cell", code="1 / 0", tags=["error"])
    cell(memo, "1 / 1")
    note = memo.remember("1 / 0 is an error", tags=["error"])
    assert [hit.record.id for hit in memo.recall("1 / 0", kinds=["error"])] == [raised.id]
    assert {hit.record.id for hit in memo.recall("1 / 0", kinds=["error", "note"])} == {raised.id, note.id}
    assert [row.id for row in memo.recent(kinds=["error"])] == [raised.id]


def test_small_pictures_are_kept_with_a_cell_and_go_into_archives(tmp_path):
    with fake_memo(tmp_path / "store") as memo:
        record = memo.keep(text="plot()", kind="cell", code="plot()", thumbnails=(b"\x89PNG",))
        assert memo.get(record.id).thumbnails == (b"\x89PNG",)
        memo.export(tmp_path / "all.jsonl")
    with fake_memo(tmp_path / "other") as memo:
        memo.import_(tmp_path / "all.jsonl")
        assert memo.get(record.id).thumbnails == (b"\x89PNG",)
