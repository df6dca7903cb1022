"""Words of chunks in memory, scored as tantivy scores them."""

import random

import pytest

from memo_jupyter.index.delta import Delta, rarity
from memo_jupyter.index.segments import Segments

WORDS = [f"w{number}" for number in range(40)]


def rows(number, seed=1):
    chance = random.Random(seed)
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    return [
        (chunk, " ".join(chance.choices(WORDS, weights, k=chance.randint(1, 30)))) for chunk in range(1, number + 1)
    ]


def delta_of(found):
    delta = Delta()
    delta.add(found)
    return delta


def test_it_finds_and_scores_what_tantivy_does(tmp_path):
    found = rows(300)
    delta, segments = delta_of(found), Segments(tmp_path)
    segment = segments.open(*segments.write(1, 300, found))
    for words in (["w0"], ["w3", "w30"], ["w1", "w7", "w20", "none"]):
        weights = {word: rarity(delta.having(word), 300) for word in words}
        mine, theirs = delta.find(weights, 300), segment.find(weights, 300)
        assert set(mine) == set(theirs)
        for chunk, score in mine.items():  # tantivy keeps the length of a text in one byte
            assert score == pytest.approx(theirs[chunk], rel=0.1)


def test_the_best_k_are_the_first_of_all_and_of_two_alike_the_older_is(tmp_path):
    delta = delta_of(rows(500) + [(chunk, "same words") for chunk in range(501, 560)])
    weights = {"w2": 1.0, "w9": 2.0, "same": 0.5}
    everything = list(delta.find(weights, 10_000).items())
    assert everything == sorted(everything, key=lambda item: (-item[1], item[0]))
    for k in (1, 2, 10, len(everything) - 1, len(everything)):
        assert list(delta.find(weights, k).items()) == everything[:k]
    assert delta.find(weights, 0) == {}
    assert list(delta.find({"same": 1.0}, 3)) == [501, 502, 503]


def test_chunks_are_added_one_at_a_time(tmp_path):
    found = rows(50)
    delta = Delta()
    for row in found:
        delta.add([row])
    assert len(delta) == 50
    assert delta.find({"w1": 1.0, "w4": 1.0}, 50) == delta_of(found).find({"w1": 1.0, "w4": 1.0}, 50)


def test_only_some_are_asked_for():
    delta = delta_of(rows(100))
    everything = delta.find({"w0": 1.0}, 100)
    some = [chunk for chunk in everything if chunk % 3 == 0]
    assert delta.find({"w0": 1.0}, 100, [*some, 9999]) == {chunk: everything[chunk] for chunk in some}
    assert delta.find({"w0": 1.0}, 100, []) == {}


def test_an_empty_one_finds_nothing():
    assert Delta().find({"w0": 1.0}, 5) == {}
    assert delta_of([(1, "")]).find({"w0": 1.0}, 5) == {}
