from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memo_jupyter.llm.thinking import Thinking, thinks_at_once, unopened


def split(*pieces: str, opened: bool = False, cut: bool = False) -> tuple[str, str]:
    thinking = Thinking(opened=opened)
    deltas = [*(thinking.feed(piece) for piece in pieces), thinking.finish(cut=cut)]
    return "".join(delta.text for delta in deltas), "".join(delta.reasoning for delta in deltas)


@pytest.mark.parametrize(
    ("text", "answer", "thought"),
    [
        ("An answer.", "An answer.", ""),
        ("  An answer.\n", "  An answer.\n", ""),
        ("<think>Hm.</think>Yes.", "Yes.", "Hm."),
        ("\n<think>\nHm.\n</think>\n\nYes.\n", "Yes.\n", "Hm.\n"),
        ("<think>\n\n</think>\n\nYes.", "Yes.", ""),
        ("<think>Hm. a < b", "", "Hm. a < b"),
        ("<think>Hm.\n</think>\n\n</think>\n\nYes.", "Yes.", "Hm.\n"),
        ("<think>Hm.</think></think></think>Yes.</think>", "Yes.</think>", "Hm."),
        ("<think>Hm.</think></thi", "</thi", "Hm."),
        ("Write <think> and </think>.", "Write <think> and </think>.", ""),
        ("<thinking", "<thinking", ""),
        ("<", "<", ""),
        ("", "", ""),
    ],
)
def test_a_thought_is_told_from_the_answer(text, answer, thought):
    assert split(text) == (answer, thought)


def test_only_the_end_of_a_thought_that_the_template_opened_is_seen():
    assert split("Hm.\n</think>\n\nYes.", opened=True) == ("Yes.", "Hm.\n")
    assert split("Hm.\n</think>\n</thi", "nk>\n\nYes.", opened=True) == ("Yes.", "Hm.\n")


def test_a_template_may_open_the_thought_and_the_model_again():
    assert split("<think>\nHm.</think>Yes.", opened=True) == ("Yes.", "Hm.")


def test_an_answer_without_a_thought_is_not_lost_where_one_was_expected():
    answer, _ = split("A plain ", "answer.", opened=True)
    assert answer == "A plain answer."


def test_a_thought_that_was_cut_short_is_no_answer():
    assert split("Hm, let me", opened=True, cut=True) == ("", "Hm, let me")


def test_where_the_server_tells_thoughts_apart_text_is_the_answer():
    thinking = Thinking(opened=True)
    thinking.told_apart()
    assert thinking.feed("Yes.").text == "Yes."


def test_words_are_not_held_back_longer_than_needed():
    thinking = Thinking()
    assert thinking.feed("<b>").text == "<b>"
    thinking = Thinking()
    assert thinking.feed("<th").text == ""
    assert thinking.feed("is").text == "<this"
    thinking = Thinking(opened=True)
    assert thinking.feed("Hm </th").reasoning == "Hm "


TEXTS = st.lists(
    st.sampled_from(["<think>", "</think>", "<", "<th", "</", "think>", " ", "\n", "a", "é", "</think>\n\n"]),
    max_size=12,
).map("".join)


@given(TEXTS, st.lists(st.integers(0, 60), max_size=12), st.booleans(), st.booleans())
@example("<think>a</think>b", list(range(20)), False, False)
def test_how_the_text_is_cut_into_deltas_makes_no_difference(text, cuts, opened, cut):
    places = [0, *sorted(min(place, len(text)) for place in cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(places)]
    assert split(*pieces, opened=opened, cut=cut) == split(text, opened=opened, cut=cut)


@given(TEXTS.filter(lambda text: not text.lstrip().startswith("<think>")))
def test_text_that_does_not_begin_with_a_thought_passes_unchanged(text):
    assert split(text) == (text, "")


@pytest.mark.parametrize(
    ("name", "thinks"),
    [
        ("deepseek-r1:8b", True),
        ("DeepSeek-R1-Distill-Qwen-7B", True),
        ("qwq:32b", True),
        ("Qwen3-4B-Thinking-2507", True),
        ("llama3.2:latest", False),
        ("Qwen3-4B-Instruct-2507", False),
        ("mistral-r10", False),
    ],
)
def test_models_whose_templates_open_the_thought_are_known_by_name(name, thinks):
    assert thinks_at_once(name) is thinks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hm.\n</think>\n\nYes.", True),
        ("Hm.</think>", True),
        ("<think>Hm.</think>\nYes.", False),
        ("The tag </think> ends it.", False),
        ("Yes.", False),
    ],
)
def test_a_whole_answer_shows_whether_the_template_had_opened_a_thought(text, expected):
    assert unopened(text) is expected
