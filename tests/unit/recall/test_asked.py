from datetime import datetime, timezone

import numpy as np
import pytest

from memo_jupyter.recall.asked import in_first_person, understand
from memo_jupyter.testing import HashEmbedder
from memo_jupyter.types import Doing

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("query", "authors", "asked"),
    [
        ("What did Ann try?", ["Ann"], "What did I try?"),
        ("What is Ann's best run?", ["Ann", "Ben"], "What is my best run?"),
        ("What did Ada say?", ["Ada Lovelace"], "What did I say?"),
        ("What did Ada Lovelace say?", ["Ada Lovelace"], "What did I say?"),
        ("Annals of science", ["Ann"], "Annals of science"),
        ("will it rain", ["Will"], "will it rain"),
        ("what did qwen say", ["qwen"], "what did qwen say"),
        ("(.*)", ["(.*)"], "(.*)"),
    ],
)
def test_a_question_about_an_author_is_put_as_the_author_would(query, authors, asked):
    assert in_first_person(query, authors) == asked


def test_what_the_user_is_doing_is_embedded_beside_the_question():
    embedder = HashEmbedder()
    asked = understand("yesterday's fit", embedder, [], NOW, Doing(("df.plot()", "fit(x)")))
    assert np.allclose(asked.doing_vector, embedder.embed(["df.plot()\nfit(x)"])[0])
    assert asked.doing_words
    assert len(asked.spans) == 1


def test_of_what_the_user_is_doing_the_end_is_looked_at():
    assert Doing(("early " * 400, "late")).text.endswith("late")
    assert len(Doing(("early " * 400, "late")).text) <= 600


def test_with_nothing_known_of_the_user_nothing_is_embedded_beside_the_question():
    assert understand("fit", HashEmbedder(), [], NOW, Doing((" ",))).doing_vector is None
