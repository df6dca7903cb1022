"""When the background learns: after a quiet while, once, and never beside what its user does."""

import gc
import threading
import time
import weakref

from memo_jupyter.profile.background import Background


class Work:
    def __init__(self, idle=0.1, takes=0.0, error=None):
        self.passes = []
        self.ended = threading.Event()
        self.seconds, self.takes, self.error = idle, takes, error
        self.background = Background(self.work, self.idle)

    def idle(self):
        return self.seconds

    def work(self, stopping, stoppable):
        stoppable(self.ended.set)
        until = time.monotonic() + self.takes
        while time.monotonic() < until and not stopping():
            time.sleep(0.005)
        self.passes.append(stopping())
        if self.error:
            raise self.error


def eventually(condition, seconds=5.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_one_pass_follows_a_quiet_while_and_none_follows_that():
    work = Work()
    for _ in range(5):
        work.background.active()
        time.sleep(0.04)
    assert work.passes == []
    eventually(lambda: work.passes)
    time.sleep(0.3)
    assert work.passes == [False]
    work.background.active()
    eventually(lambda: len(work.passes) == 2)
    work.background.close()


def test_what_the_user_does_ends_a_pass_at_once_and_it_is_made_up_for():
    work = Work(takes=5.0)
    work.background.active()
    time.sleep(0.3)
    start = time.monotonic()
    work.background.active()
    assert work.ended.is_set()
    eventually(lambda: work.passes == [True])
    assert time.monotonic() - start < 0.5
    work.takes = 0.0
    eventually(lambda: work.passes == [True, False])
    work.background.close()


def test_closing_ends_waiting_and_working_at_once():
    for takes, before in ((0.0, 0.0), (5.0, 0.3)):
        work = Work(idle=60.0 if not takes else 0.1, takes=takes)
        work.background.active()
        time.sleep(before)
        start = time.monotonic()
        work.background.close()
        assert time.monotonic() - start < 0.5
        work.background.active()  # no thread is started any more
        assert work.background._thread is None


def test_a_pass_that_fails_harms_nobody_and_the_next_is_made(caplog):
    work = Work(error=RuntimeError("no"))
    work.background.active()
    eventually(lambda: work.passes and work.background._thread is None)
    work.background.active()
    eventually(lambda: len(work.passes) == 2)
    work.background.close()
    assert "learning failed" in caplog.text


def test_a_waiting_thread_keeps_nobody_alive():
    work = Work(idle=0.2)
    background, gone = work.background, weakref.ref(work)
    background.active()
    del work
    gc.collect()
    eventually(lambda: gone() is None)
    eventually(lambda: background._thread is None)
