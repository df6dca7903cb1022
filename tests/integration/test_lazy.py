"""Opening a store of many memories reads none of their files; recalling reads those that it gives, and no other."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from memo_jupyter.records.disk import Disk
from memo_jupyter.testing import fake_memo

COUNTING = """
import json, os, sys
from pathlib import Path

opened = set()

def hook(event, arguments):
    # Every open() and os.open() of Python; SQLite and hnswlib open no record.
    if event == "open" and str(arguments[0]).endswith(".memo"):
        opened.add(os.fspath(arguments[0]))

sys.addaudithook(hook)
from memo_jupyter.testing import fake_memo

def during(work):
    opened.clear()
    value = work()
    return value, len(opened)

told = {}
memo = fake_memo(sys.argv[1])
told["number"], told["counting"] = during(lambda: sum(memo.stats()["records"].values()))
rows, told["listing"] = during(lambda: memo.recent(50))
told["listed"] = len(rows)
told["found"], told["recalling"] = during(lambda: len(memo.recall("fact 1234 of many", k=7)))
_, told["filtering"] = during(lambda: memo.recall("fact of many", k=5, since="2020-01-01"))
_, told["resolving"] = during(lambda: memo.resolve(rows[0].id[-8:]))
_, told["getting"] = during(lambda: memo.get(rows[0].id[-8:]))
_, told["closing"] = during(memo.close)
print(json.dumps(told))
"""


class Hasty(Disk):
    """Forces nothing to the disk: the store is made to be read."""

    def sync(self, descriptor):
        pass

    def sync_folder(self, folder):
        pass


def filled(folder, number):
    with fake_memo(folder) as memo:
        memo._open().store.disk = Hasty()
        memo.remember_many([f"fact {place} of many" for place in range(number)], progress=False)
    return folder


def files_opened(folder):
    done = subprocess.run(
        [sys.executable, "-c", COUNTING, folder], check=False, capture_output=True, text=True, timeout=280,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", [3000, pytest.param(100_000, marks=pytest.mark.long)])
def test_opening_listing_and_counting_read_no_record_and_recalling_reads_what_it_gives(tmp_path, number):
    filled(tmp_path, number)
    told = files_opened(tmp_path)
    assert (told["number"], told["listed"], told["found"]) == (number, 50, 7)
    for work in ("counting", "listing", "resolving", "closing"):
        assert told[work] == 0, (work, told)
    assert told["recalling"] == 7
    assert told["filtering"] == 5
    assert told["getting"] == 1


def test_a_lost_index_is_made_from_every_record_each_read(tmp_path):
    filled(tmp_path, 300)
    shutil.rmtree(tmp_path / "index")
    told = files_opened(tmp_path)
    assert told["counting"] == 300  # the count above is none that is always nothing
    assert told["recalling"] == 7
