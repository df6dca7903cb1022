"""Real disks that are full or may not be written."""

import os
import subprocess
import sys
import time
from datetime import datetime, timezone

import pytest

from memo_jupyter.errors import StoreUnwritable
from memo_jupyter.records.store import RecordStore, new_id
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
        until = time.monotonic() + 20  # the background may be writing a record's vector just now
        while left := list((small_disk / "store/tmp").iterdir()):
            assert time.monotonic() < until, left
            time.sleep(0.01)
        assert memo.recall("fact 3", k=50)
        memo.forget([record.id for record in kept[:15]])
        assert memo.remember("there is room again")
        memo._open()._follower._paused_until = 0.0  # as if ten seconds had passed
        found = memo.recall("there is room again", k=1)
        assert found[0].record.text == "there is room again"
        assert memo.verify() == []


@pytest.fixture
def read_only(small_disk):
    """Make the small disk read-only, and writable again at the end."""
    yield lambda: subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)


def test_a_store_that_cannot_be_written_is_read_all_the_same(small_disk, read_only, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = small_disk / "store"
    with fake_memo(folder) as memo:
        old = [memo.remember(f"zanzibar {number}") for number in range(3)]
        late = memo.remember("not embedded yet")
    RecordStore(folder).rewrite(late)  # as if its writer had died before it was embedded
    read_only()
    with fake_memo(folder) as memo:
        assert [hit.record.id for hit in memo.recall("zanzibar 1", k=1)] == [old[1].id]
        (notice,) = memo.take_notices()
        assert notice.startswith("This store cannot be written: its memories can be recalled, and none added.")
        assert memo.recall("not embedded yet", k=1)[0].why["meaning"] > 0
        assert len(memo.recent()) == 4
        assert memo.get(old[0].short_id).text == "zanzibar 0"
        assert memo.verify() == []
        assert memo.rebuild() == 4
        assert memo.stats()["index"].startswith(str(tmp_path / "cache"))
        for work in (lambda: memo.remember("new"), lambda: memo.forget(old[0].id)):
            with pytest.raises(StoreUnwritable, match=r"cannot be written \(Read-only file system\)") as caught:
                work()
            assert "\n" not in str(caught.value)
        assert len(memo.recall("zanzibar", k=6)) >= 3
        assert memo.take_notices() == []
    with fake_memo(folder) as memo:  # it is said once
        assert memo.recall("zanzibar 1", k=1)
        assert memo.take_notices() == []


def test_a_store_that_can_be_written_again_goes_on_where_it_was(small_disk, read_only, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with fake_memo(small_disk / "store") as memo:
        memo.remember("a fact")
        memo.close()  # a file that is open to be written keeps the disk from being made read-only
        read_only()
        with pytest.raises(StoreUnwritable, match=r"cannot be written \(Read-only file system\).*MEMO_HOME") as caught:
            memo.remember("another")
        assert "\n" not in str(caught.value)
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        memo.remember("another")
        assert len(memo.recall("fact another")) == 2


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
