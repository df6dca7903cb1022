"""Which chunks are in segments, and which segment is written next."""

import itertools
import random

from memo_jupyter.index.coverage import LARGEST, Live, gaps, joined, next_range


def test_ranges_that_touch_are_one():
    assert joined([(5, 7), (1, 3), (4, 4), (10, 12), (11, 11)]) == [(1, 7), (10, 12)]


def test_gaps_are_what_is_left():
    assert gaps([], 0) == []
    assert gaps([], 5) == [(1, 5)]
    assert gaps([(1, 5)], 5) == []
    assert gaps([(2, 3), (6, 6)], 9) == [(1, 1), (4, 5), (7, 9)]
    assert gaps([(2, 30)], 9) == [(1, 1)]
    assert gaps([(20, 30)], 9) == [(1, 9)]


def live_of(sizes):
    ends = list(itertools.accumulate(sizes))
    live = [
        Live(end - size + 1, end, f"s{place}", "") for place, (size, end) in enumerate(zip(sizes, ends, strict=True))
    ]
    return live, {one.name: size for one, size in zip(live, sizes, strict=True)}


def test_four_neighbours_of_a_size_are_merged():
    assert next_range(*live_of([2000, 2100, 2000]), 0, 2000) is None
    assert next_range(*live_of([2000, 2100, 2000, 5000]), 0, 2000) == (1, 11_100)
    assert next_range(*live_of([9000, 2100, 2000, 5000, 2000]), 0, 2000) == (9001, 20_100)
    assert next_range(*live_of([2000, 2000, 9000, 2000, 2000]), 0, 2000) is None


def test_none_grows_beyond_the_largest():
    assert next_range(*live_of([20_000] * 3), 0, 2000) is None
    assert next_range(*live_of([20_000] * 4), 0, 2000) == (1, 60_000)
    assert next_range(*live_of([20_000] * 4), 9000, 2000) == (1, 40_000)
    assert next_range(*live_of([40_000] * 9), 0, 2000) is None


def test_one_that_is_not_known_is_left_as_it_is():
    live, sizes = live_of([2000] * 5)
    del sizes["s2"]
    assert next_range(live, sizes, 0, 2000) is None


def test_as_a_store_grows_and_shrinks_each_chunk_is_written_a_few_times_and_few_segments_are_left():
    chance = random.Random(1)
    sizes, written, total = [], 0, 0
    for _ in range(500):
        total += 2000
        sizes.append(2000)
        written += 2000
        while (found := next_range(*live_of(sizes), 0, 2000)) is not None:
            live, _ = live_of(sizes)
            inside = [place for place, one in enumerate(live) if one.first >= found[0] and one.last <= found[1]]
            merged = sum(sizes[place] for place in inside)
            assert merged <= LARGEST
            written += merged
            sizes[inside[0] : inside[-1] + 1] = [merged]
        if chance.random() < 0.1:  # some are forgotten
            place = chance.randrange(len(sizes))
            sizes[place] -= min(sizes[place] - 1, chance.randrange(2000))
    assert written < 5 * total
    assert len(sizes) < 3 * total / LARGEST + 10
