"""`%memo fix`: which fix it shows, and how."""

from datetime import datetime, timezone

import pytest

from memo_jupyter.arguments import read_words
from memo_jupyter.cells.seen import Raised, Seen
from memo_jupyter.cli import Shell
from memo_jupyter.command import Call
from memo_jupyter.commands import find
from memo_jupyter.errors import BadInput, UnknownId
from memo_jupyter.fixes.fix import Fix
from memo_jupyter.testing import fake_memo
from memo_jupyter.views import Beside, Page

WHEN = datetime(2026, 5, 12, 12, tzinfo=timezone.utc)


class Cells(Shell):
    """A face with cells."""

    def __init__(self):
        super().__init__()
        self.inserted = []

    def next_cell(self, code):
        self.inserted.append(code)
        return "It is in the next cell:"


def trace(line):
    return f"Cell In[1], line 1\n----> 1 {line}\n"


def made(name, wrong="rate = df['chrn']", right="rate = df['churn']", error="KeyError"):
    return Fix(error, f"'{name}'", trace(wrong), wrong, right, "edit", {"notebook": "churn.ipynb"}, WHEN)


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path) as memo:
        yield memo


def run(memo, *words, face=None):
    command = find("fix", "%memo")
    given, rest = read_words(words, command.flags)
    return command.run(memo, Call(given, " ".join(rest), face or Cells()))


def test_without_an_id_it_is_the_fix_that_was_named_last(memo):
    wanted = memo.keep_fix(made("chrn"))
    memo.keep_fix(made("x", "y = units['x']", "y = units.get('x')"))
    hint = memo.hint(Raised("KeyError", "'chrn'", trace("rate = df['chrn']")), "rate = df['chrn']")
    assert hint.record == wanted.id
    assert f"fix {wanted.short_id}" in run(memo).text()


def test_else_the_one_for_the_last_error_here(memo):
    memo.hints = False
    wanted = memo.keep_fix(made("chrn"))
    memo.keep_fix(made("x", "y = units['x']", "y = units.get('x')"))
    assert memo.hint(Raised("KeyError", "'chrn'", trace("rate = df['chrn']")), "rate = df['chrn']") is None
    assert f"fix {wanted.short_id}" in run(memo).text()


def test_else_the_latest(memo, tmp_path):
    memo.keep_fix(made("chrn"))
    latest = memo.keep_fix(made("x", "y = units['x']", "y = units.get('x')"))
    memo.hint(Raised("ValueError", "no such thing is known", ""), "f()")
    assert f"fix {latest.short_id}" in run(memo).text()
    with fake_memo(tmp_path) as other:
        assert memo.fix().id == other.fix().id


def test_by_its_id_it_is_that_one_and_nothing_else_is_a_fix(memo):
    wanted = memo.keep_fix(made("chrn"))
    memo.keep_fix(made("x", "y = units['x']", "y = units.get('x')"))
    assert f"fix {wanted.short_id}" in run(memo, wanted.short_id).text()
    note = memo.remember("A note.")
    with pytest.raises(BadInput, match="is a note, not a fix"):
        run(memo, note.short_id)
    with pytest.raises(UnknownId):
        run(memo, "ZZZZZZZZ")
    with pytest.raises(BadInput, match="One fix at a time"):
        run(memo, wanted.short_id, note.short_id)


def test_where_there_is_none_that_is_said(memo):
    with pytest.raises(BadInput, match="No fix is known yet"):
        run(memo)


def test_what_was_forgotten_is_neither_named_nor_shown(memo):
    gone = memo.keep_fix(made("chrn"))
    error = Raised("KeyError", "'chrn'", trace("rate = df['chrn']"))
    assert memo.hint(error, "rate = df['chrn']")
    memo.forget(gone.id)
    assert memo.hint(error, "rate = df['chrn']") is None
    with pytest.raises(BadInput, match="No fix is known yet"):
        run(memo)


def test_it_shows_the_error_where_it_was_and_both_sides(memo):
    record = memo.keep_fix(made("chrn"))
    page = run(memo)
    for words in (
        "KeyError: 'chrn'",
        "mended on 2026-05-12",
        "in churn.ipynb",
        "-rate = df['chrn']",
        "+rate = df['churn']",
    ):
        assert words in page.text()
    assert page.html().count("<pre") == 3
    shown = find("show", "%memo").run(memo, Call({}, record.id, Cells()))
    assert "+rate = df['churn']" in shown.text()


def test_insert_puts_the_code_into_the_next_cell_and_shows_it_all_the_same(memo):
    memo.keep_fix(made("chrn"))
    face = Cells()
    page = run(memo, "--insert", face=face)
    assert face.inserted == ["rate = df['churn']"]
    assert "It is in the next cell:" in page.text()
    shell = run(memo, "--insert", face=Shell())
    assert shell.text().rstrip().endswith("rate = df['churn']")


def test_a_fix_is_found_by_the_words_of_its_error_and_listed_by_its_kind(memo):
    record = memo.keep_fix(made("chrn"))
    memo.remember("Something else altogether.")
    assert memo.recall("KeyError chrn")[0].record.id == record.id
    assert [row.id for row in memo.recent(kinds=["fix"])] == [record.id]


def test_two_versions_stand_beside_each_other_escaped_and_loading_nothing():
    block = Beside("before", "<b>x</b>\nsame", "after", "y & z\nsame")
    page = Page([block]).html()
    assert "<b>x" not in page
    assert "&lt;b&gt;x" in page
    assert "flex-wrap:wrap" in page
    assert page.count("background:rgba") == 2  # what differs, on each side
    assert "-<b>x</b>" in Page([block]).text()


def test_a_cell_that_mends_another_gives_a_fix_that_names_the_memories_of_both(memo):
    def seen(number, code, *outputs):
        place = {"notebook": "churn.ipynb", "cell": "a1", "execution_count": number}
        return Seen(code, outputs, WHEN, 0.1, place, "one", "/home/me")

    error = Raised("KeyError", "'chrn'", trace("rate = df['chrn']"))
    broken, fixed = memo.remember("the broken cell"), memo.remember("the fixed cell")
    assert memo._besides(seen(1, "rate = df['chrn']", error), broken) == []
    (made,) = memo._besides(seen(2, "rate = df['churn']"), fixed)
    assert (made.source["broken"], made.source["fixed"]) == (broken.id, fixed.id)
    assert memo._besides(seen(3, "n = 3"), fixed) == []
