import pytest

from memo_jupyter.llm.sentences import asks, item, leans, sentences, wants


@pytest.mark.parametrize(
    "text",
    [
        "We tried it, e.g. On Monday, with Dr. Haas and J. Smith.",
        "See Fig. 3 and cf. Eq. 4, approx. 5 of them.",
        "It gave 0.71 and v1.2.3 against .281 in total.",
        "Call df.groupby('a').mean() first.",
    ],
)
def test_a_point_in_a_short_form_a_number_or_a_name_ends_no_sentence(text):
    assert sentences(text) == [text]


def test_a_sentence_ends_at_its_sign_behind_its_bracket_and_at_its_line():
    assert sentences('It was (nearly) bad (.2). "Really?" Yes! Then\nlunch') == [
        "It was (nearly) bad (.2).",
        '"Really?"',
        "Yes!",
        "Then",
        "lunch",
    ]
    assert sentences("これは速い。とても。") == ["これは速い。", "とても。"]


def test_a_line_that_was_only_wrapped_ends_no_sentence():
    wrapped = "The robust scaler was the best one of all that we have\ntried on the churn data. Then lunch."
    assert sentences(wrapped) == [
        "The robust scaler was the best one of all that we have tried on the churn data.",
        "Then lunch.",
    ]


def test_what_holds_no_word_is_no_sentence():
    assert sentences("---\n\n ... \n") == []


@pytest.mark.parametrize("line", ["- one", "* one", "3. one", "(2) one", "a) one", "- [x] one", "• one"])
def test_the_items_of_lists_are_known_by_their_marks(line):
    assert item(line) == "one"


@pytest.mark.parametrize("line", ["-5 degrees", "3.5 is it", "one - two", "*one*"])
def test_what_only_looks_like_a_mark_is_none(line):
    assert item(line) is None


def test_questions_and_requests_are_told_from_what_is_told():
    assert asks("Is it?")
    assert asks('Is it?"')
    assert not asks("It is.")
    assert wants("Hi, please explain the scaler")
    assert wants("how do I scale")
    assert not wants("I use the robust scaler.")


@pytest.mark.parametrize("one", ["It did.", "This was best.", "Yes.", "But not here.", '"That is so."'])
def test_a_sentence_that_leans_on_the_one_before_is_known(one):
    assert leans(one)


@pytest.mark.parametrize("one", ["The scaler did.", "Italy won.", "Thistles grow.", "Note that."])
def test_a_sentence_that_stands_alone_does_not_lean(one):
    assert not leans(one)
