"""Several processes on one store: what one remembers, the next query of another finds; one that dies stops nobody."""

import os
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


# Forks ----------------------------------------------------------------------------------------------------------------

# A process that hangs says where, and ends: an alarm outlives a fork if it is set anew.
TELLING = """
import faulthandler, os, signal
faulthandler.register(signal.SIGALRM, chain=True)
signal.alarm(240)
os.register_at_fork(after_in_child=lambda: signal.alarm(20))
"""

FORKING = """
import os, sys, time
from memo_jupyter.testing import HashEmbedder, fake_memo

class Slow(HashEmbedder):
    def embed(self, texts):
        if not any("quick" in text for text in texts):
            time.sleep(0.05)
        return super().embed(texts)

memo = fake_memo(sys.argv[1], embedder=Slow(), publish_after=20)
memo.remember_many([f"quick fact {number}" for number in range(30)], progress=False)

def in_the_child(name):
    record = memo.remember(f"quick word of child {name}")
    assert memo.get(record.id).text.endswith(name)
    assert memo.recall(f"quick word of child {name}", k=1)[0].record.id == record.id
    assert len(memo.recall("quick fact 7", k=50)) > 20

def stay_busy():
    # The indexer is at a slow batch, so that the fork comes while its thread runs and holds locks.
    for number in range(3):
        memo.remember(f"slow thing {number} of {time.monotonic_ns()}")

def check(children):
    record = memo.remember("quick word of the parent")
    assert memo.recall("quick word of the parent", k=1)[0].record.id == record.id
    texts = [memo.get(row.id).text for row in memo.recent(10**6)]
    for name in children:
        assert f"quick word of child {name}" in texts, (name, texts)
    assert memo.verify() == [], memo.verify()
    memo.close()
    print(len(texts))
"""

OS_FORK = """
names = []
for number in range(int(sys.argv[2])):
    if number % 2:
        stay_busy()
        time.sleep(number % 7 * 0.004)
    names.append(str(number))
    child = os.fork()
    if not child:
        in_the_child(str(number))
        if number % 3 == 0:
            os._exit(0)
        sys.exit(0)  # with all that Python does at its end
    _, status = os.waitpid(child, 0)
    assert status == 0, (number, status)
check(names)
"""

MULTIPROCESSING = """
import multiprocessing
context = multiprocessing.get_context("fork")
stay_busy()
names = [str(number) for number in range(int(sys.argv[2]))]
with context.Pool(3) as pool:
    pool.map(in_the_child, names, chunksize=1)
check(names)
"""

WHILE_THREADS_WRITE = """
import threading
done = threading.Event()

def write():
    number = 0
    while not done.is_set():
        number += 1
        record = memo.remember(f"passing thought {number}")
        memo.recall("passing thought")
        memo.forget(record.id)

import numpy.ma  # which numpy imports when it is first used: the lock of an import is Python's, and not what is tested
threads = [threading.Thread(target=write, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
names = []
for number in range(int(sys.argv[2])):
    names.append(str(number))
    child = os.fork()
    if not child:
        in_the_child(str(number))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0, (number, status)
done.set()
for thread in threads:
    thread.join()
check(names)
"""

OUTLIVING = """
here, there = os.pipe(), os.pipe()
names = []
for number in range(int(sys.argv[2])):
    names += [f"{number} a", f"{number} b"]
    child = os.fork()
    if not child:
        in_the_child(f"{number} a")
        os.write(here[1], b"x")
        assert os.read(there[0], 1)  # the parent has closed the store, and opened and written it anew
        texts = [memo.get(row.id).text for row in memo.recent(1000)]
        assert f"quick word after {number}" in texts
        assert memo.recall(f"after {number}", k=1)[0].record.text == f"quick word after {number}"
        in_the_child(f"{number} b")
        os._exit(0)
    assert os.read(here[0], 1)
    memo.close()
    memo.remember(f"quick word after {number}")
    os.write(there[1], b"x")
    _, status = os.waitpid(child, 0)
    assert status == 0, (number, status)
check(names)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(
    ("program", "times"),
    [
        pytest.param(WHILE_THREADS_WRITE, 25, id="while threads write"),
        pytest.param(OUTLIVING, 5, id="outliving its parent's handle"),
        pytest.param(OS_FORK, 30, id="os.fork"),
        pytest.param(MULTIPROCESSING, 9, id="multiprocessing"),
        pytest.param(OS_FORK, 500, id="os.fork, often", marks=pytest.mark.long),
    ],
)
def test_a_forked_child_remembers_and_recalls_and_its_parent_goes_on(tmp_path, program, times):
    code = f"{TELLING}{FORKING}{program}"
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path, str(times)],
        check=False, capture_output=True, text=True, timeout=250, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) >= 30 + times


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
