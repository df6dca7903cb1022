import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.redact import innocent, planted

from memo_jupyter.redact.finding import MARK
from memo_jupyter.redact.redactor import Redactor

PLANTED = planted.cases()
INNOCENT = innocent.cases()
WINDOW = 8


def left(secret, text):
    """Give what is left of a secret: stretches of eight characters, each within one line."""
    lines = secret.split("\n")
    windows = [line[at : at + WINDOW] for line in lines for at in range(max(1, len(line) - WINDOW + 1))]
    return [window for window in windows if window and window in text]


def test_there_are_enough_cases_of_enough_sorts():
    assert len(PLANTED) >= 300
    assert len({case.sort for case in PLANTED}) >= 20
    assert {case.place for case in PLANTED} == {"code", "output", "traceback", "dataframe", "url"}
    assert len(INNOCENT) >= 300


@pytest.mark.parametrize("half", ["known", "held"])
def test_no_eight_characters_of_a_planted_secret_are_left(half):
    redactor = Redactor()
    cases = [case for case in PLANTED if case.half == half]
    missed = [case for case in cases if left(case.secret, redactor.redact(case.text).text)]
    assert not missed, f"{len(missed)} of {len(cases)} left: " + "\n".join(f"{one.sort}: {one.text}" for one in missed)


@pytest.mark.parametrize("half", ["known", "held"])
def test_hardly_any_innocent_text_is_changed(half):
    redactor = Redactor()
    cases = [case for case in INNOCENT if case.half == half]
    hit = [case for case in cases if redactor.redact(case.text).found]
    assert len(hit) < 0.02 * len(cases), f"{len(hit)} of {len(cases)} changed: {[one.text for one in hit]}"


@pytest.mark.parametrize("half", ["known", "held"])
def test_redacting_twice_changes_nothing_more_and_findings_tell_where_the_marks_stand(half):
    redactor = Redactor()
    for case in PLANTED:
        if case.half != half:
            continue
        once = redactor.redact(case.text)
        assert redactor.redact(once.text).text == once.text
        for one in once.found:
            assert once.text[one.start : one.end].startswith("[secret: ")
            assert once.text[one.start : one.end].endswith("]")
            assert not left(case.secret, one.sort)


def test_the_colours_of_a_traceback_do_not_hide_a_secret():
    made = planted.Maker(1).password()
    text = f'\x1b[31mpassword\x1b[39m \x1b[38;5;241m=\x1b[39m \x1b[38;5;124m"\x1b[39m\x1b[38;5;124m{made}\x1b[39m"'
    done = Redactor().redact(text)
    assert not left(made, done.text)
    assert done.found[0].sort == "password"


pieces = st.one_of(
    st.text(max_size=40),
    st.sampled_from([case.text for case in PLANTED]),
    st.sampled_from([case.secret for case in PLANTED]),
    st.sampled_from("[secret: x] password= password=\" 'token': ' Bearer  :// @ \\ \n [secret: -----BEGIN".split(" ")),
)


@given(st.lists(pieces, max_size=6).map("".join))
def test_whatever_the_text_redacting_is_idempotent_and_marks_never_nest(text):
    redactor = Redactor()
    once = redactor.redact(text)
    again = redactor.redact(once.text)
    assert again.text == once.text
    assert not again.found
    assert once.text is text or once.found
    assert list(once.found) == sorted(once.found, key=lambda one: one.start)
    for one in once.found:
        assert re.fullmatch(MARK, once.text[one.start : one.end])


ADVERSARIAL = {
    "a": "a", "=": "=", '"': '"', "'": "'", "\\": "\\", "[": "[", "key=key=": "key=", "password=": "password=",
    'password="': 'password="', "password": "password", "password\\n": "password\n", "token ": "token ",
    "?token=": "?token=", "://a:": "://a:", "eyJ": "eyJ", "sk-": "sk-", "bearer ": "bearer ", "-u a:": " -u a:",
    "auth=('": "auth=('", "BEGIN": "-----BEGIN " + "PRIVATE KEY-----\n", "END": "-----END " + "PRIVATE KEY-----\n",
    "mark": "[secret: x]", "{": '{"key":', "table": "password  token\nabc\n", "colour": "\x1b[31ma\x1b[0m",
}  # fmt: skip


@pytest.mark.parametrize("unit", ADVERSARIAL.values(), ids=ADVERSARIAL)
def test_the_time_grows_with_the_text_alone(unit):
    redactor = Redactor()
    seconds = []
    for size in (25_000, 200_000):
        text = (unit * (size // len(unit) + 1))[:size]
        start = time.thread_time()
        redactor.redact(text)
        seconds.append(time.thread_time() - start)
    assert seconds[1] < 8  # what grows with the square takes minutes
    assert seconds[1] < 0.2 + 24 * seconds[0]


def test_base64_of_random_bytes_takes_no_longer():
    start = time.thread_time()
    Redactor().redact(planted.Maker(3).of(planted.BASE64, 200_000))
    assert time.thread_time() - start < 2
