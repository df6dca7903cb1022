"""An index that is made anew does not keep whoever asks waiting."""

import contextlib
import shutil
import sqlite3
import time

import pytest

from memo_jupyter.index import following, lexical
from memo_jupyter.opened import REBUILDING, REBUILT
from memo_jupyter.testing import fake_memo


@pytest.fixture
def patience(monkeypatch):
    """How long whoever asks waits: not at all."""
    monkeypatch.setattr(following, "_PATIENCE", -1.0)


@pytest.fixture
def store(tmp_path):
    with fake_memo(tmp_path / "s") as memo:
        for year in (2021, 2022, 2023):
            memo.remember_many(
                [{"text": f"fact {n} of {year}", "created": f"{year}-01-02"} for n in range(70)], progress=False
            )
    shutil.rmtree(tmp_path / "s" / "index")
    return tmp_path / "s"


def finished(memo):
    until = time.monotonic() + 20
    while memo._open()._follower.behind:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_small_index_is_made_at_once_and_nothing_is_said(store):
    with fake_memo(store) as memo:
        assert len(memo.recent(limit=1000)) == 210
        assert memo.take_notices() == []


def test_a_large_one_is_made_in_the_background_and_that_is_said(store, patience):
    with fake_memo(store) as memo:
        memo.recent()
        assert memo.take_notices() == [following.BEHIND]
        memo.remember("a new fact meanwhile")
        assert memo.recall("new fact meanwhile", k=1)[0].record.text == "a new fact meanwhile"
        finished(memo)
        memo.take_notices()
        assert len(memo.recent(limit=1000)) == 211
        assert memo.recall("fact 3 of 2021", k=1)[0].record.text == "fact 3 of 2021"
        assert memo.take_notices() == []
        assert memo.verify() == []


def test_what_must_not_miss_any_memory_waits(store, patience):
    with fake_memo(store) as memo:
        assert len(memo.forget(query="2021")) == 70
        assert len(memo.recent(limit=1000)) == 140
        assert memo.verify() == []
        assert memo.rebuild() == 140


def test_one_is_found_by_the_end_of_its_id_before_its_index_is_made(store, patience):
    with fake_memo(store) as memo:
        oldest = min(memo._open().store.ids("2021/01/02"))
        assert memo.get(oldest[-8:]).id == oldest
        assert memo.forget(oldest[-8:]) == [oldest]


def test_one_that_is_forgotten_before_the_index_reaches_it_does_not_come_back(store, patience):
    with fake_memo(store) as memo:
        memo.recent()
        for oldest in sorted(memo._open().store.ids("2021/01/02"))[:20]:
            assert memo.forget(oldest) == [oldest]
        finished(memo)
        assert len(memo.recent(limit=1000)) == 190
        assert memo.recall("fact 3 of 2021", k=200)
        assert memo.verify() == []


def test_closing_leaves_the_rest_to_whoever_opens_it_next(store, patience, monkeypatch):
    with fake_memo(store) as memo:
        memo.recent()
    monkeypatch.setattr(following, "_PATIENCE", 60.0)
    with fake_memo(store) as memo:
        assert len(memo.recent(limit=1000)) == 210


@pytest.mark.parametrize(("seconds", "told"), [(60.0, [REBUILT]), (-1.0, [following.BEHIND, REBUILDING])])
def test_a_damaged_catalog_is_made_anew_and_that_is_said(store, monkeypatch, seconds, told):
    monkeypatch.setattr(following, "_PATIENCE", seconds)
    with fake_memo(store) as memo:
        memo.verify()
        memo.take_notices()
    (store / "index" / "catalog.sqlite3").write_bytes(b"no catalog" * 1000)
    with fake_memo(store) as memo:
        memo.recall("fact 3 of 2023", k=1)
        assert memo.take_notices() == told
        finished(memo)
        assert memo.recall("fact 3 of 2021", k=1)[0].record.text == "fact 3 of 2021"
        assert memo.verify() == []


def test_a_catalog_of_an_earlier_memo_is_made_anew(store):
    with fake_memo(store) as memo:
        memo.recent()
    (store / "index" / "catalog.sqlite3").unlink()
    with contextlib.closing(sqlite3.connect(store / "index" / "catalog.sqlite3")) as connection, connection:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text)")
        connection.execute("PRAGMA user_version = 1")
    with fake_memo(store) as memo:
        assert memo.recall("fact 3 of 2021", k=1)[0].record.text == "fact 3 of 2021"
        assert memo.take_notices() == [REBUILT]
        assert memo.verify() == []


def test_a_catalog_that_is_deleted_under_open_handles_is_made_anew_without_a_word(store):
    with fake_memo(store) as one, fake_memo(store) as other:
        assert len(one.recent(1000)) == len(other.recent(1000)) == 210
        (store / "index" / "catalog.sqlite3").unlink()  # and its log is left
        assert one.recall("fact 3 of 2021", k=1)[0].record.text == "fact 3 of 2021"
        kept = other.remember("a new fact meanwhile")
        assert one.recall("a new fact meanwhile", k=1)[0].record.id == kept.id
        assert one.verify() == other.verify() == one.take_notices() == []


def test_words_go_into_segments_while_an_index_is_being_made(store, patience, monkeypatch):
    monkeypatch.setattr(lexical, "_MOST", 100)  # more are not searched that are in none
    with fake_memo(store, publish_after=60) as memo:
        memo.recent()
        written = []
        publish = memo._open().index.lexical.publish
        monkeypatch.setattr(
            memo._open().index.lexical, "publish", lambda stopping: written.append(publish(stopping)) or written[-1]
        )
        finished(memo)
        assert written.count(True) >= 2
        assert memo.recall("fact 3 of 2021", k=1)[0].why["words"] > 0
        assert memo.recall("fact 3 of 2023", k=1)[0].why["words"] > 0
        memo.take_notices()
        assert memo.verify() == []
