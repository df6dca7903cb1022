"""A JSON file of any size is cut into its items, and a bad one does not end the rest."""

import io
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memo_jupyter.imports.items import Bounds, Item, items

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='ab"\\{}[],:é🙂\n', max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('k"\\[', max_size=3), inner, max_size=4),
    max_leaves=12,
)
containers = st.lists(st.lists(plain, max_size=3) | st.dictionaries(st.text('k"\\[', max_size=3), plain, max_size=3))


def cut(data, **bounds):
    return list(items(io.BytesIO(data), Bounds(**bounds)))


@given(containers, st.integers(1, 40), st.booleans())
def test_the_items_are_those_that_json_reads_however_it_is_read(value, piece, escaped):
    data = json.dumps(value, ensure_ascii=escaped).encode()
    assert cut(data, piece=piece) == [Item(one) for one in value]


@given(st.dictionaries(st.text('k"\\[', max_size=3), plain), st.integers(1, 40))
def test_a_file_that_is_one_object_is_one_item(value, piece):
    assert cut(json.dumps(value, indent=1).encode(), piece=piece) == [Item(value)]


@given(st.binary(max_size=60) | st.text('[]{}"\\, a1', max_size=60).map(str.encode), st.integers(1, 7))
def test_nothing_that_is_read_raises(data, piece):
    cut(data, piece=piece)


def test_objects_on_lines_of_their_own_are_items_too():
    assert cut(b'{"a": 1}\n{"b": 2}\n') == [Item({"a": 1}), Item({"b": 2})]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b'{"a": nothing}', "not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}", "too deeply"),
        (b'{"a": "' + b"x" * 5000 + b'"}', "longer than 4,000 bytes"),
        (b"[" + b"{}," * 700 + b"{}]", "too many parts"),
        (b"[" + b'"",' * 150 + b'""]', "too many parts"),
    ],
)
def test_a_bad_item_is_told_and_the_rest_goes_on(bad, why):
    data = b'[{"first": 1}, ' + bad + b', {"last": 1}]'
    for piece in (1, 64, 100_000):
        first, told, last = cut(
            data, piece=piece, size=4000 if b"9" not in bad else 9000, bare=9000 if b"9" in bad else 2000, strings=100
        )
        assert (first.value, last.value) == ({"first": 1}, {"last": 1})
        assert why in told.problem


def test_a_number_too_large_and_bytes_that_are_not_text_are_read_all_the_same():
    assert cut(b'[{"a": 1e999, "b": "\xff"}, {"c": "\\ud83d"}]') == [
        Item({"a": float("inf"), "b": "�"}),
        Item({"c": "\ud83d"}),
    ]


def test_a_file_that_was_cut_gives_what_is_whole():
    whole, told = cut(b'[{"a": 1}, {"b": "tex')
    assert whole == Item({"a": 1})
    assert "it was cut" in told.problem


@pytest.mark.parametrize("data", [b'[{"a": 1}]] {"b": 2}', b'[{"a": 1}}, {"b": 2}]'])
def test_what_stands_after_the_end_of_the_list_is_not_read_and_that_is_told(data):
    first, told = cut(data)
    assert first == Item({"a": 1})
    assert "do not match" in told.problem
    assert cut(b'[{"a": 1}] \n') == [first]


def test_a_hundred_thousand_brackets_and_a_long_string_take_no_memory():
    class Endless:
        left = 40

        def read(self, size):
            self.left -= 1
            if self.left > 38:
                return b"[" * size
            return b'"' if self.left == 38 else b"x" * size if self.left > 0 else b""

    tracemalloc.start()
    try:
        (told,) = items(Endless(), Bounds(size=1_000_000, piece=100_000))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert "cut" in told.problem
