"""Neighbours among those that fit a filter, however many those are."""

import time
from datetime import datetime, timezone

import pytest

from memo_jupyter.index import searching
from memo_jupyter.index.rows import Filter
from memo_jupyter.testing import fake_memo

COUNT = 300


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    items = [
        {
            "text": f"note {number} of word{number % 7} and word{number % 11}",
            "created": f"2026-01-{number % 28 + 1:02d}",
            "tags": ["rare ü"] if number % 50 == 0 else [],
            "source": {"notebook": f"folder/é {number % 3}.ipynb"},
        }
        for number in range(COUNT)
    ]
    with fake_memo(folder, publish_after=100) as memo:
        memo.remember_many(items[: COUNT - 20])
        deadline = time.monotonic() + 30
        while memo._open().index.near.publish_due() and time.monotonic() < deadline:
            time.sleep(0.05)
        memo.remember_many(items[COUNT - 20 :])
    return folder


FILTERS = [
    Filter(kinds=("note",)),
    Filter(source="é 1.ipynb"),
    Filter(tags=("rare ü",)),
    Filter(since=datetime(2026, 1, 20, tzinfo=timezone.utc)),
    Filter(tags=("rare ü",), source="folder/é 0.ipynb"),
    Filter(kinds=("chat",)),
]


@pytest.mark.parametrize("few", [5000, 40, 5])
@pytest.mark.parametrize("where", FILTERS, ids=str)
def test_the_nearest_that_fit_are_found_whether_few_or_many_do(store, monkeypatch, few, where):
    with fake_memo(store, publish_after=100) as memo:
        parts = memo._open()
        (query,) = parts.embedder.embed(["word3 and word4"])
        monkeypatch.setattr(searching, "FEW", 1 << 40)
        exact = parts.index.nearest(query, 12, where)
        monkeypatch.setattr(searching, "FEW", few)
        found = parts.index.nearest(query, 12, where)
        assert len(found) == len(exact)
        assert sorted(found.values()) == pytest.approx(sorted(exact.values()), abs=2e-3)
        lines = parts.index.lines(found)
        fitting = {row.id for row in parts.rows(where)}
        assert {line.record for line in lines.values()} <= fitting
        assert len(found) == min(12, len(fitting))


def test_a_filter_of_nothing_finds_nothing(store):
    with fake_memo(store, publish_after=100) as memo:
        assert memo.recall("word3", tags=["never"]) == []
        assert memo.recall("word3", source="other.ipynb") == []
