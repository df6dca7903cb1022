import threading
import time
from datetime import datetime, timezone

from memo_jupyter.cells import handover
from memo_jupyter.cells.handover import Handover
from memo_jupyter.cells.seen import Seen, Stream


def seen(code="x = 1", outputs=()):
    return Seen(code, tuple(outputs), datetime.now(timezone.utc), 0.1, {}, "s", "/")


def test_what_is_put_is_taken_in_its_order():
    queue = Handover()
    for number in range(5):
        assert queue.put(seen(str(number)))
    assert [one.code for one in queue.take(3, 0)] == ["0", "1", "2"]
    assert [one.code for one in queue.take(9, 0)] == ["3", "4"]
    assert queue.take(9, 0.01) == []


def test_beyond_its_bytes_a_cell_waits_without_its_outputs(monkeypatch):
    monkeypatch.setattr(handover, "_MOST_BYTES", 5000)
    queue = Handover()
    for _ in range(4):
        queue.put(seen(outputs=[Stream("stdout", "x" * 2000)]))
    taken = queue.take(9, 0)
    assert [bool(one.outputs) for one in taken] == [True, False, False, False]
    assert queue.bytes == 0


def test_a_burst_keeps_it_within_its_bounds():
    queue = Handover()
    for number in range(10_000):
        assert queue.put(seen(f"cell {number}", [Stream("stdout", "x" * 16_000)]))
    assert queue.bytes <= 80 * 1024 * 1024
    assert len(queue) == 10_000
    assert queue.lost == 0


def test_beyond_its_number_cells_are_lost_and_counted(monkeypatch):
    monkeypatch.setattr(handover, "_MOST", 3)
    queue = Handover()
    assert [queue.put(seen()) for _ in range(5)] == [True, True, True, False, False]
    assert queue.lost == 2


def test_waiting_ends_when_what_was_taken_is_kept():
    queue = Handover()
    queue.put(seen())
    assert not queue.wait(0.01)
    queue.take(1, 0)
    assert not queue.wait(0.01)
    threading.Timer(0.05, queue.done).start()
    assert queue.wait(5)


def test_a_closed_one_takes_nothing_more_and_gives_what_it_has():
    queue = Handover()
    queue.put(seen("last"))
    queue.close()
    assert not queue.put(seen())
    assert [one.code for one in queue.take(5, 10)] == ["last"]
    assert queue.take(5, 10) == []
    assert queue.lost == 0


def test_who_waits_for_a_cell_is_let_go_at_once_by_hurry_but_not_before_what_waits():
    queue = Handover()
    queue.put(seen("1"))
    queue.hurry()
    assert [one.code for one in queue.take(9, 5)] == ["1"]
    queue.done()
    queue.hurry()
    begun = time.monotonic()
    assert queue.take(9, 5) == []
    assert time.monotonic() - begun < 1
    assert queue.take(9, 0.2) == []
    assert time.monotonic() - begun >= 0.2  # once
