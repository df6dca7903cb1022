"""Plain IPython in a terminal."""

import os
import sys

import pexpect
import pytest

pytestmark = pytest.mark.model

FACT = "The robust scaler beat the standard scaler on the churn data"


@pytest.fixture
def terminal(tmp_path, model_folder):
    environment = {
        **os.environ, "MEMO_HOME": str(tmp_path / "store"), "MEMO_MODELS": str(model_folder), "MEMO_MODEL": "quote",
        "IPYTHONDIR": str(tmp_path / "ipython"), "TERM": "dumb",
    }  # fmt: skip
    child = pexpect.spawn(
        sys.executable, ["-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor"],
        env=environment, encoding="utf-8", timeout=60, dimensions=(50, 160),
    )  # fmt: skip
    child.expect(r"In \[1\]: ")
    child.sendline("%load_ext memo")
    child.expect(r"In \[2\]: ")
    yield child
    child.close(force=True)


def run(child, *lines):
    for line in lines if len(lines) == 1 else [*lines, "", ""]:
        child.sendline(line)
    child.expect(r"\r\nIn \[\d+\]: ")
    return child.before


def test_remember_recall_and_ask(terminal):
    assert "Remembered as" in run(terminal, f"%memo remember {FACT}.")
    assert "meaning 0." in run(terminal, "%memo recall which scaler?")
    shown = run(terminal, "%%memo", "Which scaler was better?")
    assert f"> {FACT}. [1]" in shown
    assert "1 memory cited" in shown
    assert shown.count(FACT) == 2  # the answer once, and the memory once: no update is printed anew


def test_an_error_is_one_line(terminal):
    shown = run(terminal, "%memo recal x")
    assert "memo: There is no %memo recal. Did you mean recall?" in shown
    assert "Traceback" not in shown


def test_forgetting_by_a_filter_asks_first(terminal):
    run(terminal, "%memo remember -t work a first fact")
    for typed, told in (("n", "Nothing was forgotten."), ("y", "Forgotten for good: 1 memory.")):
        terminal.sendline("%memo forget --thread work")
        terminal.expect(r"a first fact[\s\S]*Forget 1 memory for good\? \[y/N\] ")
        assert told in run(terminal, typed)


def test_cells_are_remembered_as_they_were_shown_once_and_exit_loses_none(terminal, tmp_path, model_folder):
    from memo_jupyter import Memo

    run(terminal, "from IPython.display import Markdown, display")
    run(terminal, "display({'a': 1}); print('printed')")
    run(terminal, "6 * 7")
    run(terminal, "1 / 0")
    terminal.sendline("import time; print('begun'); time.sleep(30)")
    terminal.expect("\r\nbegun\r\n")
    terminal.sendintr()
    terminal.expect(r"KeyboardInterrupt[\s\S]*\r\nIn \[\d+\]: ")
    run(terminal, "print('the last one')")
    terminal.sendline("exit")
    terminal.expect(pexpect.EOF)
    with Memo(tmp_path / "store", models=str(model_folder)) as memo:
        kept = {record.code: record for row in memo.recent(50, kinds=["cell"]) if (record := memo.get(row.id))}
    assert kept["display({'a': 1}); print('printed')"].outputs == "{'a': 1}\nprinted"
    assert kept["6 * 7"].outputs == "42"
    assert kept["1 / 0"].outputs.count("ZeroDivisionError: division by zero") == 1
    assert kept["import time; print('begun'); time.sleep(30)"].source["error"] == "KeyboardInterrupt"
    assert kept["print('the last one')"].outputs == "the last one"
