"""While a large graph is loaded, memories are found by their words, and nobody waits."""

import multiprocessing
import os
import threading
import time

import pytest

from memo_jupyter.errors import StoreError
from memo_jupyter.index import nearest
from memo_jupyter.index.catalog import Catalog
from memo_jupyter.index.dense import Graph
from memo_jupyter.index.generations import Generations
from memo_jupyter.index.loading import Loading
from memo_jupyter.index.nearest import LOADING
from memo_jupyter.indexing import Indexer
from memo_jupyter.testing import fake_memo


@pytest.fixture
def store(tmp_path):
    with fake_memo(tmp_path / "store", publish_after=5) as memo:
        memo.remember_many([f"note {number} of harbours and sails" for number in range(20)])
        parts = memo._open()
        deadline = time.monotonic() + 20
        while parts.index.near.publish_due() and time.monotonic() < deadline:
            time.sleep(0.05)
    return tmp_path / "store"


@pytest.fixture
def slow(monkeypatch):
    """Make the loading of a graph take until it is allowed to end."""
    go, load = threading.Event(), Graph.load

    def slowly(path, dim):
        assert go.wait(20)
        return load(path, dim)

    monkeypatch.setattr(Graph, "load", slowly)
    yield go
    go.set()


def test_a_large_graph_is_not_waited_for(store, slow, monkeypatch):
    monkeypatch.setattr(nearest, "_LARGE", 0)
    with fake_memo(store, publish_after=5) as memo:
        start = time.perf_counter()
        (hit,) = memo.recall("note 7 harbours", k=1)
        assert time.perf_counter() - start < 1
        assert hit.record.text == "note 7 of harbours and sails"
        assert memo.take_notices() == [LOADING]
        slow.set()
        memo._open().index.near.close()
        (hit,) = memo.recall("note 7 harbours", k=1)
        assert hit.why["meaning"] > 0
        assert memo.take_notices() == []


def test_one_that_is_not_large_is_waited_for_a_while(store, slow):
    with fake_memo(store, publish_after=5) as memo:
        memo._open().index.prepare()
        threading.Timer(0.3, slow.set).start()
        (hit,) = memo.recall("note 7 harbours", k=1)
        assert "meaning" in hit.why
        assert memo.take_notices() == []


def test_what_is_forgotten_while_a_graph_is_loaded_is_gone(store, slow, monkeypatch):
    monkeypatch.setattr(nearest, "_LARGE", 0)
    with fake_memo(store, publish_after=5) as memo:
        (hit,) = memo.recall("note 7 harbours", k=1)
        threading.Timer(0.3, slow.set).start()
        memo.forget(hit.record.id)
        assert hit.record.id not in [one.record.id for one in memo.recall("note 7 harbours", k=20)]
        assert memo.verify() == []


def test_a_publisher_that_dies_at_the_last_step_while_a_graph_is_loaded_is_not_called_damage(store, monkeypatch):
    go, load = threading.Event(), Generations.load

    def late(self, *args):
        if threading.current_thread().name == "memo-loading":
            assert go.wait(20)
        return load(self, *args)

    def die(self, name):
        raise StoreError("died")

    monkeypatch.setattr(Indexer, "wake", lambda self: None)  # none but this thread publishes
    with fake_memo(store, publish_after=5) as reader, fake_memo(store, publish_after=5) as writer:
        writer.remember_many([f"note {number} of harbours and quays" for number in range(20, 40)])
        parts = writer._open()
        parts.indexer.catch_up()
        parts.index.near.look()
        monkeypatch.setattr(Generations, "load", late)
        reader._open().index.prepare()
        before = parts.index.near._generations.current()
        with monkeypatch.context() as patch:
            patch.setattr(Catalog, "live", die)
            with pytest.raises(StoreError, match="died"):
                parts.index.near.publish()
        assert parts.index.near._generations.current() != before
        go.set()
        (hit,) = reader.recall("note 27 harbours quays", k=1)
        assert hit.record.text == "note 27 of harbours and quays"
        assert reader.take_notices() == []


def test_closing_waits_for_what_is_being_loaded(store, slow, monkeypatch):
    monkeypatch.setattr(nearest, "_LARGE", 0)
    memo = fake_memo(store, publish_after=5)
    memo.recall("note 7 harbours", k=1)
    threading.Timer(0.3, slow.set).start()
    memo.close()
    assert not [one for one in threading.enumerate() if one.name == "memo-loading"]


def test_what_goes_wrong_while_loading_is_told_to_whoever_asks():
    def fail():
        raise OSError("no such disk")

    loading = Loading(fail, 1, "me", (None, None))
    assert loading.wait(10)
    with pytest.raises(OSError, match="no such disk"):
        loading.result()


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this system")
def test_a_forked_child_loads_for_itself():
    loading = Loading(lambda: None, 1, "me", (None, None))
    loading.wait(10)
    assert loading.is_ours()
    child = os.fork()
    if not child:
        os._exit(loading.is_ours())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
