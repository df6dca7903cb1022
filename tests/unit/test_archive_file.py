"""An export is there whole or not at all, and replaces nothing of the user's; an import can be gone on with."""

import errno
import gzip
import os

import pytest
from archives import counts, everything, fill, read

from memo_jupyter.errors import BadInput, StoreUnwritable
from memo_jupyter.records.disk import Disk
from memo_jupyter.testing import fake_memo


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def full(memo):
    return fill(memo)


def test_an_archive_is_replaced_and_nothing_else_ever_is(full, tmp_path):
    path = tmp_path / "all.jsonl"
    path.touch()
    assert full.export(path).memories == 5
    full.remember("one more")
    assert full.export(path).memories == 6
    assert len(read(path)) == 6
    for data in (b"my thesis", b'{"a": 1}\n', b"\x1f\x8bnot gzip", gzip.compress(b"my thesis"), b"\0" * 10_000):
        path.write_bytes(data)
        with pytest.raises(BadInput, match="is there already and is not a memo archive"):
            full.export(path)
        assert path.read_bytes() == data
    assert set(tmp_path.iterdir()) == {path, tmp_path / "store"}


def test_a_packed_archive_is_replaced_by_a_plain_one(full, tmp_path):
    full.export(tmp_path / "all.gz")
    (tmp_path / "all.gz").rename(tmp_path / "all")
    assert full.export(tmp_path / "all").memories == 5
    assert (tmp_path / "all").read_bytes().startswith(b"{")


def test_links_folders_pipes_and_the_store_are_no_place_for_an_archive(full, tmp_path):
    full.export(tmp_path / "real")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    before = (tmp_path / "real").read_bytes()
    for name, why in [
        ("link", "is a link"),
        ("dangling", "is a link"),
        ("pipe", "is not a file"),
        ("store", "Choose a file outside of the store"),
        ("store/x", "Choose a file outside of the store"),
        ("store/records/x", "Choose a file outside of the store"),
        ("", "is not a file"),
        ("a\0b", "is not a file's name"),
    ]:
        with pytest.raises(BadInput, match=why) as caught:
            full.export(f"{tmp_path}/{name}")
        assert "\n" not in str(caught.value)
    assert (tmp_path / "real").read_bytes() == before
    assert not (tmp_path / "nowhere").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"real", "link", "dangling", "pipe", "store"}


def test_a_file_that_came_meanwhile_is_not_replaced(full, tmp_path):
    with pytest.raises(BadInput, match="is not a memo archive"):
        full.export(tmp_path / "x", progress=lambda *_: (tmp_path / "x").write_text("mine"))
    assert (tmp_path / "x").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"x", "store"}


def test_a_folder_that_is_not_there_is_one_line(full, tmp_path):
    with pytest.raises(StoreUnwritable, match=r"could not be written \(No such file or directory\)"):
        full.export(tmp_path / "none/x")


class FailingDisk(Disk):
    def __init__(self, code):
        self.code = code

    def rename(self, path, target):
        raise OSError(self.code, os.strerror(self.code))


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (errno.ENOSPC, "is full. Nothing was changed"),
        (errno.EACCES, "Choose another folder for the archive"),
        (errno.EROFS, "Choose another folder for the archive"),
        (errno.EIO, "could not be written"),
    ],
)
def test_a_disk_that_refuses_leaves_the_old_archive_and_nothing_half_written(full, tmp_path, code, why):
    full.export(tmp_path / "x")
    before = (tmp_path / "x").read_bytes()
    full.remember("one more")
    full._open().store.disk = FailingDisk(code)
    with pytest.raises(StoreUnwritable, match=why) as caught:
        full.export(tmp_path / "x")
    assert "\n" not in str(caught.value)
    assert (tmp_path / "x").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"x", "store"}


def test_what_a_killed_export_left_is_swept_by_the_next_of_that_name_and_nothing_else(full, tmp_path):
    left = tmp_path / ".x.jsonl.0123abcd.part"
    others = [tmp_path / name for name in (".y.jsonl.0123abcd.part", ".x.jsonl.mine.part", ".x.jsonl.0123abcd")]
    for path in (left, *others):
        path.write_text("half")
    full.export(tmp_path / "x.jsonl")
    assert not left.exists()
    assert all(path.exists() for path in others)


def test_an_export_that_is_still_running_is_not_swept_by_another(full, tmp_path):
    inner = []

    def beside(done, total):
        if not inner:
            inner.append(full.export(tmp_path / "x"))

    assert full.export(tmp_path / "x", progress=beside).memories == 5
    assert inner[0].memories == 5
    assert len(read(tmp_path / "x")) == 5
    assert {path.name for path in tmp_path.iterdir()} == {"x", "store"}


class FillingDisk(Disk):
    def __init__(self, room):
        self.room = room

    def write(self, path, data):
        self.room -= 1
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(path, data)


def test_a_disk_that_fills_up_is_one_line_and_the_next_import_goes_on(tmp_path):
    with fake_memo(tmp_path / "store") as memo:
        memo.remember_many([f"fact {number}" for number in range(100)], progress=False)
        memo.export(tmp_path / "x")
    with fake_memo(tmp_path / "other") as other:
        store = other._open().store
        other.remember("here before")
        other._open().indexer.catch_up()
        store.disk = FillingDisk(70)
        with pytest.raises(StoreUnwritable, match=r"is full.* 64 memories .* import it again to go on") as caught:
            other.import_(tmp_path / "x")
        assert "\n" not in str(caught.value)
        store.disk = Disk()
        assert len(everything(other)) > 64
        assert len(other.recent(10_000)) == len(everything(other))  # those before the error are found, too
        done = other.import_(tmp_path / "x")
        assert done.added + done.known == 100
        assert len(other.recent(10_000)) == 101
        other._open().indexer.catch_up()
        assert other.verify() == []


def test_an_interrupt_leaves_what_was_kept_findable(full, tmp_path):
    full.export(tmp_path / "x")

    class Interrupted(Disk):
        def rename(self, path, target):
            super().rename(path, target)
            if target.suffix == ".memo":
                raise KeyboardInterrupt

    with fake_memo(tmp_path / "other") as other:
        other.recent()
        other._open().store.disk = Interrupted()
        with pytest.raises(KeyboardInterrupt):
            other.import_(tmp_path / "x")
        other._open().store.disk = Disk()
        assert len(other.recent()) == 1
        assert counts(other.import_(tmp_path / "x")) == (4, 1)
