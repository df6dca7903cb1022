"""Real disks that are full or may not be written."""

import os
import subprocess
import sys
from datetime import datetime, timezone

import pytest

from memo_jupyter.errors import StoreUnwritable
from memo_jupyter.records.store import new_id
from memo_jupyter.testing import fake_memo
from memo_jupyter.types import Record

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if sys.platform != "linux" or not ROOT or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("needs Linux and the right to mount a small tmpfs (run as root)")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_one_line_and_what_was_remembered_stays(small_disk):
    with fake_memo(small_disk / "store") as memo:
        kept = []
        with pytest.raises(StoreUnwritable, match=r"is full.*free some space") as caught:
            for number in range(500):
                kept.append(memo.remember(f"fact {number} " + "x" * 5000))
        assert "\n" not in str(caught.value)
        assert len(kept) > 20
        assert [memo.get(record.id).text for record in kept] == [record.text for record in kept]
        assert list((small_disk / "store/tmp").iterdir()) == []
        assert memo.recall("fact 3", k=50)
        memo.forget([record.id for record in kept[:15]])
        assert memo.remember("there is room again")
        memo._open()._paused_until = 0.0  # as if ten seconds had passed
        found = memo.recall("there is room again", k=1)
        assert found[0].record.text == "there is room again"
        assert memo.verify() == []


def test_a_store_that_may_not_be_written_is_one_line(small_disk):
    with fake_memo(small_disk / "store") as memo:
        memo.remember("a fact")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with fake_memo(small_disk / "store") as memo:
        for work in (lambda: memo.remember("another"), lambda: memo.recall("fact")):
            with pytest.raises(
                StoreUnwritable, match=r"cannot be written \(Read-only file system\).*MEMO_HOME"
            ) as caught:
                work()
            assert "\n" not in str(caught.value)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    with fake_memo(small_disk / "store") as memo:
        assert len(memo.recall("fact")) == 1


@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.gz"])
def test_an_export_to_a_full_disk_is_one_line_and_leaves_what_was_there(small_disk, tmp_path, name):
    with fake_memo(tmp_path / "store") as memo:
        memo.remember("a fact")
        memo.export(small_disk / name)
        before = (small_disk / name).read_bytes()
        now = datetime.now(timezone.utc)
        for _ in range(12):  # past the index, which would take a minute to read such texts
            memo._open().store.write(Record(new_id(now), now, "note", os.urandom(450_000).hex()))
        with pytest.raises(StoreUnwritable, match=r"is full\. Nothing was changed; free some space") as caught:
            memo.export(small_disk / name)
        assert "\n" not in str(caught.value)
    assert (small_disk / name).read_bytes() == before
    assert [path.name for path in small_disk.iterdir()] == [name]


def test_an_export_to_a_folder_that_may_not_be_written_is_one_line(small_disk, tmp_path):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with fake_memo(tmp_path / "store") as memo:
        memo.remember("a fact")
        with pytest.raises(StoreUnwritable, match=r"\(Read-only file system\)\. Choose another folder for the archive"):
            memo.export(small_disk / "all.jsonl")
        memo.export(tmp_path / "all.jsonl")
        assert memo.import_(tmp_path / "all.jsonl").known == 1
