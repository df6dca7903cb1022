"""The commands on the work itself, and the API they are faces of; and the dates that filters take in words."""

import struct
import zlib
from datetime import datetime, timedelta, timezone

import pytest

from memo_jupyter.arguments import read_line
from memo_jupyter.cli import Shell
from memo_jupyter.command import Call
from memo_jupyter.commands import find
from memo_jupyter.errors import BadInput, BrokenReply
from memo_jupyter.testing import ScriptedModel, fake_memo
from memo_jupyter.views import Page, Photo

NOW = datetime.now(timezone.utc)


def png(width=2, height=2):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\x00" + b"\x80" * 2 for _ in range(2)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def page(memo, line, **place):
    class Face(Shell):
        prefix = "%memo"

        def place(self):
            return place

    word, _, rest = line.partition(" ")
    command = find(word, "%memo")
    given, text = read_line(rest, command.flags)
    return command.run(memo, Call(given, text, Face()))


def say(memo, line, **place):
    return " ".join(page(memo, line, **place).text(250).split())


def cell(memo, code, outputs="", minutes=0, session="s1", notebook="churn.ipynb", thumbnails=(), tags=(), **source):
    source = {"notebook": notebook, "cell": code[:8], "session": session} | source
    return memo.keep(
        text=f"{code}\n\n{outputs}", kind="cell", code=code, outputs=outputs, source=source, tags=tags,
        created=NOW - timedelta(minutes=600 - minutes), thumbnails=thumbnails,
    )  # fmt: skip


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store") as memo:
        yield memo


# where ----------------------------------------------------------------------------------------------------------------


def test_where_lists_the_newest_first_with_notebook_and_line(memo):
    old = cell(memo, "df = pd.read_csv('churn.csv')", minutes=1)
    new = cell(memo, "df = df.dropna()\ndf['a'] = 1", minutes=2, notebook="eda.ipynb")
    cell(memo, "print(df)", minutes=3)
    found = memo.where("df").found
    assert [(one.row.id, one.how, one.line, one.times) for one in found] == [
        (new.id, "changed", "df['a'] = 1", 2), (old.id, "made", "df = pd.read_csv('churn.csv')", 1),
    ]  # fmt: skip
    assert "cell, eda.ipynb changed df['a'] = 1 (+1 more)" in say(memo, "where df")
    assert [one.how for one in memo.where("df", source="churn.ipynb").found] == ["made"]


def test_where_tells_of_files_by_any_of_their_names_and_of_reading_last_if_asked(memo):
    cell(memo, "df.to_csv('out/churn.csv')", minutes=1)
    cell(memo, "x = pd.read_csv('out/churn.csv')", minutes=2)
    for name in ("churn.csv", "out/churn.csv", "churn", "./out/churn.csv"):
        assert [one.how for one in memo.where(name).found] == ["made"]
    shown = say(memo, "where --all churn.csv")
    assert shown.index("made out/churn.csv") < shown.index("read out/churn.csv")


def test_where_has_the_last_run_of_a_cell_only(memo):
    first = cell(memo, "df = 1", minutes=1)
    last = cell(memo, "df = 2", minutes=2, supersedes=first.id)
    assert [one.row.id for one in memo.where("df").found] == [last.id]


def test_where_tells_a_cell_once_that_is_a_fix_too_and_that_a_cell_raised_an_error(memo):
    broken = cell(memo, "out.to_csv('s.csv')", "NameError", minutes=1, tags=["error"], error="NameError")
    fixed = cell(memo, "out = 1\nout.to_csv('s.csv')", minutes=2)
    memo.keep(
        text=f"NameError\n\n{fixed.code}", kind="fix", prompt=broken.code, code=fixed.code,
        created=NOW - timedelta(minutes=597),
        source={"notebook": "churn.ipynb", "broken": broken.id, "fixed": fixed.id},
    )  # fmt: skip
    assert [one.row.id for one in memo.where("s.csv").found] == [fixed.id, broken.id]
    assert "made s.csv, raised NameError" in say(memo, "where s.csv")
    memo.forget(fixed.id)
    assert [one.row.kind for one in memo.where("s.csv").found] == ["fix", "cell"]


def test_recall_without_words_lists_what_fits_its_flags(memo):
    cell(memo, "1 / 0", "ZeroDivisionError", minutes=1, tags=["error"], error="ZeroDivisionError")
    cell(memo, "x = 1", minutes=2)
    shown = say(memo, "recall --kind error")
    assert "1 / 0" in shown
    assert "x = 1" not in shown
    assert say(memo, "recall --kind cell -k 1").count("churn.ipynb") == 1
    with pytest.raises(BadInput, match="The query is empty"):
        say(memo, "recall")


def test_where_says_that_it_looked_at_some_only(memo, monkeypatch):
    monkeypatch.setattr("memo_jupyter.workflow.origins.MOST_READ", 3)
    for number in range(5):
        cell(memo, f"df = {number}", minutes=number)
    told = memo.where("df")
    assert (len(told.found), told.looked, told.more) == (3, 3, True)
    assert "Only the latest 3 cells" in say(memo, "where df")
    assert memo.where("df", limit=1).more


def test_where_finds_nothing_in_one_line(memo):
    cell(memo, "print(df)")
    assert say(memo, "where df").startswith("No remembered cell makes or changes df.")
    assert not memo.where("?!").found
    for line in ("where", "where --notebook x.ipynb"):
        with pytest.raises(BadInput, match="Where is what"):
            say(memo, line)


# timeline -------------------------------------------------------------------------------------------------------------


def test_the_timeline_is_a_picture_and_words(memo):
    cell(memo, "scores = fit()", "accuracy 0.71")
    memo.remember("<script>alert(1)</script>", source={"notebook": "<img src=x>.ipynb"})
    shown = page(memo, "timeline --since 2d")
    assert "<svg role=" in shown.html()
    assert "<script" not in shown.html()
    assert "<img" not in shown.html()
    assert "1 cell, " in shown.text()
    assert "scores → accuracy 0.71" in " ".join(shown.text(200).split())
    assert "<svg" not in shown.text()


def test_a_timeline_of_nothing_names_the_latest_memory(memo):
    assert say(memo, "timeline") == "Nothing was remembered then."
    memo.remember("old", created="2020-05-07T12:00")
    assert "The latest memory is of 2020-05-07" in say(memo, "timeline")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("timeline now", "takes no 'now'"),
        ("timeline --days 0", "1 or more"),
        ("timeline --days 3 --since 2d", "either a first day"),
        ("timeline --since someday", "is not a time"),
        ("session now", "takes no 'now'"),
        ("session", "No cell of that session"),
        ("session --last 0", "1 or more"),
    ],
)
def test_what_does_not_fit_is_one_line(memo, line, words):
    with pytest.raises(BadInput, match=words):
        say(memo, line)


# session --------------------------------------------------------------------------------------------------------------


def worked(memo):
    cell(memo, "df = pd.read_csv('churn.csv')", "  a\n0 1", minutes=1)
    cell(memo, "model.fit(df)", "ValueError: no", minutes=2, tags=["error"], error="ValueError")
    cell(memo, "model.fit(df)", "accuracy 0.71", minutes=3)
    cell(memo, "plot()  # why is it so steep?", "", minutes=4, thumbnails=(png(),))
    cell(memo, "1 / 0", "ZeroDivisionError: division", minutes=5, tags=["error"], error="ZeroDivisionError")
    cell(memo, "df.to_csv('out.csv')  # TODO: compress", "", minutes=6)
    cell(memo, "other = 1", "loss 9.9", minutes=0, session="s0")
    for answer in ("The robust one.", " "):
        memo.keep(
            text="x", kind="chat", prompt=f"Which scaler{len(answer)}?", response=answer, thread="main",
            source={"notebook": "churn.ipynb"}, created=NOW - timedelta(minutes=595),
        )  # fmt: skip


def test_a_session_is_told_by_what_its_cells_show(memo):
    worked(memo)
    told = memo.session()
    assert (told.id, told.notebook, len(told.cells), told.figures) == ("s1", "churn.ipynb", 6, 1)
    assert list(told.results) == ["accuracy 0.71"]
    assert list(told.mended) == ["ValueError: model.fit(df)"]
    assert list(told.open_errors) == ["ZeroDivisionError: 1 / 0"]
    assert (list(told.read), list(told.written)) == (["churn.csv"], ["out.csv"])
    assert list(told.questions) == ["Which scaler15?", "Which scaler1?"]
    assert list(told.open_questions) == ["Which scaler1?", "why is it so steep?", "TODO: compress"]
    assert len(memo.session("s1", last=2).cells) == 2
    assert memo.session("s0").results == ["loss 9.9"]


def test_an_error_that_another_cell_mended_is_not_open(memo):
    broken = cell(memo, "df['BMI']", "KeyError: 'BMI'", minutes=1, tags=["error"], error="KeyError")
    fixed = cell(memo, "df['bmi']", "24.5", minutes=2)
    memo.keep(
        text="KeyError", kind="fix", prompt=broken.code, code=fixed.code, created=NOW - timedelta(minutes=598),
        source={"notebook": "churn.ipynb", "cell": fixed.source["cell"], "broken": broken.id, "fixed": fixed.id},
    )  # fmt: skip
    told = memo.session()
    assert (list(told.mended), list(told.open_errors)) == (["KeyError: df['BMI']"], [])


def test_the_size_of_a_figure_is_no_result(memo):
    cell(memo, "plot()", "[figure, 367 x 295 pixels]", minutes=1)
    assert list(memo.session().results) == []


def test_the_session_is_that_of_the_face_and_without_a_model_it_is_told_by_structure(memo):
    worked(memo)
    assert "accuracy 0.71" in say(memo, "session")
    assert "loss 9.9" in say(memo, "session", session="s0", notebook="churn.ipynb")


def test_a_model_words_the_summary_from_fenced_data_and_the_facts_stay_below(tmp_path):
    model = ScriptedModel(["The robust scaler won."], window=2048)
    with fake_memo(tmp_path / "store", model=model) as memo:
        worked(memo)
        for number in range(40):
            cell(memo, f"x{number} = '{'word ' * 200}'", minutes=7 + number)
        shown = say(memo, "session")
        assert "The robust scaler won." in shown
        assert "ZeroDivisionError: 1 / 0" in shown
        (prompt,) = model.prompts
        assert prompt.tokens <= 2048
        assert "```\nsession: churn.ipynb" in prompt.messages[-1].content
        assert not prompt.recalled
        assert [row.kind for row in memo.recent(100, kinds=["chat"])] == ["chat"] * 2  # nothing of it is remembered


def test_a_model_that_fails_leaves_the_facts(tmp_path):
    with fake_memo(tmp_path / "store", model=ScriptedModel([BrokenReply("It was cut.")])) as memo:
        worked(memo)
        shown = say(memo, "session")
    assert "accuracy 0.71" in shown
    assert "No summary in words. It was cut." in shown


def test_a_session_is_kept_once_and_what_is_saved_later_takes_its_place(memo):
    worked(memo)
    assert "Kept as" in say(memo, "session --save")
    assert "This is kept already" in say(memo, "session --save")
    (first,) = memo.recent(kinds=["note"], tags=["session"])
    assert first.source == {"session": "s1", "notebook": "churn.ipynb"}
    cell(memo, "final = 1", "final score 0.9", minutes=9)
    assert f"in the place of {first.id[-8:]}" in say(memo, "session --save")
    (last,) = memo.recent(kinds=["note"], tags=["session"])
    assert "final score 0.9" in memo.get(last.id).text
    assert memo.earlier_runs(last.id) == [first.id]
    assert set(memo.forget(last.id)) == {last.id, first.id}


# show -----------------------------------------------------------------------------------------------------------------


def test_a_cell_is_shown_with_its_pictures_its_earlier_runs_and_how_it_ran(memo):
    first = cell(memo, "plot()", minutes=1, tags=["error"], error="ValueError")
    last = cell(
        memo, "plot()", minutes=2, supersedes=first.id, duration_ms=83_000, runs=3, commit="0123456789ab",
        packages="numpy 2.1.0", folder="/home/a", thumbnails=(png(), b"\x89PNG<script>"),
    )  # fmt: skip
    shown = page(memo, f"show {last.id}")
    assert shown.html().count('<img src="data:image/png;base64,') == 1
    assert 'alt="Picture 1 of 2 that the cell drew"' in shown.html()
    assert "<script" not in shown.html()
    words = " ".join(shown.text(300).split())
    assert "took 1 min 23 s, ran 3 times in a row with this result, with numpy 2.1.0, in /home/a" in words
    assert "at commit 0123456789ab" in words
    assert "Earlier runs of this cell: 1" in words
    assert first.id[-8:] in words
    assert "raised ValueError" in say(memo, f"show {first.id}")


@pytest.mark.parametrize(
    "picture", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", png(0, 2), png(2, 5000), png()[:-8], png() + b"x" * 300_000]
)
def test_only_a_small_png_is_put_into_a_page(picture):
    assert "<img" not in Page([Photo(picture, "A picture")]).html()
    assert "A picture" in Page([Photo(picture, "A picture")]).html()


# dates in words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "found"),
    [("yesterday", 2), ("3d", 3), ("3 days", 3), ("2w", 4), ("last month", 4), ("today", 1), ("1y", 4), ("2000", 4)],
)
def test_filters_take_dates_as_people_say_them(memo, since, found):
    midday = datetime.now().astimezone().replace(hour=0, minute=0, second=30)
    for days in (0, 1, 2, 10):
        memo.remember(f"scaler {days}", created=midday - timedelta(days=days))
    memo.remember("scaler in the past", created="1999-05-07")
    assert len(memo.recent(since=since)) == found
    assert len(memo.recall("scaler", k=9, since=since)) == found


def test_recall_takes_its_filters_in_words_and_refuses_what_is_no_time(memo):
    raised = cell(memo, "1 / 0", tags=["error"])
    cell(memo, "1 / 0", notebook="eda.ipynb")
    shown = say(memo, "recall --kind error --notebook churn.ipynb --since '3d' 1 / 0")
    assert raised.id[-8:] in shown
    assert "eda" not in shown
    for words in ("someday", "3x", "", "x" * 100, "tomorrow"):
        with pytest.raises(BadInput, match="is not a time"):
            memo.recall("x", since=words)
    with pytest.raises(BadInput, match="is not a time"):
        memo.remember("x", created="yesterday")  # when something was has to be exact
