"""Words as they stand in texts."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from memo_jupyter.index import words
from memo_jupyter.index.rows import Filter
from memo_jupyter.testing import fake_memo


@pytest.mark.parametrize(
    ("text", "query", "stands"),
    [
        ("The Zanzibar constant", "zanzibar THE", True),
        ("zanzibars", "zanzibar", False),
        ("read_csv", "read", False),
        ("read_csv(a)", "READ_CSV a", True),
        ("Anna's", "anna s", True),
        ("café", "cafe", False),
        ("df.groupby", "groupby df", True),
        ("東京タワー", "東京", False),
    ],
)
def test_a_word_stands_in_a_text_in_that_form_or_not(text, query, stands):
    assert words.stand_in(text, query) is stands


def test_a_query_has_words_or_not():
    assert words.has_words("a")
    assert not words.has_words(" ?! ")


PIECES = st.lists(st.sampled_from([*"aZß'’._-/: 09学がไ\u0301\u1e9e½ﷺ한", "don't", "Ab"]), min_size=1, max_size=9)  # noqa: RUF001


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES.map("".join) | st.text(max_size=9), min_size=1, max_size=9))
@example(["word " * 3000 + "zebra", "学" * 900])
def test_no_text_in_which_the_words_stand_is_missed(tmp_path_factory, texts):
    texts = [text for text in texts if text.strip() and text.isprintable()]
    with fake_memo(tmp_path_factory.mktemp("s")) as memo:
        kept = memo.remember_many(texts, progress=False)
        catalog = memo._open().index.catalog
        for record in kept:
            for run in record.text.split():
                if words.has_words(run):
                    expected = {other.id for other in kept if words.stand_in(other.text, run)}
                    assert expected <= set(words.candidates(catalog, run))
                    assert set(memo.forget(query=run, dry_run=True)) == expected


def test_a_word_that_few_have_names_few_candidates_and_filters_count(tmp_path):
    with fake_memo(tmp_path) as memo:
        kept = memo.remember_many(
            [{"text": f"fact{number} of many", "thread": f"t{number % 2}"} for number in range(50)], progress=False
        )
        catalog = memo._open().index.catalog
        assert words.candidates(catalog, "fact7 many") == [kept[7].id]
        assert words.candidates(catalog, "fact7", Filter(thread="t0")) == []
        assert len(words.candidates(catalog, "many", Filter(thread="t0"))) == 25
        assert words.candidates(catalog, "nowhere") == []
