"""Folders that are removed while others still write into them."""

import pytest

from memo_jupyter.errors import StoreUnwritable
from memo_jupyter.records.disk import Disk


class Crowded(Disk):
    """Something arrives in a folder just before it is removed, so many times."""

    def __init__(self, times):
        self.times = times

    def rmdir(self, folder):
        if self.times:
            self.times -= 1
            (folder / "late").touch()
        super().rmdir(folder)


def test_what_arrives_while_a_folder_is_removed_goes_too(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").touch()
    Crowded(3).remove_tree(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_one_that_never_gets_empty_is_one_line(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(StoreUnwritable, match="not empty"):
        Crowded(100).remove_tree(tmp_path / "a")
