"""Search by words: what is in segments, what is in none yet, and what was forgotten."""

import contextlib
import random
import shutil
import sqlite3
from datetime import datetime, timedelta, timezone

import pytest
from dictionaries import words_under

from memo_jupyter.errors import CorruptIndex
from memo_jupyter.index import coverage, lexical
from memo_jupyter.index.index import Index
from memo_jupyter.index.lexical import BEHIND, DAMAGED
from memo_jupyter.index.rows import Filter
from memo_jupyter.records.store import new_id
from memo_jupyter.testing import HashEmbedder
from memo_jupyter.types import Record

START = datetime(2026, 11, 1, tzinfo=timezone.utc)
TEXTS = [f"topic {number} is about thing{number} and matter{number * 7}" for number in range(60)]
FIELDS = {"thread": None}


def opened(folder, publish_after=10, told=None):
    return Index(folder, HashEmbedder(8), publish_after, (told if told is not None else []).append)


def add(index, texts, start=0, **fields):
    made = [
        Record(new_id(START + timedelta(hours=number)), START + timedelta(hours=number), "note", text, **fields)
        for number, text in enumerate(texts, start)
    ]
    index.add([(record, "2026/11/01") for record in made])
    return made


def found(index, query, k=3, where=None):
    chunks = list(index.sharing_words(query, k, where))
    places = index.lines(chunks)
    return [places[chunk].record for chunk in chunks]


def live(index):
    return coverage.look(index.catalog)[1]


def folders(tmp_path):
    return sorted(path.name for path in (tmp_path / "words").iterdir())


def test_what_is_remembered_is_found_before_and_after_it_is_in_a_segment(tmp_path):
    index = opened(tmp_path)
    made = add(index, TEXTS)
    assert found(index, "thing17")[0] == made[17].id
    assert not (tmp_path / "words").exists()
    assert index.lexical.publish_due()
    assert index.lexical.publish()
    assert not index.lexical.publish_due()
    assert [(one.first, one.last) for one in live(index)] == [(1, 60)]
    assert folders(tmp_path) == [live(index)[0].name]
    assert len(index.lexical._delta) == 0
    for handle in (index, opened(tmp_path)):
        assert found(handle, "thing17")[0] == made[17].id
    more = add(index, ["quite another matter"], 60)
    assert found(index, "another")[0] == more[0].id
    assert not index.lexical.publish_due()


def test_what_another_handle_adds_forgets_and_writes_is_seen_by_the_next_query(tmp_path):
    one, other = opened(tmp_path), opened(tmp_path)
    made = add(one, TEXTS[:9])
    assert found(other, "thing3") == [made[3].id]
    new = add(one, ["zanzibar"], 9)
    assert found(other, "zanzibar") == [new[0].id]
    one.remove([new[0].id])
    assert found(other, "zanzibar") == []
    add(other, TEXTS[9:30], 10)
    assert one.lexical.publish()
    assert found(other, "thing20") == found(one, "thing20")
    assert len(other.lexical._delta) == 0
    assert len(other.lexical._held) == 1


def test_as_they_are_remembered_one_by_one_few_segments_are_left(tmp_path):
    index = opened(tmp_path, 3)
    for number in range(100):
        add(index, [f"fact{number} of many"], number)
        if index.lexical.publish_due():
            index.lexical.publish()
    assert len(live(index)) < 10
    assert folders(tmp_path) == sorted(one.name for one in live(index))
    assert all(len(found(index, f"fact{number}")) == 1 for number in range(100))
    assert index.lexical.is_whole()


def test_the_same_words_weigh_the_same_in_every_part(tmp_path):
    """What is rare in its own segment, and common in all, is common."""
    index = opened(tmp_path)
    add(index, [f"scaler note{number}" for number in range(30)] + ["frame"])
    index.lexical.publish()
    add(index, [f"frame cell{number}" for number in range(30)] + ["scaler"], 40)
    index.lexical.publish()
    add(index, ["frame scaler"], 80)
    scores = index.sharing_words("scaler frame", 100)
    assert len(live(index)) == 2
    assert len(scores) == 63
    assert next(iter(scores)) == 63
    one, other = index.sharing_words("scaler", 1), index.sharing_words("frame", 1)
    assert next(iter(one.values())) == pytest.approx(next(iter(other.values())), rel=0.05)


def test_filters_are_exact_whether_they_leave_few_or_many(tmp_path, monkeypatch):
    index = opened(tmp_path)
    chance = random.Random(1)
    made = []
    for number in range(120):
        text = " ".join(chance.choices(["red", "green", "blue", "grey"], k=6)) + f" n{number}"
        made += add(index, [text], number, thread=f"t{number % 3}", tags=("tag",) if number % 40 == 0 else ())
        if number == 90:
            index.lexical.publish()
    everything = found(index, "red blue", 1000)
    for few in (5000, 3):
        monkeypatch.setattr(lexical, "_FEW", few)
        for where in (Filter(thread="t1"), Filter(tags=["tag"]), Filter(since=START + timedelta(hours=100))):
            fit = {row.id for row in index.catalog.rows(where)}
            expected = [one for one in everything if one in fit]
            for k in (1, 3, 10, 1000):
                assert found(index, "red blue", k, where) == expected[:k]
        assert found(index, "red", 5, Filter(thread="none")) == []


def test_ties_are_broken_the_same_way_every_time(tmp_path):
    index = opened(tmp_path)
    add(index, ["the same words"] * 25)
    before = list(index.sharing_words("same words", 25))
    assert before == list(range(1, 26))
    assert list(index.sharing_words("same words", 4)) == before[:4]
    index.lexical.publish()
    assert list(index.sharing_words("same words", 25)) == before


@pytest.mark.parametrize("query", ["", "the of", "!?", "\ud800", "\x00", '"AND(*', "x" * 100_000, "\U00100000" * 9000])
def test_a_query_that_says_nothing_finds_nothing(tmp_path, query):
    index = opened(tmp_path)
    add(index, TEXTS)
    index.lexical.publish()
    assert index.sharing_words(query, 3) == {}
    assert index.sharing_words("topic", 0) == {}
    assert len(index.sharing_words("topic", 10**12)) == 60


def test_author_day_thread_place_and_tags_are_words_too(tmp_path):
    index = opened(tmp_path)
    made = add(index, TEXTS[:3])
    fields = {"author": "Örtzgül", "thread": "the lab", "tags": ("churn",), "source": {"notebook": "/a/quibber.ipynb"}}
    other = add(index, ["nothing"], 9, **fields)[0]
    for query in ("ortzgul", "lab", "churn", "quibber"):
        assert found(index, query) == [other.id]
    assert set(found(index, "1 November 2026", 9)) == {one.id for one in (*made, other)}
    with index.catalog.transaction() as db:
        assert db.execute("SELECT about, session FROM records WHERE id = ?", (other.id,)).fetchone() == (
            "ortzgul 1 novemb 2026 the lab quibber churn", "the lab",
        )  # fmt: skip


def test_what_is_forgotten_is_in_no_segment_and_the_rest_is_found_on(tmp_path):
    index, other = opened(tmp_path), opened(tmp_path)
    made = add(index, [*TEXTS, "the zanzibar constant"])
    index.lexical.publish()
    assert found(other, "zanzibar") == [made[-1].id]
    assert "zanzibar" in words_under(tmp_path)
    index.remove([made[-1].id])
    assert folders(tmp_path) == []
    for handle in (index, other, opened(tmp_path)):
        assert found(handle, "zanzibar") == []
        assert found(handle, "thing17")[0] == made[17].id
        assert len(found(handle, "topic", 100)) == 60
    assert len(index.lexical._delta) == 0  # it searches what it had open
    assert index.lexical.publish()
    assert "zanzibar" not in words_under(tmp_path)
    assert "topic" in words_under(tmp_path)
    for handle in (index, other, opened(tmp_path)):
        assert len(found(handle, "topic", 100)) == 60
        assert [*handle.lexical._held] == [one.name for one in live(index)]


def test_new_memories_are_found_beside_segments_that_were_removed(tmp_path):
    index, other = opened(tmp_path), opened(tmp_path)
    made = add(index, TEXTS[:30])
    index.lexical.publish()
    assert len(found(other, "topic", 100)) == 30
    index.remove([made[3].id, made[29].id])
    new = add(index, ["quite new"], 40)
    assert found(other, "new") == found(index, "new") == [new[0].id]
    add(index, TEXTS[30:], 41)
    index.lexical.publish()
    assert len(found(other, "topic", 100)) == len(found(index, "topic", 100)) == 58
    assert len(other.lexical._held) == len(live(index))


def damage_flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.unlink()  # and not in place: what is open may be mapped into memory
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("how", ["flip", "manifest", "folder", "row", "range", "beyond"])
def test_a_damaged_segment_is_told_of_and_nothing_is_missed(tmp_path, how):
    index = opened(tmp_path)
    made = add(index, TEXTS)
    index.lexical.publish()
    index.close()
    folder = tmp_path / "words" / live(index)[0].name
    if how == "flip":
        damage_flip(max(folder.iterdir(), key=lambda path: path.stat().st_size))
    elif how == "manifest":
        (folder / "manifest.json").write_text("{")
    elif how == "folder":
        shutil.rmtree(folder)
    else:
        statement = {
            "row": "UPDATE segments SET digest = 'x'",
            "range": "UPDATE segments SET last = last - 5",
            "beyond": "UPDATE segments SET last = 1000000, name = replace(name, '1-60', '1-1000000')",
        }[how]
        with contextlib.closing(sqlite3.connect(tmp_path / "catalog.sqlite3")) as connection, connection:
            connection.execute(statement)
    told = []
    again = opened(tmp_path, told=told)
    assert found(again, "thing17")[0] == made[17].id
    assert told == [DAMAGED]
    new = add(again, ["quite new"], 80)
    assert found(again, "new") == [new[0].id]
    assert again.lexical.publish()
    assert len(found(again, "topic", 100)) == 60
    assert again.lexical.is_whole()
    assert folders(tmp_path) == [one.name for one in live(again)]


def test_a_segment_that_has_not_the_words_of_its_chunks_is_not_whole(tmp_path):
    told = []
    index = opened(tmp_path, told=told)
    add(index, TEXTS)
    index.lexical.publish()
    assert index.lexical.is_whole()
    with index.catalog.transaction(write=True) as db:
        db.execute("UPDATE chunks SET words = 'other' WHERE id = 30")
    assert not index.lexical.is_whole()
    assert told == []  # whoever verifies says it
    assert index.lexical.publish()
    assert opened(tmp_path).lexical.is_whole()


def test_a_catalog_with_odd_words_is_damaged(tmp_path):
    for value in ("NULL", "x'ff'"):
        index = opened(tmp_path / value)
        add(index, TEXTS[:3])
        with index.catalog.transaction(write=True) as db:
            db.execute(f"UPDATE chunks SET words = {value}")
        with pytest.raises(CorruptIndex):
            index.sharing_words("topic", 3)


def test_more_than_can_be_searched_one_by_one_are_found_in_a_while_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(lexical, "_MOST", 20)
    told = []
    index = opened(tmp_path, told=told)
    add(index, TEXTS)
    assert len(found(index, "topic", 100)) == 20
    assert found(index, "thing59")
    assert found(index, "thing3") == []
    assert set(told) == {BEHIND}
    assert index.lexical.behind
    add(index, ["quite new"], 90)
    assert found(index, "new")
    index.lexical.publish()
    told.clear()
    assert len(found(index, "topic", 100)) == 60
    assert told == []
    assert not index.lexical.behind


def test_what_a_process_that_died_has_left_is_gone_after_the_first_query(tmp_path):
    index = opened(tmp_path)
    made = add(index, TEXTS)
    index.lexical.publish()
    with index.catalog.transaction(write=True) as db:  # as if it had died in the midst of forgetting
        db.execute("DELETE FROM segments")
    (tmp_path / "words" / "arriving-1-2x00000000").mkdir()
    again = opened(tmp_path)
    assert found(again, "thing17")[0] == made[17].id
    assert folders(tmp_path) == []


def test_another_catalog_in_its_place_begins_anew(tmp_path):
    index, other = opened(tmp_path), opened(tmp_path)
    add(index, TEXTS)
    index.lexical.publish()
    assert found(other, "thing17")
    index.wipe()
    assert not (tmp_path / "words").exists() or folders(tmp_path) == []
    new = add(index, ["zanzibar"])
    for handle in (index, other):
        assert found(handle, "thing17") == []
        assert found(handle, "zanzibar") == [new[0].id]
    add(index, [f"zanzibar{number}" for number in range(20)], 1)
    index.lexical.publish()
    assert len(found(other, "zanzibar7")) == 1


def test_while_another_process_publishes_this_one_does_not(tmp_path):
    index, other = opened(tmp_path), opened(tmp_path)
    add(index, TEXTS)
    with other._generations.publishing() as mine:
        assert mine
        assert not index.lexical.publish()
    assert not index.lexical.publish(lambda: True)
    assert index.lexical.publish()


def test_a_large_store_is_written_in_segments_of_the_largest_size(tmp_path, monkeypatch):
    monkeypatch.setattr(coverage, "LARGEST", 16)
    index = opened(tmp_path, 5)
    add(index, TEXTS)
    index.lexical.publish()
    assert [one.last - one.first + 1 for one in live(index)] == [16, 16, 16, 12]
    assert len(found(index, "topic", 100)) == 60
