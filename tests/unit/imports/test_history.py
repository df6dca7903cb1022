"""IPython's history becomes memories of what was typed together, whatever else is in the database."""

import sqlite3
import tracemalloc
from contextlib import closing
from datetime import datetime, timezone

import pytest

from memo_jupyter.errors import BadArchive, MemoError
from memo_jupyter.imports import sessions
from memo_jupyter.imports.history import History
from memo_jupyter.testing import fake_memo

TABLES = """
CREATE TABLE sessions (session integer primary key autoincrement, start timestamp, end timestamp, num_cmds integer,
    remark text);
CREATE TABLE history (session integer, line integer, source text, source_raw text, PRIMARY KEY (session, line));
CREATE TABLE output_history (session integer, line integer, output text, PRIMARY KEY (session, line));
"""


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store") as opened:
        yield opened


def database(path, *told, outputs=(), tables=TABLES):
    """Write a history as IPython does; each of `told` is a session's lines."""
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(tables)
        for number, typed in enumerate(told, 1):
            db.execute("INSERT INTO sessions VALUES (?, ?, NULL, NULL, '')", (number, f"2024-05-0{number} 10:00:00.5"))
            lines = [(number, line, code, code) for line, code in enumerate(typed, 1)]
            db.executemany("INSERT INTO history VALUES (?, ?, ?, ?)", lines)
        db.executemany("INSERT INTO output_history VALUES (?, ?, ?)", outputs)
    return path


def cells(memo):
    return [memo.get(row.id) for row in reversed(memo.recent(10_000))]


def test_the_lines_of_a_session_are_one_memory_and_a_long_cell_is_its_own(memo, tmp_path):
    long = "\n".join(f"x{number} = {number}" for number in range(35))
    path = database(tmp_path / "h", ["import pandas", "df = pandas.read_csv('a.csv')", "df.mean()"], [long, "y = 2"],
                    outputs=[(1, 3, "0.71")])  # fmt: skip
    done = memo.import_(path)
    assert (done.added, done.what, done.conversations) == (3, "IPython's history", 2)
    first, second, third = cells(memo)
    assert first.code == "import pandas\ndf = pandas.read_csv('a.csv')\ndf.mean()"
    assert (first.kind, first.outputs, first.text) == ("cell", "0.71", f"{first.code}\n\n0.71")
    assert {key: first.source[key] for key in ("path", "app", "file", "session", "execution_count")} == {
        "path": "IPython history/session 1", "app": "IPython history", "file": "h", "session": "1",
        "execution_count": 1,
    }  # fmt: skip
    assert first.created == datetime(2024, 5, 1, 10, 0, 1, 500000).astimezone(timezone.utc)
    assert (second.code, third.code) == (long, "y = 2")
    memo._open().indexer.catch_up()
    assert memo.verify() == []
    assert len(memo.recent(source="IPython history")) == 3


@pytest.mark.parametrize(
    "line",
    ["", "df", "df.columns", "exit", "exit()", "quit;", "ls", "ls -l", "!ls -la src", "%ls", "pwd", "cd ..", "?", "df?",
     "df.mean??", "?df", "%timeit?", "%memo recall x", "%%memo\nWhy?", "%load_ext memo", "%load_ext memo_jupyter",
     "%config Memo.k = 3", "%hist -g x", "clear", "  x  "],
)  # fmt: skip
def test_what_says_nothing_is_left_out(line):
    assert not sessions.says_something(line)


@pytest.mark.parametrize(
    "line",
    ["x = 1", "ls = 3", "df.mean()", "%timeit f(x)", "!pip install x", "cd = load()", "print(x)", "%load_ext memory",
     "%%time\nx", "a + b", "exit(3)", "%memory x", "a" * 300],
)  # fmt: skip
def test_what_says_something_is_kept(line):
    assert sessions.says_something(line)


def test_importing_again_adds_only_what_was_typed_since(memo, tmp_path):
    path = database(tmp_path / "h", [f"x = {number}" for number in range(45)])
    assert memo.import_(path).added == 2
    again = memo.import_(path)
    assert (again.added, again.known) == (0, 2)
    with closing(sqlite3.connect(path)) as db, db:
        db.executemany(
            "INSERT INTO history VALUES (1, ?, ?, '')", [(line, f"y = {line}") for line in range(46, 80)]
        )  # fmt: skip
    done = memo.import_(path)
    assert (done.added, done.known) == (2, 2)
    code = "\n".join(one.code for one in cells(memo))
    assert code.split("\n") == [f"x = {number}" for number in range(45)] + [f"y = {line}" for line in range(46, 80)]
    again = memo.import_(path)
    assert (again.added, again.known) == (0, 4)


def test_a_traveller_s_ids_stay(tmp_path, monkeypatch):
    import time

    path = database(tmp_path / "h", ["x = 1"])
    with fake_memo(tmp_path / "store") as memo:
        for zone, added in (("America/New_York", 1), ("Asia/Tokyo", 0)):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert memo.import_(path).added == added
        assert cells(memo)[0].created.hour == 14
    monkeypatch.undo()
    time.tzset()


def test_it_is_read_while_ipython_writes_and_holds_no_lock(memo, tmp_path):
    path = database(tmp_path / "h", *[[f"x = {number}" for number in range(900)] for _ in range(2)])
    writer = sqlite3.connect(path, timeout=0.1)
    wrote = []

    def write(done, total):
        with writer:
            writer.execute("INSERT INTO history VALUES (3, ?, 'y = 1', 'y = 1')", (len(wrote),))
        wrote.append(done)

    with closing(writer):
        assert memo.import_(path, progress=write).added >= 60
    assert len(wrote) > 50


def test_a_locked_database_is_one_line(memo, tmp_path, monkeypatch):
    monkeypatch.setattr("memo_jupyter.imports.history._PATIENCE", 0.05)
    path = database(tmp_path / "h", ["x = 1"])
    with closing(sqlite3.connect(path)) as db:
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(BadArchive, match="locked by another program"):
            memo.import_(path)


def test_the_file_is_not_written(memo, tmp_path):
    folder = tmp_path / "profile"
    folder.mkdir()
    path = database(folder / "a %20 #?.sqlite", ["x = 1"])
    before = path.read_bytes()
    path.chmod(0o400)
    folder.chmod(0o500)
    try:
        assert memo.import_(path).added == 1
        assert path.read_bytes() == before
        assert list(folder.iterdir()) == [path]
    finally:
        folder.chmod(0o700)


def test_a_wal_database_is_read(memo, tmp_path):
    path = database(tmp_path / "h", ["x = 1"])
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("INSERT INTO history VALUES (1, 2, 'y = 2', 'y = 2')")
        db.commit()
        assert memo.import_(path).added == 1
    assert cells(memo)[0].code == "x = 1\ny = 2"


BAD = {
    "something else": "CREATE TABLE moz_places (id, url);",
    "a view": TABLES.replace("CREATE TABLE history", "CREATE TABLE other")
    + "CREATE VIEW history AS SELECT session, line, source, source_raw FROM other;",
    "a virtual table": TABLES.replace("CREATE TABLE history (session integer, line integer, source text, source_raw "
    "text, PRIMARY KEY (session, line))", "CREATE VIRTUAL TABLE history USING fts5(session, line, source, source_raw)"),
    "other columns": TABLES.replace("source_raw", "source_new"),
}  # fmt: skip


@pytest.mark.parametrize("tables", BAD.values(), ids=BAD)
def test_a_database_that_is_none_is_refused(memo, tmp_path, tables):
    with closing(sqlite3.connect(tmp_path / "h")) as db, db:
        db.executescript(tables)
    with pytest.raises(BadArchive, match="a database, but not IPython's history"):
        memo.import_(tmp_path / "h")


def test_what_else_is_in_the_schema_does_nothing(memo, tmp_path):
    more = (
        "CREATE TRIGGER t AFTER UPDATE ON history BEGIN DELETE FROM sessions; END;"
        "CREATE TABLE secrets (secret); CREATE VIEW v AS SELECT load_extension('/tmp/x');"
        "CREATE INDEX i ON history (line) WHERE abs(line) > 0;"
    )
    path = database(tmp_path / "h", ["x = 1"], tables=TABLES + more)
    assert memo.import_(path).added == 1
    with History(path) as history:
        for query in (
            "SELECT secret FROM secrets",
            "SELECT * FROM v",
            "SELECT end FROM sessions",
            "SELECT load_extension('x')",
            "DELETE FROM history",
            "ATTACH 'x' AS y",
            "PRAGMA trusted_schema = ON",
        ):
            with pytest.raises(BadArchive):
                history._rows(query, ())


def test_values_of_any_type_are_passed_over(memo, tmp_path):
    path = database(tmp_path / "h", ["x = 1"])
    with closing(sqlite3.connect(path)) as db, db:
        odd = [(1, 2, 5, 6), (1, 3, b"\xff", b"\x00"), ("s", "l", "a = 1", "a = 1"), (None, None, "b = 1", "b = 1"),
               (2**62, -(2**62), "c = 1", None), (-5, 4, "d = 4", ""), (1.5, 2.5, "e = 1", "e = 1")]  # fmt: skip
        db.executemany("INSERT INTO history VALUES (?, ?, ?, ?)", odd)
        db.execute("UPDATE sessions SET start = x'ff'")
        db.execute("INSERT INTO output_history VALUES (1, 1, x'ff00')")
        db.execute("INSERT INTO history VALUES (1, 9, CAST(x'66ff3d31' AS TEXT), NULL)")
    assert memo.import_(path).added == 3
    assert sorted(one.code for one in cells(memo)) == ["c = 1", "d = 4", "x = 1\nf�=1"]


def test_every_page_may_be_damaged(tmp_path):
    path = database(tmp_path / "h", [f"x{number} = {number}" for number in range(2000)])
    data = path.read_bytes()
    refused = 0
    with fake_memo(tmp_path / "store") as memo:
        for place in range(100, len(data), 997):
            path.write_bytes(data[:place] + b"\xff" * 40 + data[place + 40 :])
            try:
                memo.import_(path)
            except MemoError as error:
                refused += 1
                assert "\n" not in str(error)
        path.write_bytes(data[: len(data) // 2])
        with pytest.raises(BadArchive, match="cannot be read"):
            memo.import_(path)
    assert refused


def test_a_hundred_thousand_lines_are_never_all_in_memory(tmp_path):
    path = tmp_path / "h"
    database(path, [f"value_{number} = compute({number}, 'some words to fill it')" for number in range(100_000)])
    tracemalloc.start()
    try:
        with History(path) as history:
            assert history.count() == 100_000
            blocks = sum(1 for _ in sessions.blocks(history, lambda _: None, lambda _: None))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert blocks == 3334
