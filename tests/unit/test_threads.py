"""Many threads and handles on one store at once: nothing is lost, and nobody waits for ever."""

import faulthandler
import sys
import threading

import pytest

from memo_jupyter.testing import fake_memo


@pytest.fixture(autouse=True)
def told_where_it_hangs():
    faulthandler.dump_traceback_later(120, file=sys.__stderr__)
    yield
    faulthandler.cancel_dump_traceback_later()


def test_handles_opened_and_closed_beside_one_another(tmp_path):
    for round_ in range(40):
        with fake_memo(tmp_path / str(round_)) as one:
            for number in range(4):
                one.remember(f"note {number} about scalers")
            with fake_memo(tmp_path / str(round_)) as other:
                other.remember_many([f"fact {number}" for number in range(3)], progress=False)
            assert len(one.recall("fact note", k=20)) == 7


def test_threads_that_remember_recall_and_forget_at_once(tmp_path):
    problems = []
    with fake_memo(tmp_path, publish_after=30) as memo, fake_memo(tmp_path, publish_after=30) as other:

        def work(handle, name):
            try:
                kept = [handle.remember(f"{name} fact {number}") for number in range(25)]
                for number, record in enumerate(kept):
                    found = [hit.record.id for hit in handle.recall(f"{name} fact {number}", k=30)]
                    if record.id not in found:
                        problems.append(f"{name} {number} not found")
                    if number % 5 == 0:
                        handle.forget(record.id)
            except Exception as error:
                problems.append(repr(error))

        threads = [
            threading.Thread(target=work, args=(handle, f"{word}{place}"))
            for place, handle in enumerate([memo, memo, other, other])
            for word in ("alpha",)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(100)
            assert not thread.is_alive()
        assert problems == []
        assert len(memo.recent(200)) == 4 * 20
        assert memo.verify() == []
