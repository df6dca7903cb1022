"""Folders that are being read when the process is killed: reading them again gives what a clean read gives."""

import random
import shutil
import subprocess
import sys
import time

import document_files as files
import pytest

from memo_jupyter.testing import fake_memo

KILLS = 15
SEED = 20261130

# Every step of the progress is a line, so that the test can choose how far the work has come.
WORK = """
import sys
from memo_jupyter.testing import fake_memo

store, folder = sys.argv[1:]
with fake_memo(store, learning=False) as memo:
    memo.stats()
    print("begun", flush=True)
    memo.read(folder, progress=lambda done, total: print(done / total, flush=True))
    print("over", flush=True)
"""


def long_text(name, words):
    return "\n\n".join(f"Paragraph {number} of {name}: {words} " + "andmoreofit" * 40 for number in range(200))


def before(folder):
    folder.mkdir()
    for number in range(6):
        (folder / f"{number:02}.txt").write_text(long_text(f"file {number}", "terns"))
    (folder / "birds.pdf").write_bytes(files.pdf([f"Page {number} on gulls." for number in range(20)]))
    (folder / "n.ipynb").write_bytes(files.notebook(*[f"cell {number}" for number in range(30)]))


def after(folder):
    """Change some files, remove some, add some: what is read has to be kept, moved and forgotten."""
    (folder / "00.txt").write_text("A new beginning.\n\n" + long_text("file 0", "terns"))
    (folder / "01.txt").write_text(long_text("file 1", "cormorants"))
    (folder / "02.txt").unlink()
    (folder / "03.txt").rename(folder / "z.txt")
    (folder / "birds.pdf").write_bytes(files.pdf([f"Page {number} on gulls." for number in range(10, 25)]))
    (folder / "n.ipynb").write_bytes(files.notebook("new", *[f"cell {number}" for number in range(25)]))


def kept(memo):
    records = [memo.get(row.id) for row in memo.recent(10_000, kinds=["document"])]
    assert all(record.vectors for record in records)
    # Which version of the file an unchanged part was first seen in does not matter.
    return sorted(
        (str(record.source["path"]), int(record.source.get("part", 1)), record.source.get("parts", 0), record.text)
        for record in records
    )


def killed(store, folder, steps, pause):
    """Start reading, kill it `pause` seconds after so many steps, and tell whether that was before its end."""
    with subprocess.Popen([sys.executable, "-c", WORK, store, folder], stdout=subprocess.PIPE, text=True) as worker:
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


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A folder that has changed since it was read into the store `old`; and what a clean read of it gives."""
    place = tmp_path_factory.mktemp("read")
    before(place / "lab")
    with fake_memo(place / "old", learning=False) as memo:
        assert memo.read(place / "lab").problems == ()
    after(place / "lab")
    with fake_memo(place / "clean", learning=False) as memo:
        memo.read(place / "lab")
        return place, kept(memo)


def test_a_killed_read_is_gone_on_with_and_nothing_is_twice_there(lab, tmp_path):
    place, expected = lab
    chance = random.Random(SEED)
    early = partly = 0
    for round_ in range(KILLS):
        store = tmp_path / f"store{round_}"
        if round_ % 2:
            shutil.copytree(place / "old", store)
        with fake_memo(store, learning=False) as memo:
            began = {row.id for row in memo.recent(10_000)}
        early += killed(store, place / "lab", 1 + chance.randrange(4), chance.uniform(0, 0.2))
        with fake_memo(store, learning=False) as memo:
            now = {row.id for row in memo.recent(10_000)}
            partly += now != began and kept(memo) != expected
            assert memo.read(place / "lab").problems == ()
            assert kept(memo) == expected
            again = memo.read(place / "lab")
            assert (again.read, again.added, again.forgotten) == (0, 0, 0)
            assert memo.stats()["waiting"] == 0
            assert memo.verify() == []
        shutil.rmtree(store)
    told = f"{early} of {KILLS} were killed before the end, {partly} in the midst"
    print(told)
    assert early > KILLS / 3, told  # or this test kills too late to prove anything
    assert partly, told
