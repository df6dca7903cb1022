"""Notes and questions in an invented language, the same every time, its words as unevenly used as real ones."""

from __future__ import annotations

import itertools
import random

SYLLABLES = "ba ce di fo gu ka le mi no pu ra se ti vo xu za bre cla dri flo gru ple sta tre".split()
WORDS = 8000


def vocabulary(rng: random.Random) -> tuple[list[str], list[float]]:
    """Make words, and how often each is used or one before it: the n-th about 1/n as often as the first."""
    words = list(dict.fromkeys("".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(2 * WORDS)))[:WORDS]
    return words, list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(words))))


def notes(number: int) -> list[str]:
    """Make notes of one to four sentences."""
    rng = random.Random(7)  # noqa: S311  # not a secret
    words, up_to = vocabulary(rng)

    def sentence() -> str:
        return " ".join(rng.choices(words, cum_weights=up_to, k=rng.randint(4, 9))).capitalize() + "."

    return [" ".join(sentence() for _ in range(rng.randint(1, 4))) for _ in range(number)]


def questions(texts: list[str], number: int) -> list[str]:
    """Ask for four words of a note each, common and rare as they come."""
    rng = random.Random(1)  # noqa: S311  # as above
    long = [text for text in texts if len(text.split()) > 5]
    return [f"What was it about {' '.join(rng.sample(rng.choice(long).split(), 4))}?" for _ in range(number)]
