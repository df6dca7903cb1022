import random

import pytest

from memo_jupyter.cells.seen import Shown, Stream
from memo_jupyter.notebook.heard import Heard, shown


def whole(stream):
    return stream.head, stream.tail, stream.left_out


@pytest.mark.parametrize("seed", range(40))
def test_of_what_is_printed_the_beginning_and_the_end_are_kept_however_it_is_cut(seed):
    chance = random.Random(seed)
    limit = chance.randint(1, 50)
    heard, text = Heard(limit), ""
    for _ in range(chance.randint(1, 60)):
        piece = "".join(chance.choices("abcdefg\n", k=chance.choice((1, 1, 3, 20, 500))))
        heard.stream("stdout", piece)
        text += piece
    (stream,) = heard.outputs()
    expected = max(0, len(text) - 2 * limit)
    assert whole(stream) == (text[:limit], text[limit:][-limit:], expected)


def test_streams_that_alternate_keep_their_order():
    heard = Heard(100)
    for name, text in (("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d")):
        heard.stream(name, text)
    assert heard.outputs() == (Stream("stdout", "ab"), Stream("stderr", "c"), Stream("stdout", "d"))


def test_of_very_many_outputs_the_first_and_the_last_are_kept():
    heard = Heard(100)
    for number in range(1000):
        heard.show(Shown(str(number)))
    found = heard.outputs()
    assert [one.head for one in found[:2]] == ["0", "1"]
    assert found[-1].head == "999"
    assert "872 outputs left out" in found[64].head
    assert len(found) == 129


def test_an_update_takes_the_place_of_what_was_shown_under_that_name():
    heard = Heard(100)
    heard.show(Shown("one"), "x")
    heard.show(Shown("two"), "y")
    heard.update("x", Shown("three"))
    heard.update("unknown", Shown("four"))
    assert [one.head for one in heard.outputs()] == ["three", "two"]


def test_a_form_that_tells_something_is_taken():
    assert shown({"text/plain": "1", "text/html": "<b>1</b>"}, "", 100).head == "1"
    assert shown({"text/plain": "<Markdown object>", "text/markdown": "**1**"}, "", 100).mime == "text/markdown"
    assert shown({"application/x": object()}, "", 100).head == "[application/x]"
    assert shown("no dict", "", 100) is None


def test_a_long_value_is_kept_by_its_beginning_and_end():
    made = shown({"text/plain": "x" * 1000 + "y" * 1000}, "", 10)
    assert whole(made) == ("x" * 10, "y" * 10, 1980)
