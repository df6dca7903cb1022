"""Sessions of three persons, and cells made of short texts."""

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from memo_jupyter.profile.code.findings import Cell, findings

PEOPLE = Path(__file__).parent / "people"
START = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)


@pytest.fixture
def cells():
    """Cells of these codes, each on the day after the one before."""

    def made(*codes, days=1.0, start=START):
        return [Cell(f"c{n}", start + timedelta(days=days * n), code) for n, code in enumerate(codes)]

    return made


@pytest.fixture
def learned(cells):
    """What is learned of cells, a text a topic."""

    def texts(*codes, days=1.0):
        return {one.topic: one.text for one in findings(cells(*codes, days=days))}

    return texts


@pytest.fixture
def person():
    """The session of a person, by name."""

    def session(name):
        parts = re.split(r"^%% (\S+)\n", (PEOPLE / f"{name}.txt").read_text("utf-8"), flags=re.MULTILINE)
        return [
            Cell(f"{name}-{n}", datetime.fromisoformat(when).replace(tzinfo=timezone.utc), code)
            for n, (when, code) in enumerate(zip(parts[1::2], parts[2::2], strict=True))
        ]

    return session
