import numpy as np
import pytest

from memo_jupyter.embed.cached import CachedEmbedder
from memo_jupyter.errors import EmbeddingError
from memo_jupyter.testing import HashEmbedder


class Counting(HashEmbedder):
    def __init__(self):
        super().__init__()
        self.embedded = []

    def embed(self, texts):
        self.embedded += texts
        return super().embed(texts)


def test_the_vectors_are_those_of_the_embedder_in_the_order_asked_for():
    inner = Counting()
    cached = CachedEmbedder(inner)
    texts = ["b", "a", "b", "c"]
    assert np.allclose(cached.embed(texts), HashEmbedder().embed(texts), atol=1e-6)
    assert (cached.dim, cached.fingerprint, cached.max_tokens) == (inner.dim, inner.fingerprint, inner.max_tokens)


def test_a_text_is_embedded_once():
    inner = Counting()
    cached = CachedEmbedder(inner)
    cached.embed(["a", "a", "b"])
    cached.embed(["b", "c"])
    assert inner.embedded == ["a", "b", "c"]


def test_no_more_than_some_are_kept_the_latest_used():
    inner = Counting()
    cached = CachedEmbedder(inner)
    cached.embed([str(number) for number in range(1024)])
    cached.embed(["0"])
    cached.embed(["new"])
    inner.embedded.clear()
    cached.embed(["0"])
    assert inner.embedded == []
    cached.embed(["1"])
    assert inner.embedded == ["1"]


def test_when_the_model_has_changed_everything_is_embedded_anew():
    inner = Counting()
    cached = CachedEmbedder(inner)
    cached.embed(["a"])
    inner.fingerprint = "another"
    cached.embed(["a"])
    assert inner.embedded == ["a", "a"]


def test_nothing_is_embedded_for_no_text():
    inner = Counting()
    assert CachedEmbedder(inner).embed([]).shape == (0, inner.dim)
    assert inner.embedded == []


def with_rows(rows):
    """Give the first row that is cached of a model that gives `rows`."""
    model = HashEmbedder(2)
    model.embed = lambda texts: rows
    return CachedEmbedder(model).embed(["text"])[0].tolist()


@pytest.mark.parametrize("rows", [[[30.0, 40.0]], np.array([[3e-9, 4e-9]]), np.array([[3, 4]], np.int64)])
def test_vectors_of_any_length_and_type_are_made_unit_vectors(rows):
    assert with_rows(rows) == pytest.approx([0.6, 0.8])


def test_what_is_no_number_is_nothing():
    assert with_rows([[float("nan"), float("inf")]]) == [0, 0]


@pytest.mark.parametrize("rows", [[[1.0]], [1.0, 2.0], [], [[1.0, 2.0]] * 2])
def test_another_shape_is_one_line(rows):
    with pytest.raises(EmbeddingError, match="not of 2 numbers each"):
        with_rows(rows)


def test_a_model_that_fails_is_one_line():
    class Failing(HashEmbedder):
        def embed(self, texts):
            raise RuntimeError("boom")

    with pytest.raises(EmbeddingError, match=r"failed \(RuntimeError: boom\).*Memo.embedder"):
        CachedEmbedder(Failing()).embed(["text"])
