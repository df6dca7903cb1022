from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from memo_jupyter.index.chunks import cut
from memo_jupyter.tokens import at_most, estimated


def test_a_short_text_is_one_chunk():
    assert cut("A short note.", 256) == [(0, 13)]


def test_white_space_has_no_chunk():
    assert cut(" \n\t ", 256) == []


def test_a_long_text_is_cut_so_that_no_word_of_it_is_lost():
    text = "\n\n".join(
        f"Paragraph {number} tells of matter{number}. It has a second sentence." for number in range(200)
    )
    spans = cut(text, 256)
    assert len(spans) > 5
    together = " ".join(text[start:end] for start, end in spans)
    assert all(f"matter{number}." in together for number in range(200))
    assert all(estimated(text[start:end]) <= 256 for start, end in spans)


@given(st.text(max_size=3000))
def test_spans_are_in_order_do_not_overlap_and_hold_every_visible_sign(text):
    spans = cut(text, 64)
    assert spans == sorted(spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    covered = {place for start, end in spans for place in range(start, end)}
    assert all(text[place].isspace() for place in range(len(text)) if place not in covered)


@given(st.text())
def test_the_estimate_is_never_above_what_is_certain(text):
    assert estimated(text) <= at_most(text) + 1
