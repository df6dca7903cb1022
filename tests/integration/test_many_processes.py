"""Several processes on one store: what one remembers, the next query of another finds; one that dies stops nobody."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from other_process import OtherProcess

from memo_jupyter import Memo
from memo_jupyter.errors import UnknownId
from memo_jupyter.records.locks import held_if_free
from memo_jupyter.testing import fake_memo

FACT = "The robust scaler gave an accuracy of 0.71 on the churn data."
OTHER_FACT = "Ines moved the warehouse to Porto in May."


@pytest.mark.model
def test_what_one_process_remembers_the_next_query_of_another_finds_by_meaning_in_both_directions(
    tmp_path, model_folder
):
    with Memo(tmp_path, models=str(model_folder)) as memo:
        with OtherProcess(tmp_path, real=True, models=str(model_folder)) as other:
            assert (memo.recall("where?"), other.recall("where?")) == ([], [])
            here = memo.remember(FACT)
            assert [hit.record.id for hit in other.recall("Which way to normalise was the most precise?", k=1)] == [
                here.id
            ]
            there = other.remember(OTHER_FACT)
            (hit,) = memo.recall("In which city are the goods stored now?", k=1)
            assert (hit.record.id, hit.record.text) == (there.id, OTHER_FACT)
            other.forget(here.id)
            assert memo.recall("Which way to normalise was the most precise?") == []
        assert memo.verify() == []


def test_several_processes_that_write_at_once_each_see_all_that_all_have_written(tmp_path):
    def texts(name):
        return [f"{name}{number} is a fact of writer {name}" for number in range(12)]

    names = ["anna", "bert", "cleo"]
    with (
        fake_memo(tmp_path, publish_after=20) as memo,
        OtherProcess(tmp_path, publish_after=20) as one,
        OtherProcess(tmp_path, publish_after=20) as two,
        OtherProcess(tmp_path, publish_after=20) as three,
    ):
        others = dict(zip(names, (one, two, three), strict=True))
        mine = []
        for number in range(12):
            for name, other in others.items():
                other.begin("remember", (texts(name)[number],), {})
            mine.append(memo.remember(f"mine{number} is a fact of the parent"))
            for other in others.values():
                other.result()
        for name, other in others.items():
            other.begin("remember_many", (texts(f"many{name}"),), {"progress": False})
        for other in others.values():
            other.result()
        expected = {text for name in names for text in (*texts(name), *texts(f"many{name}"))}
        expected |= {record.text for record in mine}
        for handle in (memo, *others.values()):
            assert {handle.get(row.id).text for row in handle.recent(200)} == expected
            for text in sorted(expected):
                assert handle.recall(text.split()[0], k=1)[0].record.text == text
        assert memo.verify() == []


def test_threads_of_one_memo_work_beside_another_process(tmp_path):
    problems = []

    def work(handle, name):
        try:
            kept = [handle.remember(f"{name}fact{number} stands here") for number in range(15)]
            for number, record in enumerate(kept):
                if record.id not in [hit.record.id for hit in handle.recall(f"{name}fact{number}", k=3)]:
                    problems.append(f"{record.text} was not found")
                if number % 3 == 0:
                    handle.forget(record.id)
        except Exception as error:
            problems.append(repr(error))

    with fake_memo(tmp_path, publish_after=20) as memo, OtherProcess(tmp_path, publish_after=20) as other:
        crew = [(memo, "alpha"), (memo, "beta"), (memo, "gamma"), (other, "delta")]
        threads = [threading.Thread(target=work, args=one) for one in crew]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
            assert not thread.is_alive()
        assert problems == []
        assert len(memo.recent(200)) == len(other.recent(200)) == 4 * 10
        assert memo.verify() == []


# Locks of the dead ----------------------------------------------------------------------------------------------------

HOLDING = """
import sys, time
from pathlib import Path
from memo_jupyter.opened import Opened
from memo_jupyter.testing import HashEmbedder
parts = Opened(Path(sys.argv[1]), Path(sys.argv[1]) / "index", HashEmbedder(), 20)
parts.rows(None)
index = parts.index
take = {
    "lock": parts.store.lock,
    "index/publish.lock": index._generations.publishing,
    "index/change.lock": index._generations.changing,
    "index/open.lock": index.catalog._opening,
    "index/catalog.sqlite3": lambda: index.catalog.transaction(write=True),
}[sys.argv[2]]
with take():
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize(
    "name", ["lock", "index/publish.lock", "index/change.lock", "index/open.lock", "index/catalog.sqlite3"]
)
def test_a_process_that_is_killed_while_it_holds_a_lock_blocks_nobody(tmp_path, name):
    with fake_memo(tmp_path) as memo:
        gone, kept = memo.remember_many([FACT, OTHER_FACT], progress=False)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, tmp_path, name], stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert holder.stdout.readline() == "held\n"
    is_file_lock = name.endswith("lock")
    if is_file_lock:
        with held_if_free(tmp_path / name) as free:
            assert not free
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert (tmp_path / name).exists()  # what the dead leave behind is taken for nothing
    start = time.monotonic()
    with fake_memo(tmp_path, publish_after=2) as memo:
        memo.remember_many([f"fact {number}" for number in range(5)], progress=False)
        assert memo.recall("robust scaler", k=1)[0].record.id == gone.id
        memo.forget(gone.id)
        assert memo.recall("warehouse Porto", k=1)[0].record.id == kept.id
        with pytest.raises(UnknownId):
            memo.get(gone.id)
        memo.rebuild()
        until = time.monotonic() + 10
        while not (tmp_path / "index/CURRENT").exists() and time.monotonic() < until:
            time.sleep(0.02)
        assert (tmp_path / "index/CURRENT").exists()
    assert time.monotonic() - start < 10
