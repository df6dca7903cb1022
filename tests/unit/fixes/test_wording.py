"""The line below an error, and what a fix is found by."""

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from memo_jupyter import fields
from memo_jupyter.fixes.fix import Fix, fix_fields, fix_of
from memo_jupyter.fixes.likeness import signature
from memo_jupyter.fixes.wording import worded

WHEN = datetime(2026, 5, 12, 12, tzinfo=timezone.utc)
LATER = datetime(2026, 6, 2, 12, tzinfo=timezone.utc)
TRACE = """KeyError  Traceback (most recent call last)
Cell In[3], line 1
----> 1 rate = df["churn"]

File ~/env/lib/python3.11/site-packages/pandas/core/frame.py:4330, in DataFrame.__getitem__(self, key)
-> 4330 indexer = self.columns.get_loc(key)

File ~/env/lib/python3.11/site-packages/pandas/core/base.py:10, in Index.get_loc(self, key)
---> 10 raise KeyError(key)

KeyError: 'churn'"""
FIX = Fix(
    "KeyError", "'churn'", TRACE, 'rate = df["churn"]', 'df.columns = df.columns.str.strip()\nrate = df["churn"]',
    "edit", {"notebook": "churn.ipynb", "cell": "a1", "execution_count": 4}, WHEN,
)  # fmt: skip


def test_the_line_says_when_where_and_how():
    assert worded(FIX, LATER) == (
        'memo: on 12 May you mended this KeyError in churn.ipynb by "df.columns = df.columns.str.strip()" - %memo fix'
    )


def test_what_was_run_first_is_said_to_be_so():
    fix = replace(FIX, fixed='df = load()\nrate = df["churn"]', how="before")
    assert 'by running "df = load()" first - %memo fix' in worded(fix, LATER)


def test_what_was_only_taken_out_is_said_to_be_so():
    fix = replace(FIX, broken="list = 3\nrate = list(x)", fixed="rate = list(x)")
    assert 'by taking out "list = 3"' in worded(fix, LATER)


@pytest.mark.parametrize(
    ("now", "told"),
    [(WHEN, "memo: today you"), (LATER, "memo: on 12 May you"), (LATER.replace(year=2027), "memo: on 12 May 2026 you")],
)
def test_a_date_is_as_short_as_it_can_be(now, told):
    assert worded(FIX, now).startswith(told)


@pytest.mark.parametrize("notebook", ["a.ipynb", "a" * 60 + ".ipynb", "/home/me/research/churn.ipynb", None])
@pytest.mark.parametrize("code", ["x = 1", "y = " + "f(x) + " * 40 + "1", "a\x1b[2Jb = 3", "{} = {}"])
def test_the_line_is_one_harmless_line_of_120_characters_at_the_most(notebook, code):
    line = worded(
        replace(FIX, fixed=f'{code}\nrate = df["churn"]', place={"notebook": notebook} if notebook else {}), LATER
    )
    assert len(line) <= 120
    assert line.isprintable()
    assert line.endswith(" - %memo fix")
    assert "/home" not in line


def test_the_line_that_took_the_place_of_the_failing_one_is_named():
    fix = replace(FIX, fixed='import os\nn = 4\nrate = df["churn "]')
    assert '''by "rate = df["churn "]"''' in worded(fix, LATER)


def test_a_fix_is_kept_with_both_codes_its_error_and_where_it_comes_from():
    made = fields.record(fix_fields(FIX, broken="A" * 26, fixed="B" * 26))
    assert (made.kind, made.prompt, made.code) == ("fix", FIX.broken, FIX.fixed)
    assert dict(made.source) == {
        "notebook": "churn.ipynb", "cell": "a1", "execution_count": 4, "error": "KeyError", "how": "edit",
        "broken": "A" * 26, "fixed": "B" * 26,
    }  # fmt: skip
    assert made.created == WHEN
    for words in ("KeyError: 'churn'", "now: df.columns = df.columns.str.strip()", FIX.broken, FIX.fixed):
        assert words in made.text


@pytest.mark.parametrize("message", ["'churn'", "", "two\n\nparagraphs\n\nRaised at:\nno", "KeyError: again: 3"])
def test_a_fix_that_was_kept_is_recognised_by_the_same_as_before(message):
    fix = replace(FIX, message=message)
    again = fix_of(fields.record(fix_fields(fix)))
    assert (again.name, again.message, again.broken, again.fixed, again.how) == (
        fix.name, fix.message, fix.broken, fix.fixed, fix.how,
    )  # fmt: skip
    assert signature(again.name, again.message, again.traceback, again.broken) == signature(
        fix.name, fix.message, fix.traceback, fix.broken
    )


def test_of_a_long_line_what_is_done_is_quoted_rather_than_what_it_is_called():
    long = 'the_rate_of_the_churn_in_all_the_months = df["churn"].fillna(0).mean()'
    line = worded(replace(FIX, fixed=long), LATER)
    assert 'by "df["churn"].fillna(0).mean()" - %memo fix' in line
