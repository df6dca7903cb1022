from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from memo_jupyter.index.analysis import analysed
from memo_jupyter.index.lines import Line
from memo_jupyter.index.rows import microseconds
from memo_jupyter.recall.asked import Asked
from memo_jupyter.recall.candidates import Candidates
from memo_jupyter.recall.excerpt import LENGTH, excerpt, excerpt_of
from memo_jupyter.recall.ranking import rank, varied
from memo_jupyter.recall.signals import SIGNALS
from memo_jupyter.recall.spans import Span
from memo_jupyter.types import Doing, Record

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)


def line(record, text="", *, days=0.0, session=None, author=None, kind="note", tags=(), start=0):
    words = " ".join([*analysed(text), *("?" if text.endswith("?") else "")])
    created = microseconds(NOW - timedelta(days=days))
    return Line(hash((record, start)), record, start, start + 9, words, "", session, author, created, kind, tags)


def asking(text, **given):
    return Asked(text, np.zeros(4, np.float32), NOW, **given)


def candidates(asked, *given, beside=(), doing=()):
    """Make candidates of pairs: a line, and its cosine."""
    lines = [one for one, _ in given]
    places = np.full((len(lines), 4), -1)
    for row, (before, after) in enumerate(beside):
        places[row, 0], places[row, 2] = before, after
    return Candidates(
        lines,
        np.ones(len(lines), bool),
        np.array([cosine for _, cosine in given], float),
        counted(lines, asked.words),
        np.zeros((len(lines), len(asked.words))),
        np.ones(len(asked.words)),
        places,
        np.array(doing or [0.0] * len(lines)),
        counted(lines, asked.doing_words),
        np.ones(len(asked.doing_words)),
    )


def counted(lines, words):
    return np.array([[one.words.split().count(word) for word in words] for one in lines], float).reshape(len(lines), -1)


def order(asked, *given, **more):
    return [one.line.record for one in rank(candidates(asked, *given, **more), asked)]


def test_the_most_that_the_signals_can_give_is_one():
    assert sum(most for most, _ in SIGNALS.values()) == pytest.approx(1.0)


def test_the_score_is_the_sum_of_its_reasons_and_those_that_gave_nothing_are_not_told():
    asked = asking("scaler")
    (best,) = rank(candidates(asked, (line("a", "the scaler"), 0.7)), asked)
    assert best.score == pytest.approx(sum(best.why.values()))
    assert 0 < best.score < 1
    assert set(best.why) == {"meaning", "words", "thread", "form", "recency"}


def test_meaning_and_words_together_beat_either_alone():
    asked = asking("robust scaler")
    found = order(
        asked, (line("meaning"), 0.6), (line("both", "robust scaler"), 0.6), (line("words", "robust scaler"), 0.2)
    )
    assert found[0] == "both"


def test_a_rare_word_counts_more_than_a_common_one():
    asked = asking("zanzibar model")
    made = candidates(asked, (line("common", "model"), 0.3), (line("rare", "zanzibar"), 0.3))
    object.__setattr__(made, "rarity", np.array([5.0, 0.5]))
    assert next(rank(made, asked)).line.record == "rare"


def test_of_two_that_are_alike_the_newer_comes_first():
    assert order(asking("x"), (line("old", days=900), 0.5), (line("new"), 0.5)) == ["new", "old"]


def test_a_record_is_listed_once_by_its_best_chunk():
    asked = asking("x")
    (best,) = rank(candidates(asked, (line("a"), 0.3), (line("a", start=9), 0.8)), asked)
    assert best.line.start == 9


def test_what_has_nothing_to_do_with_it_is_not_listed():
    assert order(asking("scaler"), (line("a", "something else"), 0.1)) == []


def test_words_that_stand_beside_a_memory_count_for_it():
    asked = asking("favourite painter")
    given = [
        (line("question", "Your favourite painter?"), 0.5),
        (line("answer", "Turner"), 0.3),
        (line("other", "Rome"), 0.3),
    ]
    found = order(asked, *given, beside=[(-1, 1), (0, -1), (-1, -1)])
    assert found.index("answer") < found.index("other")


def test_the_best_of_a_conversation_speaks_for_the_rest_of_it():
    asked = asking("x")
    given = [(line("best", session="s"), 0.9), (line("same", session="s"), 0.4), (line("other", session="t"), 0.4)]
    assert order(asked, *given) == ["best", "same", "other"]


def test_the_author_who_is_named_comes_first():
    asked = asking("What did Ann try?")
    assert order(asked, (line("ben", author="Ben"), 0.5), (line("ann", author="Ann"), 0.5)) == ["ann", "ben"]


def test_when_two_authors_are_named_neither_is_put_first():
    asked = asking("What did Ann tell Ben?")
    made = candidates(asked, (line("b", author="Ben"), 0.5), (line("a", author="Ann"), 0.5))
    assert not any("author" in one.why for one in rank(made, asked))


def test_a_statement_comes_before_a_question():
    asked = asking("which scaler")
    assert order(asked, (line("asks", "which scaler?"), 0.5), (line("says", "which scaler"), 0.5)) == ["says", "asks"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("When was the scaler changed?", "scaler changed last tuesday"),
        ("How many scalers are there?", "scalers: 12"),
        ("how often did the scaler fail", "scaler failed twice"),
    ],
)
def test_a_time_or_a_number_that_is_asked_for_is_put_first(question, text):
    plain = text.split()[0]
    assert order(asking(question), (line("b", plain), 0.5), (line("has", text), 0.5))[0] == "has"


def test_what_was_made_in_a_time_that_is_named_comes_first_and_nothing_is_left_out():
    span = Span(NOW - timedelta(days=40), NOW - timedelta(days=30))
    given = [(line("later", days=29), 0.5), (line("then", days=35), 0.5), (line("before", days=45), 0.5)]
    assert order(asking("x", spans=(span,)), *given) == ["then", "later", "before"]


def test_what_is_pinned_comes_first():
    assert order(asking("x"), (line("a"), 0.5), (line("b", tags=("pinned",)), 0.5)) == ["b", "a"]


@pytest.mark.parametrize(
    "doing",
    [Doing(("df = churn.groupby('plan')",)), Doing((), "churn.ipynb")],
    ids=["words", "place"],
)
def test_what_is_near_to_what_the_user_is_doing_comes_first_and_says_so(doing):
    asked = asking("scaler", doing=doing)
    given = [(line("far", "scaler of fish"), 0.5), (line("near", "scaler of churn", session="churn.ipynb"), 0.5)]
    best, other = rank(candidates(asked, *given), asked)
    assert best.line.record == "near"
    assert best.why["context"] > other.why.get("context", 0.0)


def test_without_context_it_has_no_share():
    asked = asking("scaler")
    (best,) = rank(candidates(asked, (line("a", "scaler"), 0.5), doing=[0.9]), asked)
    assert "context" not in best.why


def test_a_cell_that_was_run_again_and_again_is_listed_once_before_the_rest():
    asked = asking("fit")
    code = "model = Ridge alpha fit X_train y_train print model score X_test y_test cross validation folds mean std"
    runs = [(line(f"run{n}", f"{code} 0.7{n}", kind="cell", session="a.ipynb"), 0.6) for n in range(5)]
    made = candidates(asked, *runs, (line("note", "fit notes"), 0.4))
    assert [one.line.record for one in varied(rank(made, asked))][:2] == ["run0", "note"]
    assert len(list(varied(rank(made, asked)))) == 6


def test_an_excerpt_shows_the_part_that_was_asked_for():
    text = "Nothing here. " * 60 + "The robust scaler gave an accuracy of 0.71. " + "Nothing there. " * 60
    shown = excerpt(text, 0, len(text), "which scalers were accurate?")
    assert "robust scaler gave an accuracy of 0.71" in shown
    assert len(shown) <= LENGTH + 4
    assert shown.startswith("… ")
    assert shown.endswith(" …")


def test_a_short_text_is_its_own_excerpt_on_one_line():
    assert excerpt("two\n  lines", 0, 11, "x") == "two lines"


def test_an_excerpt_of_a_cell_shows_its_code_and_what_that_led_to():
    code = "scaler = 1\n" * 40 + "print(scaler)"
    text = f"{code}\n\nno scaler: 0.66\nrobust scaler: 0.71"
    cell = Record("A", NOW, "cell", text, code=code, outputs=text[len(code) + 2 :])
    for end in (len(code), len(text)):  # a long one is in pieces
        shown = excerpt_of(cell, 0, end, "which scaler was best?")
        assert shown.endswith(" → no scaler: 0.66 robust scaler: 0.71")
        assert len(shown) <= LENGTH + 8
    assert excerpt_of(cell, len(code) + 2, len(text), "scaler") == "no scaler: 0.66 robust scaler: 0.71"


def test_an_excerpt_of_a_cell_that_showed_nothing_is_its_code():
    assert excerpt_of(Record("A", NOW, "cell", "x = 1", code="x = 1", outputs=""), 0, 5, "x") == "x = 1"


def test_an_excerpt_has_many_words_of_the_question_rather_than_one_many_times():
    text = "scaler " * 60 + "and then nothing at all " * 20 + "the best scaler for the neighbours" + " is said" * 40
    assert "best scaler for the neighbours" in excerpt(text, 0, len(text), "best scaler for neighbours")


def test_an_excerpt_of_a_cell_that_raised_shows_the_errors_words():
    code = "correlation = tumours.corr()\n" * 8
    shown = "so far\nValueError: no float: 'malignant'\nCell In[3], line 1\n" + "----> 1 correlation = tumours\n" * 9
    cell = Record("A", NOW, "cell", f"{code}\n\n{shown}", code=code, outputs=shown, source={"error": "ValueError"})
    told = excerpt_of(cell, 0, len(cell.text), "the error with the correlation of tumours")
    assert " → ValueError: no float: 'malignant' Cell In[3]" in told
