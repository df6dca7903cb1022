"""Segments on disk: what is damaged never reaches tantivy, and what is not live goes."""

import json
import os
import stat

import pytest
from dictionaries import words_under

from memo_jupyter.errors import CorruptIndex, StoreError
from memo_jupyter.index.segments import Segments

ROWS = [(chunk, f"word{chunk} word{chunk % 7} all") for chunk in range(11, 61)]


@pytest.fixture
def segments(tmp_path):
    return Segments(tmp_path)


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_one_is_written_opened_and_asked(segments, tmp_path):
    name, digest = segments.write(11, 60, ROWS)
    segment = segments.open(name, digest)
    assert name.startswith("11-60x")
    assert (segment.first, segment.last, len(segment)) == (11, 60, 50)
    assert segment.having("word30") == 1
    assert segment.having("all") == 50
    assert next(iter(segment.find({"word30": 2.0, "all": 0.1}, 3))) == 30
    assert list(segment.find({"all": 1.0}, 10**15)) == list(range(11, 61))
    assert segment.find({"all": 1.0}, 0) == segment.find({"none": 1.0}, 5) == segment.find({}, 5) == {}
    assert set(segment.find({"all": 1.0}, 50, [12, 5, 13, 999])) == {12, 13}
    assert words_under(tmp_path) == {word for _, words in ROWS for word in words.split()}


def test_its_files_are_for_the_user_alone_and_no_lock_is_left(segments, tmp_path):
    name, _ = segments.write(11, 60, ROWS)
    found = files(tmp_path / "words")
    assert not [path for path in found if "lock" in path.name]
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}
    known = json.loads((tmp_path / "words" / name / "manifest.json").read_text())["files"]
    assert {*known, "manifest.json"} == {path.name for path in found}


def test_one_whose_files_are_removed_is_searched_on(segments):
    segment = segments.open(*segments.write(11, 60, ROWS))
    segments.sweep(())
    assert list(segment.find({"word30": 1.0}, 3)) == [30]


def every_file(folder):
    return [path for path in files(folder / "words") if not path.name.startswith(".tantivy-")]


@pytest.mark.parametrize("damage", ["flip", "cut", "grow", "remove", "link", "folder", "pipe"])
def test_a_damaged_one_never_reaches_tantivy(tmp_path, damage):
    for place in range(8):
        segments = Segments(tmp_path / str(place))
        name, digest = segments.write(11, 60, ROWS)
        found = every_file(tmp_path / str(place))
        path = found[place % len(found)]
        data = path.read_bytes()
        path.unlink()
        if damage == "flip":
            path.write_bytes(data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 4]) + data[len(data) // 2 + 1 :])
        elif damage == "cut":
            path.write_bytes(data[:-1])
        elif damage == "grow":
            path.write_bytes(data + b"x")
        elif damage == "link":
            path.symlink_to("/dev/zero")
        elif damage == "folder":
            path.mkdir()
        elif damage == "pipe":
            os.mkfifo(path)
        with pytest.raises((CorruptIndex, FileNotFoundError)):
            segments.open(name, digest)


def test_another_digest_or_name_is_damage(segments, tmp_path):
    name, digest = segments.write(11, 60, ROWS)
    with pytest.raises(CorruptIndex):
        segments.open(name, "0" * 64)
    for other in ("../words/" + name, "x", "", "1-2", name + "\n", "9" * 400 + "-1x00000000", "/" + name):
        with pytest.raises(CorruptIndex, match="memo does not write"):
            segments.open(other, digest)
    with pytest.raises(FileNotFoundError):
        segments.open("11-60x00000000", digest)


def test_a_sweep_leaves_the_live_ones_and_nothing_else(segments, tmp_path):
    live, _ = segments.write(11, 60, ROWS)
    segments.write(11, 60, ROWS)
    (tmp_path / "words" / "arriving-1-2x00000000" / "a").mkdir(parents=True)
    (tmp_path / "words" / "a file").touch()
    (tmp_path / "words" / "a link").symlink_to(tmp_path)
    assert segments.left_over({live})
    segments.sweep({live})
    assert [path.name for path in (tmp_path / "words").iterdir()] == [live]
    assert not segments.left_over({live})


@pytest.mark.parametrize("put", [lambda path: path.touch(), lambda path: path.symlink_to("/tmp"), os.mkfifo])
def test_what_stands_in_the_folders_place_makes_way(segments, tmp_path, put):
    put(tmp_path / "words")
    assert segments.left_over(()) or (tmp_path / "words").is_symlink()
    segments.sweep(())
    segments.open(*segments.write(11, 60, ROWS))


def test_one_that_cannot_be_written_leaves_nothing(segments, tmp_path, monkeypatch):
    (tmp_path / "words").mkdir()
    sync, failures = segments._disk.sync_folder, [OSError(5, "no")]

    def fail_once(folder):
        if failures:
            raise failures.pop()
        sync(folder)

    monkeypatch.setattr(segments._disk, "sync_folder", fail_once)
    with pytest.raises(StoreError):
        segments.write(11, 60, ROWS)
    assert list((tmp_path / "words").iterdir()) == []
