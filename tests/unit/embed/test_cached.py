import numpy as np

from memo_jupyter.embed.cached import CachedEmbedder
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
    assert np.array_equal(cached.embed(texts), HashEmbedder().embed(texts))
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
