"""What was done when: amounts by day and notebook, and their picture."""

import re
import xml.etree.ElementTree as ET
from datetime import date, datetime, timedelta, timezone

import pytest

from memo_jupyter.testing import fake_memo
from memo_jupyter.workflow.days import Entry, Timeline, stretch
from memo_jupyter.workflow.picture import described, picture

NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store") as memo:
        yield memo


def keep(memo, days=0, kind="cell", notebook="churn.ipynb", **given):
    given = {"text": "x = 1", "created": NOW - timedelta(days=days), "source": {"notebook": notebook}} | given
    return memo.keep(kind=kind, **given)


def test_kinds_and_errors_are_counted_by_day_and_notebook(memo):
    keep(memo)
    keep(memo, tags=["error"])
    keep(memo, kind="fix")
    keep(memo, kind="note")
    keep(memo, kind="chat", thread="main", prompt="Why?", response="So.")
    keep(memo, days=1, notebook="eda.ipynb")
    keep(memo, kind="profile")
    keep(memo, kind="document", source={"path": "a.pdf"})
    told = memo.timeline(until="2026-12-01")
    assert told.unit == "day"
    assert [(one.notebook, one.cells, one.errors, one.fixes, one.notes, one.chats) for one in told.entries] == [
        ("churn.ipynb", 2, 1, 1, 1, 1), ("eda.ipynb", 1, 0, 0, 0, 0),
    ]  # fmt: skip
    assert [one.day for one in told.starts] == [19, 20]


def test_every_run_counts_also_one_that_another_has_taken_the_place_of(memo):
    first = keep(memo, tags=["error"])
    keep(memo, source={"notebook": "churn.ipynb", "supersedes": first.id})
    (entry,) = memo.timeline(until="2026-12-01").entries
    assert (entry.cells, entry.errors) == (2, 1)


@pytest.mark.parametrize(("days", "unit"), [(61, "day"), (62, "week"), (400, "week"), (500, "month"), (3000, "year")])
def test_what_is_long_is_told_by_longer_stretches(memo, days, unit):
    keep(memo)
    keep(memo, days=days)
    told = memo.timeline(since="2010-01-01", until="2026-12-01")
    assert told.unit == unit
    assert len(told.starts) <= 63
    assert told.entries[-1].start == told.starts[0] <= (NOW - timedelta(days=days)).date()
    assert sum(one.cells for one in told.entries) == 2


def test_only_one_notebook_and_only_some_days(memo):
    keep(memo)
    keep(memo, notebook="eda.ipynb")
    keep(memo, days=40, notebook="eda.ipynb")
    assert [one.notebook for one in memo.timeline(until="2026-12-01", source="eda.ipynb").entries] == ["eda.ipynb"]
    assert len(memo.timeline(since="2026-01-01", until="2026-12-01", source="eda.ipynb").entries) == 2
    assert not memo.timeline(days=3, until="2026-11-10").entries


def test_the_line_names_what_was_made_and_the_last_result(memo):
    keep(memo, text="scores = fit()\n\naccuracy 0.71", code="scores = fit()", outputs="accuracy 0.71\n<Figure at 0x1>")
    keep(memo, days=1, kind="note", text="The robust scaler\nis better.")
    told = memo.timeline(until="2026-12-01", lines=True)
    assert [one.line for one in told.entries] == ["scores → accuracy 0.71", "The robust scaler is better."]
    assert not any(one.line for one in memo.timeline(until="2026-12-01").entries)


def test_the_stretch_is_of_whole_days_and_never_fails():
    begin, end = stretch(None, None, 1, NOW)
    assert timedelta(0) < end - begin < timedelta(days=1, minutes=2)
    assert stretch(None, None, 10**6, NOW)[0].year == 1970


def a_timeline(notebooks=3, days=30):
    starts = [date(2026, 11, 1) + timedelta(days=n) for n in range(days)]
    entries = [
        Entry(start, f"<b>{n}&\x00.ipynb", NOW, NOW, cells=n + 1, errors=n % 2, fixes=n % 3, notes=1)
        for start in starts for n in range(notebooks)
    ]  # fmt: skip
    return Timeline("day", starts, entries)


def test_the_picture_is_well_formed_says_what_it_shows_and_loads_nothing():
    svg = picture(a_timeline())
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    names = [child.tag.split("}")[1] for child in root]
    assert names[:2] == ["title", "desc"]
    assert "180 cells" in root[1].text
    assert not re.search(r"<script|href|url\(|http(?!://www\.w3\.org/2000/svg)|on\w+=", svg)
    assert "<b>" not in svg
    assert "\x00" not in svg
    assert all(float(one.get("height")) >= 0 for one in root.iter("{http://www.w3.org/2000/svg}rect"))


def test_many_notebooks_share_a_row_and_a_day_is_no_wall():
    svg = picture(a_timeline(notebooks=20))
    assert "13 more notebooks" in svg
    one = picture(Timeline("day", [date(2026, 11, 1)], [Entry(date(2026, 11, 1), None, NOW, NOW, cells=1)]))
    assert "no notebook" in one
    assert max(float(found) for found in re.findall(r'width="([\d.]+)%"', one) if found != "100") < 10
    assert ET.fromstring(picture(Timeline("day"))) is not None
    assert described(Timeline("day")) == "Nothing was done."
