import dataclasses
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from memo_jupyter import fields
from memo_jupyter.errors import EmbeddingModelMissing
from memo_jupyter.index.chunks import Cutter
from memo_jupyter.testing import HashEmbedder
from memo_jupyter.tokens import at_most, estimated
from memo_jupyter.types import Vector

CUTTER = Cutter(HashEmbedder())

FUNCTIONS = "\n\n".join(
    f"def part_{number}(frame):\n    kept = frame[frame.value > {number}]\n    return kept.groupby('site').mean()"
    for number in range(40)
)


def test_a_short_text_is_one_chunk():
    assert CUTTER.cut("A short note.") == [(0, 13)]


def test_white_space_has_no_chunk():
    assert CUTTER.cut(" \n\t ") == []


def test_a_long_text_is_cut_so_that_no_word_of_it_is_lost():
    text = "\n\n".join(
        f"Paragraph {number} tells of matter{number}. It has a second sentence." for number in range(200)
    )
    spans = CUTTER.cut(text)
    assert len(spans) > 5
    together = " ".join(text[start:end] for start, end in spans)
    assert all(f"matter{number}." in together for number in range(200))
    assert all(estimated(text[start:end]) <= 254 for start, end in spans)


def test_code_is_cut_between_its_functions_and_apart_from_what_it_printed():
    printed = "\n".join(f"site {number}   mean {number / 7:.4f}" for number in range(200))
    text = f"{FUNCTIONS}\n{printed}"
    pieces = [text[start:end] for start, end in CUTTER.cut(text, FUNCTIONS)]
    code = [piece for piece in pieces if "frame" in piece]
    assert len(code) > 3
    assert all(piece.startswith("def part_") and piece.endswith(".mean()") for piece in code)


def test_a_heading_stays_with_what_it_stands_over():
    text = "\n\n".join(f"# Finding {number}\n\n" + f"The site {number} is dry in summer. " * 20 for number in range(9))
    pieces = [text[start:end] for start, end in CUTTER.cut(text)]
    assert len(pieces) > 5
    assert all("dry in summer" in piece for piece in pieces)


def test_a_short_section_between_long_ones_is_a_chunk_of_its_own():
    long = "The handbook speaks of other matters at some length here. " * 60
    section = (
        "## Cluster quota\n\nThe scratch quota on node seven is four terabytes, and it is purged every thirty days."
    )
    text = f"# Handbook\n\n{long}\n\n{section}\n\n## More\n\n{long}"
    assert section in [text[start:end].strip() for start, end in CUTTER.cut(text)]


def test_a_heading_over_a_long_paragraph_is_put_to_its_beginning():
    long = "The handbook speaks of other matters at some length here. " * 60
    text = f"{long}\n\n## Cluster quota\n\n{long}"
    (piece,) = [text[start:end] for start, end in CUTTER.cut(text) if "Cluster" in text[start:end]]
    assert piece.startswith("## Cluster quota\n\nThe handbook")


@given(st.text(max_size=3000), st.integers(0, 3000))
def test_spans_are_in_order_do_not_overlap_and_hold_every_visible_sign(text, head):
    spans = CUTTER.cut(text, text[:head])
    assert spans == sorted(spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    covered = {place for start, end in spans for place in range(start, end)}
    assert all(text[place].isspace() for place in range(len(text)) if place not in covered)
    assert CUTTER.holds(text, spans)


def test_letters_without_a_space_are_cut_too():
    text = "x" * 100_000
    spans = CUTTER.cut(text)
    assert len(spans) > 10
    assert CUTTER.holds(text, spans)


def test_spans_that_leave_a_word_out_or_overlap_or_are_too_long_do_not_hold_a_text():
    text = "one two three"
    assert CUTTER.holds(text, [(0, 3), (4, 13)])
    assert not CUTTER.holds(text, [(0, 3)])
    assert not CUTTER.holds(text, [(4, 13)])
    assert not CUTTER.holds(text, [(0, 5), (4, 13)])
    assert not CUTTER.holds(text, [(4, 13), (0, 3)])
    assert not CUTTER.holds(text, [(0, 14)])
    assert not CUTTER.holds(text, [(0, 0), (0, 13)])
    assert not CUTTER.holds("word " * 5000, [(0, 25_000)])


def record_with_vectors(embedder, *spans):
    record = fields.record({"text": "one two three"})
    vectors = tuple(Vector(start, end, b"") for start, end in spans)
    return dataclasses.replace(record, vectors=vectors, embedder=embedder)


def test_what_has_vectors_is_cut_as_they_say():
    assert CUTTER.spans(record_with_vectors("hash-64", (0, 3), (4, 13))) == [(0, 3), (4, 13)]


def test_vectors_of_another_model_or_of_another_text_say_nothing():
    assert CUTTER.spans(record_with_vectors("another", (0, 3), (4, 13))) == [(0, 13)]
    assert CUTTER.spans(record_with_vectors("hash-64", (0, 3), (4, 99))) == [(0, 13)]


def test_while_the_model_is_missing_vectors_are_believed():
    class Missing(HashEmbedder):
        @property
        def fingerprint(self):
            raise EmbeddingModelMissing("none")

        @fingerprint.setter
        def fingerprint(self, _):
            pass

    assert Cutter(Missing()).spans(record_with_vectors("any", (0, 3), (4, 13))) == [(0, 3), (4, 13)]


@given(st.text())
def test_the_estimate_is_never_above_what_is_certain(text):
    assert estimated(text) <= at_most(text) + 1
