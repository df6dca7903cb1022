"""Ctrl-C, also where Python would drop it."""

import os
import signal
import threading

import pytest

from memo_jupyter.interrupts import heard


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


class Dropping:
    """Interrupted while it is collected, where Python can only print the exception."""

    def __del__(self):
        interrupt()
        for _ in range(1000):  # the handler runs between two of these
            pass


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_drops_stops_the_work_and_is_raised_at_the_end():
    stopped = []
    with pytest.raises(KeyboardInterrupt):  # noqa: SIM117
        with heard(lambda: stopped.append(True)):
            Dropping()
            while not stopped:
                pass
            stopped.append("went on to the end")
    assert stopped == [True, "went on to the end"]


def test_an_interrupt_is_raised_where_it_comes():
    after = []
    with pytest.raises(KeyboardInterrupt), heard(lambda: None):
        interrupt()
        after.append("never")
    assert after == []


def test_an_error_that_takes_the_place_of_an_interrupt_does_not_hide_it():
    with pytest.raises(KeyboardInterrupt), heard(lambda: None):
        try:
            interrupt()
        finally:
            raise OSError("the connection was closed")


def test_without_an_interrupt_nothing_changes():
    before = signal.getsignal(signal.SIGINT)
    with heard(lambda: None):
        pass
    with pytest.raises(ValueError, match="x"), heard(lambda: None):
        raise ValueError("x")
    assert signal.getsignal(signal.SIGINT) is before


def test_in_another_thread_it_does_nothing():
    done = []

    def work():
        with heard(lambda: None):
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_who_ignores_interrupts_goes_on_ignoring_them():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with heard(lambda: None):
            interrupt()
    finally:
        signal.signal(signal.SIGINT, before)
