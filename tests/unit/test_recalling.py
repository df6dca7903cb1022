"""What `recall` makes of anything that may be asked."""

import time

import numpy as np
import pytest

from memo_jupyter.errors import BadInput, EmbeddingError
from memo_jupyter.testing import HashEmbedder, fake_memo


@pytest.fixture(scope="module")
def memo(tmp_path_factory):
    with fake_memo(tmp_path_factory.mktemp("store")) as memo:
        for number in range(40):
            memo.remember(f"fact {number} about the scaler and read_csv", created=f"2026-05-{number % 28 + 1:02d}")
        memo.remember("Привет мир")
        memo.remember("機械学習の結果はよかった")
        memo.remember("KeyError: 'plan' in df.groupby")
        yield memo


@pytest.mark.parametrize("query", ["", "  \n\t"])
def test_an_empty_query_is_one_line(memo, query):
    with pytest.raises(BadInput, match="The query is empty"):
        memo.recall(query)


@pytest.mark.parametrize("query", [5, None, b"scaler", ["scaler"]])
def test_a_query_that_is_no_text_is_one_line(memo, query):
    with pytest.raises(BadInput, match="The query is a text"):
        memo.recall(query)


@pytest.mark.parametrize(
    "query",
    [
        "the", "?", '"', "scaler AND * OR NOT (", "a:b^2~3", "\x00\x01\x7f", "\ud800", "* - + /.*/", "NEAR(x y)",
        "scaler'; DROP TABLE records;--", "{scaler}", "%s %d {0}", "\u202escaler", "e\u0301" * 50, "🦜",
    ],
)  # fmt: skip
def test_a_query_is_text_and_never_syntax(memo, query):
    before = memo.stats()["records"]
    assert len(memo.recall(query, k=3)) <= 3
    assert memo.stats()["records"] == before
    assert memo.take_notices() == []


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("привет", "Привет мир"),
        ("機械学習", "機械学習の結果はよかった"),
        ("keyerror plan", "KeyError: 'plan' in df.groupby"),
    ],
)
def test_another_script_or_an_error_is_found_by_its_words(memo, query, text):
    assert memo.recall(query, k=1)[0].record.text == text


def test_signs_around_a_word_change_nothing(memo):
    plain = [hit.record.id for hit in memo.recall("scaler read_csv")]
    assert [hit.record.id for hit in memo.recall('("scaler", read_csv)!')] == plain


@pytest.mark.parametrize(
    "query", ["scaler " * 15_000, "x" * 100_000, " ".join(map(str, range(20_000))), "\n" * 99_999 + "x"]
)
def test_a_hundred_thousand_characters_are_asked_soon(memo, query):
    start = time.perf_counter()
    memo.recall(query)
    assert time.perf_counter() - start < 5.0


@pytest.mark.parametrize("k", [0, -1, 1.5, True, "3"])
def test_a_number_that_is_none_is_one_line(memo, k):
    with pytest.raises(BadInput, match="whole number, 1 or more"):
        memo.recall("scaler", k=k)


def test_more_than_there_are_gives_those_there_are(memo):
    assert 40 <= len(memo.recall("scaler", k=10**6)) <= 43


def test_an_empty_store_has_nothing(tmp_path):
    with fake_memo(tmp_path) as memo:
        assert memo.recall("scaler") == []


def test_since_after_until_is_one_line(memo):
    with pytest.raises(BadInput, match="the first has to be the earlier"):
        memo.recall("scaler", since="2026-06-01", until="2026-05-01")


@pytest.mark.parametrize("context", [5, [1], b"x"])
def test_a_context_that_is_no_text_is_one_line(memo, context):
    with pytest.raises(BadInput, match="The context, what you are doing now, is a text"):
        memo.recall("scaler", context=context)


def test_the_context_shifts_the_order_and_says_so(tmp_path):
    with fake_memo(tmp_path) as memo:
        memo.remember("the scaler of the fish survey")
        memo.remember("the scaler of the churn model")
        for doing in ("fish survey", "churn model"):
            best, other = memo.recall("which scaler", context=f"df = load('{doing}')")
            assert doing in best.record.text
            assert best.why["context"] > other.why.get("context", 0.0)
        assert not any("context" in hit.why for hit in memo.recall("which scaler"))


class Broken(HashEmbedder):
    def __init__(self, rows):
        super().__init__()
        self.rows = rows

    def embed(self, texts):
        return self.rows(len(texts))


def test_vectors_of_nan_spoil_nothing(tmp_path):
    with fake_memo(tmp_path, embedder=Broken(lambda number: np.full((number, 64), np.nan))) as memo:
        memo.remember("the scaler")
        (hit,) = memo.recall("scaler")
        assert 0 < hit.score <= 1


@pytest.mark.parametrize("shape", [(7,), (64, 2), ()])
def test_vectors_of_another_shape_are_one_line_and_the_memory_is_kept(tmp_path, shape):
    with fake_memo(tmp_path, embedder=Broken(lambda number: np.zeros((number, *shape)))) as memo:
        record = memo.remember("the scaler")
        with pytest.raises(EmbeddingError, match="gave vectors of shape") as caught:
            memo.recall("scaler")
        assert "\n" not in str(caught.value)
        assert memo.get(record.id).text == "the scaler"
        assert not any("damaged" in notice for notice in memo.take_notices())


def test_what_stands_beside_a_memory_comes_with_it_if_asked_for(tmp_path):
    with fake_memo(tmp_path) as memo:
        for number, word in enumerate("load clean fit plot write".split()):
            for notebook in ("one", "two"):
                source = {"notebook": f"{notebook}.ipynb"}
                memo.remember(f"{word} {notebook}", kind="cell", source=source, created=f"2026-05-0{number + 1}")
        (hit,) = memo.recall("fit one", k=1, neighbours=2)
        assert [one.text for one in hit.before] == ["load one", "clean one"]
        assert [one.text for one in hit.after] == ["plot one", "write one"]
        (last,) = memo.recall("write two", k=1, neighbours=1)
        assert ([one.text for one in last.before], last.after) == (["plot two"], ())
        (alone,) = memo.recall("fit one", k=1)
        assert (alone.before, alone.after) == ((), ())
        with pytest.raises(BadInput, match="neighbours"):
            memo.recall("fit", neighbours=-1)


def test_a_memory_of_no_notebook_or_thread_has_no_neighbours(tmp_path):
    with fake_memo(tmp_path) as memo:
        memo.remember_many(["first note", "second note"])
        (hit,) = memo.recall("first note", k=1, neighbours=3)
        assert (hit.before, hit.after) == ((), ())
