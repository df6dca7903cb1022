import errno
import os
import stat
import time
from datetime import datetime, timezone

import pytest

from memo_jupyter.errors import CorruptRecord, StoreError, StoreTooNew, StoreUnwritable, UnknownId
from memo_jupyter.records.disk import Disk
from memo_jupyter.records.store import RecordStore, new_id
from memo_jupyter.types import Record

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=timezone.utc)


def note(text="hello", moment=NOW):
    return Record(new_id(moment), moment, "note", text)


@pytest.fixture
def store(tmp_path):
    return RecordStore(tmp_path / "store")


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_record_is_read_back(store):
    record = note()
    store.write(record)
    assert store.read(record.id) == record


def test_a_record_is_one_file_in_the_folder_of_its_day_for_the_user_alone(store):
    record = note()
    store.write(record)
    path = store.folder / "records/2026/11/22" / f"{record.id}.memo"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (store.folder, store.folder / "records", path.parent, store.folder / "tmp"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_ids_sort_by_time():
    moments = [datetime(year, 5, 1, tzinfo=timezone.utc) for year in range(1999, 2030)]
    ids = [new_id(moment) for moment in moments]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_opening_makes_nothing(tmp_path):
    RecordStore(tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_an_unknown_id_says_where_to_look(store):
    with pytest.raises(UnknownId, match="%memo list"):
        store.read(new_id(NOW))
    with pytest.raises(UnknownId, match="not the id"):
        store.read("../../etc/passwd")


def test_a_damaged_file_is_set_aside_with_its_reason_and_the_rest_goes_on(store):
    good, bad = note(), note("other")
    store.write(good)
    store.write(bad)
    store.path(bad.id).write_bytes(b"garbage")
    with pytest.raises(CorruptRecord, match="set aside"):
        store.read(bad.id)
    assert store.set_aside() == [bad.id]
    assert "not a record" in (store.folder / "quarantine" / f"{bad.id}.memo.why").read_text()
    assert store.read(good.id) == good


def test_a_record_under_another_name_is_not_taken_for_it(store):
    one, other = note("one"), note("other")
    store.write(one)
    store.write(other)
    store.path(one.id).write_bytes(store.path(other.id).read_bytes())
    with pytest.raises(CorruptRecord):
        store.read(one.id)


def test_removing_takes_the_file_the_set_aside_one_and_leftovers(store):
    record = note()
    store.write(record)
    store.path(record.id).write_bytes(b"garbage")
    with pytest.raises(CorruptRecord):
        store.read(record.id)
    store.write(record)
    (store.folder / "tmp" / f"{record.id}.memo.abcd").write_bytes(b"half")
    assert store.remove(record.id)
    assert not [name for name in files(store.folder) if record.id in name]
    assert not store.remove(record.id)


def test_rewriting_does_not_bring_back_what_was_removed(store):
    record = note()
    store.write(record)
    assert store.rewrite(record)
    store.remove(record.id)
    assert not store.rewrite(record)
    assert not store.path(record.id).exists()


def test_files_of_crashed_writers_are_swept_away_after_an_hour(store, tmp_path):
    store.write(note())
    old, young = store.folder / "tmp/old", store.folder / "tmp/young"
    old.write_bytes(b"")
    young.write_bytes(b"")
    os.utime(old, (time.time() - 7200,) * 2)
    RecordStore(tmp_path / "store").write(note())
    assert not old.exists()
    assert young.exists()


class FailingDisk(Disk):
    def __init__(self, operation, number):
        self.operation, self.number = operation, number

    def _fail(self, operation):
        if operation == self.operation:
            raise OSError(self.number, os.strerror(self.number))

    def write(self, path, data):
        if self.operation == "write":
            path.write_bytes(data[: len(data) // 2])  # half of it arrives, as on a full disk
        self._fail("write")
        super().write(path, data)

    def rename(self, path, target):
        self._fail("rename")
        super().rename(path, target)

    def sync_folder(self, folder):
        self._fail("sync")
        super().sync_folder(folder)


@pytest.mark.parametrize("operation", ["write", "rename"])
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EROFS, "cannot be written"),
        (errno.EACCES, "MEMO_HOME"),
        (errno.EIO, "could not"),
    ],
)
def test_a_failed_write_is_one_line_and_leaves_nothing_half_written(store, operation, number, words):
    first = note()
    store.write(first)
    before = files(store.folder)
    store.disk = FailingDisk(operation, number)
    with pytest.raises(StoreUnwritable, match=words) as caught:
        store.write(note("other"))
    assert "\n" not in str(caught.value)
    assert files(store.folder) == before
    assert store.read(first.id) == first


class RecordingDisk(Disk):
    def __init__(self):
        self.done = []

    def write(self, path, data):
        super().write(path, data)
        self.done.append(("write", path.name.split(".")[0]))

    def rename(self, path, target):
        super().rename(path, target)
        self.done.append(("rename", target.name.split(".")[0]))

    def sync_folder(self, folder):
        super().sync_folder(folder)
        self.done.append(("sync", folder.name))


def test_a_record_is_synced_then_named_then_its_folder_synced(store):
    store.write(note())
    store.disk = RecordingDisk()
    record = note()
    store.write(record)
    assert store.disk.done == [("write", record.id), ("rename", record.id), ("sync", "22")]


def test_a_store_of_a_later_memo_is_refused(store):
    store.write(note())
    (store.folder / "store.json").write_text('{"format": 2}')
    with pytest.raises(StoreTooNew):
        RecordStore(store.folder)
    (store.folder / "store.json").write_text("{")
    with pytest.raises(StoreError, match=r"store\.json"):
        RecordStore(store.folder)


def test_days_and_ids_list_what_there_is(store):
    one, other = note(), note(moment=datetime(2025, 1, 2, tzinfo=timezone.utc))
    store.write(one)
    store.write(other)
    assert [day for day, _ in store.days()] == ["2025/01/02", "2026/11/22"]
    assert store.ids("2025/01/02") == {other.id}
    assert store.ids("1999/01/01") == set()
