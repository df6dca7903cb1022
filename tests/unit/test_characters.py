import pytest
from hypothesis import given
from hypothesis import strategies as st

from memo_jupyter.characters import for_terminal, whole


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("é 中 \U0001f600\n\tx", "é 中 \U0001f600\n\tx"),
        ("\x1b[2J\x1b]0;title\x07", "␛[2J␛]0;title␇"),
        ("a\r\nb\rc", "a\nbc"),
        ("\x9b31m \x7f\x00\x08", "\ufffd31m ␡␀␈"),
        ("if x: \u202e # \u2066 safe\u2069", "if x:  #  safe"),
        ("half \ud800, whole \ud83d\ude00", "half \ufffd, whole \U0001f600"),
    ],
)
def test_what_a_terminal_would_obey_is_made_harmless_and_the_rest_stays(text, shown):
    assert for_terminal(text) == shown


@given(st.text(st.characters()))
def test_whatever_the_text_it_can_be_written_and_holds_nothing_that_is_obeyed(text):
    shown = for_terminal(text)
    shown.encode()
    assert not [char for char in shown if (ord(char) < 0x20 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0]
    assert whole(whole(text)) == whole(text)
