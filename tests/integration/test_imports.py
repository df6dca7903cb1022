"""What other programs kept is imported, and found by the real embedding model, in a real notebook and a real shell."""

import os
import sys
from pathlib import Path

import pexpect
import pytest
from exports import STEPS, TERMINAL, chatgpt, chatgpt_message, claude, jupyter_chat, put, zipped
from kernels import Kernel

from memo_jupyter import Memo

pytestmark = pytest.mark.model


def conversation(title, key, question, answer):
    messages = [
        chatgpt_message("user", question, STEPS, f"{key}-q"),
        chatgpt_message("assistant", answer, STEPS + 5, f"{key}-a", model="gpt-4o"),
    ]
    return chatgpt(title, key, messages)


@pytest.fixture
def export(tmp_path):
    told = [
        conversation("Bread", "c1", "How long does sourdough rise?", "Overnight in the fridge, twelve hours or so."),
        conversation("Taxes", "c2", "When is the tax return due?", "At the end of July."),
        conversation("Regression", "c3", "My residuals fan out. What now?", "Take the logarithm of the target."),
    ]
    return zipped(tmp_path / "chatgpt.zip", **{"conversations.json": told})


def test_what_chatgpt_said_is_found_and_its_conversations_are_listed(tmp_path, model_folder, export):
    put(tmp_path / "Parquet.chat", jupyter_chat())
    put(tmp_path / "conversations.json", [claude()])
    with Kernel(tmp_path, MEMO_MODELS=str(model_folder)) as kernel:
        kernel.run("%load_ext memo")
        shown = kernel.run(f"%memo import {export}").text
        assert (
            "Recognised conversations of ChatGPT. Added 3 memories, in 3 conversations; 0 were there already." in shown
        )
        assert (
            "Added 0 memories, in 3 conversations; 3 were there already." in kernel.run("%memo import chatgpt.zip").text
        )
        assert "Added 1 memory, in 1 conversation" in kernel.run("%memo import Parquet.chat").text
        assert "Added 1 memory, in 1 conversation" in kernel.run("%memo import conversations.json").text
        listed = kernel.run("%memo threads").text
        assert all(title in listed for title in ("Bread", "Taxes", "Regression", "Parquet", "Trains"))
        first = kernel.run("%memo recall -k 1 what did ChatGPT say about heteroscedasticity?").text
        assert "logarithm of the target" in first
        said = kernel.run("%%memo\nWhat did ChatGPT say about how long the dough rises?").markdown[-1]
        assert "twelve hours" in said
        (tmp_path / "notes.txt").write_text("hello")
        assert "memo takes its own archives" in kernel.run("%memo import notes.txt").traceback


def ipython(folder, *lines):
    """Run a real IPython in a terminal that logs its outputs, as a user would have for years."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "IPython", *TERMINAL, "--HistoryManager.db_log_output=True", "--HistoryManager.db_cache_size=0"],
        env={**os.environ, "IPYTHONDIR": str(folder / "ipython"), "TERM": "dumb"},
        encoding="utf-8", timeout=60, dimensions=(50, 160),
    )  # fmt: skip
    child.expect(r"In \[1\]: ")
    for line in lines:
        child.sendline(line)
        child.expect(r"\r\nIn \[\d+\]: ")
    return child


def test_the_history_of_a_real_ipython_is_imported_while_it_runs_and_after(tmp_path, model_folder):
    child = ipython(tmp_path, "rates = {'CHF': 0.97, 'USD': 1.09}", "rates['USD'] * 200", "ls", "rates")
    path = tmp_path / "ipython/profile_default/history.sqlite"
    with Memo(tmp_path / "store", models=str(model_folder)) as memo:
        assert memo.import_(path).added == 1
        child.sendline("budget = sum(rates.values())")
        child.expect(r"\r\nIn \[\d+\]: ")
        child.sendline("exit")
        child.expect(pexpect.EOF)
        child.close()
        done = memo.import_(path)
        assert (done.added, done.known, done.conversations) == (1, 1, 1)
        (hit,) = memo.recall("conversion of dollars", k=1)
        assert hit.record.code == "rates = {'CHF': 0.97, 'USD': 1.09}\nrates['USD'] * 200"
        assert hit.record.outputs.startswith("218.0")
        assert memo.verify() == []


def test_import_ipython_finds_the_profile_in_a_shell_and_in_a_kernel(tmp_path, model_folder):
    import subprocess

    child = ipython(tmp_path, "temperature = [21.5, 22.0]", "exit_code = max(temperature)")
    child.sendline("exit")
    child.expect(pexpect.EOF)
    child.close()
    environment = {
        **os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "MEMO_HOME": str(tmp_path / "store"),
        "MEMO_MODELS": str(model_folder),
    }  # fmt: skip
    shell = [str(Path(sys.executable).parent / "jupyter-memo"), "import", "ipython"]
    done = subprocess.run(shell, env=environment, capture_output=True, text=True, check=True, timeout=120)
    assert " ".join(done.stdout.split()).endswith("Added 1 memory, in 1 session; 0 were there already.")
    with Kernel(tmp_path, MEMO_MODELS=str(model_folder)) as kernel:
        kernel.run("%load_ext memo")
        assert "1 was there already" in kernel.run("%memo import ipython").text
        assert "temperature" in kernel.run("%memo recall how warm was it").text
