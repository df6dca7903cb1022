"""A forked child of a process with an open `Memo` remembers and recalls, whatever its parent's threads were at."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
