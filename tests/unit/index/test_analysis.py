"""What words a text is found by."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memo_jupyter.index.analysis import analysed, asked, runs, telling, tokens_of_run


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("She was painting sunsets.", "she was paint sunset"),
        ("pd.read_csv(path)", "pd.read_csv pd read_csv read csv path"),
        ("df.groupby", "df.groupby df groupbi"),
        ("np.float64", "np.float64 np float64"),
        ("KeyError: 'x'", "keyerror key error x"),
        ("XMLHttpRequest", "xmlhttprequest xml http request"),
        ("HTTP", "http"),
        ("__init__", "__init__ init"),
        ("/data/raw/a.csv", "data/raw/a.csv a.csv data raw a csv"),
        (r"C:\data\plan.ipynb", r"c:\data\plan.ipynb plan.ipynb c data plan ipynb"),
        ("an accuracy of 0.71", "an accuraci of 0.71 0 71"),
        ("2023-05-07", "2023-05-07 2023 05 07"),
        ("scikit-learn", "scikit-learn scikit learn"),
        ("ines@example.org", "ines@example.org ine exampl org"),
        ("don't, Anna's, Anna\u2019s", "don anna anna"),
        ("O'Brien", "o'brien o brien"),
        ("the end.Then", "the end.then end then"),
        ("Größe, naïve cafe\u0301", "gross naiv cafe"),
        ("İstanbul", "istanbul"),
        ("猫", "猫"),
        ("学習率", "学 習 率 学習 習率"),
        ("학교에서", "학 교 에 서 학교 교에 에서"),
        ("हिन्दी", "हिन्दी"),
        ("ошибка", "ошибка"),
        ("ﬁne ﷺ", "fine صلى الله عليه وسلم"),
        ("a\x00b \ud800 🌲 \u202e ___ ''", "a b"),
        ("", ""),
    ],
)
def test_the_tokens_of_a_text(text, tokens):
    assert analysed(text) == tokens.split()


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("pd.read_csv failed", "read csv"),
        ("it reads a csv", "reading"),
        ("df.groupby('a').mean()", "groupby"),
        ("raised KeyError: 'x'", "key errors"),
        ("KeyError", "keyerror"),
        ("/data/raw/a.csv", "a.csv"),
        ("/data/raw/a.csv", "data/raw/a.csv"),
        ("it ended.Then another", "end, then another"),
        ("gave 0.71", "0.71"),
        ("Anna's idea", "anna"),
        ("café", "cafe"),
        ("這是一隻貓。", "貓"),
        ("東京タワーへ行った", "タワー"),
        ("สวัสดีครับ", "สวัสดี"),
        ("학교에서 만났다", "학교"),
        ("नमस्ते दुनिया", "दुनिया"),
        ("ошибка в коде", "Ошибка"),
    ],
)
def test_a_question_shares_tokens_with_what_it_asks_for(text, query):
    assert set(asked(query)) <= set(analysed(text))
    assert asked(query)


def test_a_query_is_its_telling_words_each_once_the_first_first():
    assert asked("What was the error? The ERRORS of the notebook's cells") == ["error", "notebook", "cell"]
    assert asked("the of and it") == asked("") == asked(' " AND*(: ') == []


def test_operators_and_signs_are_words_or_nothing():
    assert asked('"hello" AND (NOT) -world* OR ~0.5 [a TO b} \\ {!lucene} AND') == (
        "hello world 0.5 0 5 b lucen".split()
    )


def test_at_most_32_are_looked_up():
    assert asked(" ".join(f"word{number}" for number in range(100))) == [f"word{number}" for number in range(32)]


@pytest.mark.parametrize(
    "query", ["x" * 100_000, "the of " * 20_000, '"AND(*' * 20_000, "\ud800" * 100_000, "aB" * 50_000, "a." * 50_000,
              "学" * 100_000, "e\u0301" * 50_000, "\x00" * 100_000, "_" * 100_000, "a'" * 50_000, "/" * 100_000]
)  # fmt: skip
def test_a_vast_query_is_quick(query):
    start = time.perf_counter()
    assert len(asked(query)) <= 32
    assert time.perf_counter() - start < 0.1


@pytest.mark.parametrize("sign", ["x", "aB", "a.", "学", "e\u0301", "_", "a'", "/", "a/b.c:", "🌲", "\ud800", "A_b9"])
def test_a_vast_text_takes_time_in_proportion(sign):
    start = time.perf_counter()
    analysed(sign * (300_000 // len(sign)))
    assert time.perf_counter() - start < 2


SIGNS = "aZß'\u2019._-/:\\ 09学がไ\u0301\u1e9eİ\u017f\u212a½ﷺ한"
TEXTS = st.text() | st.lists(st.sampled_from([*SIGNS, "don't", "Ab", "ab"])).map("".join)


@given(TEXTS)
@example("İ'S'\u017f ½ ﷺ aBcD_eF \u0301 x" + "y" * 80)
def test_every_text_in_which_a_word_stands_has_the_tokens_of_that_word(text):
    tokens = set(analysed(text))
    for run in runs(text):
        assert tokens >= set(tokens_of_run(run)), run
        assert tokens >= set(tokens_of_run(runs(run)[0])) or run != runs(run)[0]


@given(TEXTS)
def test_a_token_has_no_white_space_no_capitals_and_can_be_written(text):
    for token in analysed(text):
        assert token.split() == [token]
        assert token.encode()
        assert len(token) < 1000
    assert set(asked(text)) <= set(analysed(text))


def test_words_of_an_excerpt_are_not_stemmed():
    assert telling("What about the Paintings, paintings?") == ["paintings"]
