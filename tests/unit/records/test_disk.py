"""Files that are written together, and folders that are removed while others still write into them."""

import errno
import threading

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


class Told(Disk):
    """Writes down what is done, and to what; one name cannot be forced to the disk, or cannot be given."""

    def __init__(self, *, full=None, taken=None):
        self.full, self.taken = full, taken
        self.lock = threading.Lock()
        self.done = []

    def tell(self, what, name):
        with self.lock:
            self.done.append((what, name))

    def write(self, path, data):
        super().write(path, data)
        if self.full and path.name.startswith(self.full):
            raise OSError(errno.ENOSPC, "full")
        self.tell("written", path.name.split(".")[0])

    def rename(self, path, target):
        if target.name == self.taken:
            raise OSError(errno.EIO, "no")
        super().rename(path, target)
        self.tell("named", target.name)

    def sync_folder(self, folder):
        super().sync_folder(folder)
        self.tell("forced", folder.name)


@pytest.fixture
def many(tmp_path):
    for folder in ("one", "two", "arriving"):
        (tmp_path / folder).mkdir()
    return [(tmp_path / ("one", "two")[number % 2] / f"file{number}", b"%d" % number * 99) for number in range(20)]


def test_files_are_named_once_all_are_written_and_each_folder_is_forced_once(tmp_path, many):
    disk = Told()
    disk.write_all_atomically(many, tmp_path / "arriving")
    assert [(path, path.read_bytes()) for path, _ in many] == many
    assert {what for what, _ in disk.done[:20]} == {"written"}
    assert disk.done[20:40] == [("named", path.name) for path, _ in many]
    assert disk.done[40:] == [("forced", "one"), ("forced", "two")]


def test_no_file_is_named_if_one_cannot_be_written(tmp_path, many):
    with pytest.raises(StoreUnwritable, match="full"):
        Told(full="file13").write_all_atomically(many, tmp_path / "arriving")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_nothing_half_written_stays_if_one_cannot_be_named(tmp_path, many):
    with pytest.raises(StoreUnwritable, match="could not be written"):
        Told(taken="file13").write_all_atomically(many, tmp_path / "arriving")
    assert list((tmp_path / "arriving").iterdir()) == []
    for path, data in many:
        assert not path.exists() or path.read_bytes() == data


def test_no_files_are_no_work(tmp_path):
    Told().write_all_atomically([], tmp_path / "nowhere")
