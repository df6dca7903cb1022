from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memo_jupyter.errors import BrokenReply
from memo_jupyter.llm import sse
from memo_jupyter.llm.sse import events, lines


def read(*pieces: bytes) -> list[str]:
    return list(events(lines(pieces)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
        (b"data: a\r\rdata: b\r\r", ["a", "b"]),
        (b"data:a\n\n", ["a"]),
        (b"data:  a\n\n", [" a"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b"data\n\n", [""]),
        (b": a ping\n\n: another\n\ndata: a\n\n", ["a"]),
        (b"event: error\nid: 7\nretry: 10\ndata: a\n\n", ["a"]),
        (b"\n\n\n", []),
        (b"", []),
        (b"data: cut off", ["cut off"]),
        ("\ufeffdata: a\n\n".encode(), ["a"]),
        ("data: é 🙂\n\n".encode(), ["é 🙂"]),
        # None of these ends a line, whatever `str.splitlines` says.
        ("data: a\u2028b\u2029c\x85d\x0be\x0cf\n\n".encode(), ["a\u2028b\u2029c\x85d\x0be\x0cf"]),
        (b"data: \xff\n\n", ["\ufffd"]),
    ],
)
def test_events_are_read_as_the_standard_says(body, expected):
    assert read(body) == expected


BODY = 'data: é 🙂 \u2028\r\n: ping\r\n\r\ndata: a\r\ndata: b\r\n\r\ndata: c\r\rdata: {"x": "ü"}\r\n\r\n'.encode()


@given(st.lists(st.integers(0, len(BODY)), max_size=30))
def test_how_the_network_cuts_the_bytes_makes_no_difference(cuts):
    places = [0, *sorted(cuts), len(BODY)]
    pieces = [BODY[start:end] for start, end in pairwise(places)]
    assert read(*pieces) == read(BODY) == ["é 🙂 \u2028", "a\nb", "c", '{"x": "ü"}']


def test_a_line_is_given_as_soon_as_it_ends():
    arriving = iter([b"one\r", b"\ntwo\n"])
    assert next(lines(arriving)) == "one"
    assert next(arriving) == b"\ntwo\n"


def test_an_endless_line_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(sse, "_LONGEST_LINE", 100)
    with pytest.raises(BrokenReply, match="line"):
        list(lines(b"x" * 30 for _ in range(10)))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_bytes_may_come_one_by_one(size):
    assert read(*(BODY[place : place + size] for place in range(0, len(BODY), size))) == read(BODY)


def test_a_cut_at_any_one_place_makes_no_difference():
    for place in range(len(BODY)):
        assert read(BODY[:place], BODY[place:]) == read(BODY)
