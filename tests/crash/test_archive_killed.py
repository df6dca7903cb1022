"""Exports and imports that are killed, at random moments of their work: the next one makes it whole."""

import random
import shutil
import subprocess
import sys
import time

import pytest
from archives import everything, read

from memo_jupyter.testing import fake_memo

KILLS = 24
RECORDS = 300
SEED = 20261122

# Every step of the progress is a line, so that the test can choose how far the work has come.
WORK = """
import sys
from memo_jupyter.testing import fake_memo

def tell(done, total):
    print(done / total, flush=True)

store, word, file = sys.argv[1:]
with fake_memo(store) as memo:
    memo.stats()
    if word == "export":
        memo.export(file, vectors=True, progress=tell)
    else:
        memo.import_(file, progress=tell)
    print("over", flush=True)
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store, and its archive."""
    folder = tmp_path_factory.mktemp("whole")
    with fake_memo(folder / "store") as memo:
        memo.remember_many([f"fact {number} on scalers " * 20 for number in range(RECORDS)], progress=False)
        memo.export(folder / "all.jsonl", vectors=True)
        yield folder, everything(memo)


def killed(store, word, file, steps, pause):
    """Start the work, kill it `pause` seconds after so many steps, and tell whether that was before its end."""
    command = [sys.executable, "-c", WORK, store, word, file]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        told = "start"
        for _ in range(steps):
            told = worker.stdout.readline()
            assert told, "the work ended with an error"
            if told == "over\n":
                break
        time.sleep(pause)
        worker.kill()
        rest = worker.stdout.read()
    return "over" not in told + rest


def moments(steps, slowest):
    """Choose when to kill: after how many steps, and how long after the last of them."""
    chance = random.Random(SEED)
    return [(1 + number % steps, chance.uniform(0, slowest)) for number in range(KILLS)]


@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.gz"])
def test_a_killed_export_leaves_the_old_archive_or_the_whole_new_one(whole, tmp_path, name):
    folder, expected = whole
    target = tmp_path / name
    with fake_memo(tmp_path / "older") as memo:
        memo.remember("an older memory")
        memo.export(target)
        older = target.read_bytes()
    early = halves = replaced = 0
    for round_, (steps, pause) in enumerate(moments(6, 0.02)):
        if round_ % 3 == 0:
            target.unlink(missing_ok=True)
        elif round_ % 3 == 1:
            target.write_bytes(older)
        before = target.read_bytes() if target.exists() else None
        early += killed(folder / "store", "export", target, steps, pause)
        after = target.read_bytes() if target.exists() else None
        if after != before:
            assert {record.id: record for record in read(target)} == expected
            replaced += 1
        left = list(tmp_path.glob(".all*"))
        assert len(left) <= 1
        halves += len(left)
    told = f"{early} killed before the end, {halves} left a half-written file, {replaced} had replaced the old one"
    assert min(early, halves) > KILLS / 3, told  # or this test kills too late to prove anything
    assert replaced, told
    with fake_memo(folder / "store") as memo:
        assert memo.export(target, vectors=True).memories == RECORDS
    assert {record.id: record for record in read(target)} == expected
    assert {path.name for path in tmp_path.iterdir()} == {name, "older"}


def test_a_killed_import_is_gone_on_with(whole, tmp_path):
    folder, expected = whole
    archive = folder / "all.jsonl"
    early = halves = 0
    for steps, pause in moments(10, 0.04):
        store = tmp_path / "store"
        early += killed(store, "import", archive, steps, pause)
        with fake_memo(store) as memo:
            kept = everything(memo)
            assert kept.items() <= expected.items()  # each is whole, and as it was
            halves += 0 < len(kept) < RECORDS
            assert len(memo.recent(10_000)) == len(kept)
            done = memo.import_(archive)
            assert (done.added, done.known) == (RECORDS - len(kept), len(kept))
            assert everything(memo) == expected
            assert len(memo.recent(10_000)) == RECORDS
            assert memo.stats()["waiting"] == 0
            assert memo.verify() == []
        shutil.rmtree(store)
    assert early > KILLS / 2, f"{early} were killed before the end"
    assert halves > KILLS / 5, f"{halves} had added some, and not all"


def test_an_import_that_is_killed_again_and_again_comes_to_its_end(whole, tmp_path):
    folder, expected = whole
    store = tmp_path / "store"
    kept = [0]
    for steps, pause in moments(8, 0.04):
        killed(store, "import", folder / "all.jsonl", steps, pause)
        with fake_memo(store) as memo:
            kept.append(len(everything(memo)))
            assert kept[-1] >= kept[-2]
    with fake_memo(store) as memo:
        memo.import_(folder / "all.jsonl")
        assert everything(memo) == expected
        assert memo.verify() == []
