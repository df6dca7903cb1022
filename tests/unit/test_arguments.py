import pytest
from hypothesis import given
from hypothesis import strategies as st

from memo_jupyter.arguments import Flag, count, name, read_line, read_words
from memo_jupyter.errors import BadInput
from memo_jupyter.flags import CELL_FLAGS

FLAGS = (
    Flag(("-k",), "k", "how many", "N", count),
    Flag(("-t", "--thread"), "thread", "which", "THREAD"),
    Flag(("-f", "--format"), "form", "how", "FORM", choices=("md", "json"), default="md"),
    Flag(("--no-recall",), "recall", "without", default=True),
    Flag(("--into",), "into", "where", "VAR", name),
)


@pytest.mark.parametrize(
    ("line", "given_", "text"),
    [
        ("what is x?", {}, "what is x?"),
        ("-k 3 what is x?", {"k": 3}, "what is x?"),
        ("-k3 what", {"k": 3}, "what"),
        ("--thread 'my work' -f=json it's 5 o'clock", {"thread": "my work", "form": "json"}, "it's 5 o'clock"),
        ("--no-recall", {"recall": False}, ""),
        ('"robust scaler" -k 3', {"k": 3}, "robust scaler"),
        ('"robust scaler"', {}, "robust scaler"),
        ('"unclosed -k 3', {}, '"unclosed -k 3'),
        ("what does -k do", {}, "what does -k do"),
        ("-- -k is a flag", {}, "-k is a flag"),
        ("-5 degrees", {}, "-5 degrees"),
        ("- a list item", {}, "- a list item"),
        ("tail  keeps   spaces", {}, "tail  keeps   spaces"),
        ("'a' and 'b'", {}, "'a' and 'b'"),
    ],
)
def test_flags_are_read_from_the_left_and_the_text_is_left_alone(line, given_, text):
    defaults = {"k": None, "thread": None, "form": "md", "recall": True, "into": None}
    assert read_line(line, FLAGS) == ({**defaults, **given_}, text)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--no-recal x", "Did you mean --no-recall"),
        ("--dry", "There is no flag --dry"),
        ("-k", "-k needs a value: -k N"),
        ("-k three x", "-k does not take 'three'"),
        ("-k -3", "does not take '-3'"),
        ("-f yaml", "-f is one of md, json, not 'yaml'"),
        ("--into 3x", "does not take '3x'"),
        ("--no-recall=1", "takes no value"),
    ],
)
def test_a_bad_flag_is_one_line_that_says_what_to_type(line, words):
    with pytest.raises(BadInput, match=words) as caught:
        read_line(line, FLAGS)
    assert "\n" not in str(caught.value)


def test_a_shells_words_may_have_flags_anywhere():
    given_, rest = read_words(["robust scaler", "-k", "3", "best", "--", "-t"], FLAGS)
    assert given_["k"] == 3
    assert rest == ["robust scaler", "best", "-t"]


@given(st.text())
def test_any_line_is_read_or_gives_one_clear_error(line):
    try:
        read_line(line, CELL_FLAGS)
    except BadInput as error:
        assert str(error)
