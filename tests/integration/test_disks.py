"""Real disks that are full or may not be written."""

import os
import subprocess
import sys

import pytest

from memo_jupyter.errors import StoreUnwritable
from memo_jupyter.testing import fake_memo

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
