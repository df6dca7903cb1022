from datetime import datetime, timedelta, timezone

import pytest

from memo_jupyter.recall.candidates import Candidate
from memo_jupyter.recall.excerpt import LENGTH, excerpt
from memo_jupyter.recall.ranking import rank

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
AGES = {"new": NOW, "old": NOW - timedelta(days=900), "b": NOW, "c": NOW}


def ranked(*candidates):
    return rank([Candidate(record, None, AGES[record], *rest) for record, *rest in candidates], NOW)


def test_the_score_is_the_sum_of_its_reasons_and_at_most_one():
    (best,) = ranked(("new", 0, 5, 1.0, 9.0))
    assert best.score == pytest.approx(sum(best.why.values())) == pytest.approx(1.0)
    assert set(best.why) == {"meaning", "words", "recency"}


def test_meaning_and_words_together_beat_either_alone():
    best, *_ = ranked(("b", 0, 1, 0.6, 0.0), ("new", 0, 1, 0.6, 5.0), ("c", 0, 1, 0.2, 5.0))
    assert best.candidate.record == "new"


def test_of_two_that_are_alike_the_newer_comes_first():
    assert [one.candidate.record for one in ranked(("old", 0, 1, 0.5, 0.0), ("new", 0, 1, 0.5, 0.0))] == ["new", "old"]


def test_a_record_is_listed_once_by_its_best_chunk():
    (best,) = ranked(("new", 0, 9, 0.3, 0.0), ("new", 9, 20, 0.8, 0.0))
    assert best.candidate.start == 9


def test_what_has_nothing_to_do_with_it_is_not_listed():
    assert ranked(("new", 0, 1, 0.1, 0.0)) == []


def test_an_excerpt_shows_the_part_that_was_asked_for():
    text = "Nothing here. " * 60 + "The robust scaler gave an accuracy of 0.71. " + "Nothing there. " * 60
    shown = excerpt(text, 0, len(text), "which scalers were accurate?")
    assert "robust scaler gave an accuracy of 0.71" in shown
    assert len(shown) <= LENGTH + 4
    assert shown.startswith("… ")
    assert shown.endswith(" …")


def test_a_short_text_is_its_own_excerpt_on_one_line():
    assert excerpt("two\n  lines", 0, 11, "x") == "two lines"
