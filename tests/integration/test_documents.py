"""Documents read with the real embedding model, in a real kernel and from a shell."""

import os
import subprocess
import sys

import document_files as files
import pytest
from kernels import Kernel

from memo_jupyter import Memo

pytestmark = pytest.mark.model

PAGES = [
    "The field season of the coastal bird survey lasted from April to August. Three volunteers counted every week.",
    "Little terns nest on bare gravel close to the tide line. Dogs are kept on a lead there from May on.",
    "Ringing cost more than planned: the rings themselves were 1,300 euros, and the boat 4,200 euros of diesel.",
    "We thank the harbour master, the school of the island and all who lent us their spades.",
]


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "survey.pdf").write_bytes(files.pdf(PAGES))
    (folder / "my notes.md").write_text("# Scaling\n\nThe robust scaler gave the better accuracy on the churn data.")
    (folder / "n.ipynb").write_bytes(files.notebook(("df.isna().sum()", files.printed("age    12\n"))))
    (folder / "sales.csv").write_text("shop,day,euros\nKiel,2024-05-01,12.5\nBremen,2024-05-02,\n")
    return folder


def test_a_question_finds_its_page(tmp_path, lab, model_folder):
    with Memo(tmp_path / "store", models=str(model_folder), learning=False) as memo:
        report = memo.read(lab)
        assert (report.read, report.added, report.waiting) == (4, 7, False)
        assert memo.stats()["waiting"] == 0
        hit = memo.recall("How much did we spend on fuel for the vessel?", k=1)[0]
        assert hit.record.source["path"] == str(lab / "survey.pdf")
        assert hit.record.source["page"] == 3
        answer = memo.ask("How much did we spend on fuel for the vessel?", model="quote")
        assert "4,200 euros" in answer.text
        assert "page 3" in answer.text
        assert (
            memo.recall("in which table is the turnover of our branches?", k=1)[0].record.source["path"].endswith("csv")
        )
        assert memo.verify() == []


def test_documents_wait_for_the_model_and_are_found_by_their_words_meanwhile(tmp_path, lab, model_folder):
    with Memo(tmp_path / "store", models=str(tmp_path / "none"), learning=False) as memo:
        assert memo.read(lab).waiting
        assert memo.read(lab).unchanged == 4
    with Memo(tmp_path / "store", models=str(model_folder), learning=False) as memo:
        hit = memo.recall("How much did we spend on fuel for the vessel?", k=1)[0]
        assert hit.record.source["page"] == 3
        assert memo.read(lab).unchanged == 4


def test_reading_in_a_notebook(tmp_path, lab, model_folder):
    with Kernel(tmp_path, MEMO_MODELS=str(model_folder), MEMO_LEARNING="0") as kernel:
        kernel.run("%load_ext memo_jupyter")
        assert kernel.complete("%memo read lab/") == [
            "lab/my\\ notes.md",
            "lab/n.ipynb",
            "lab/sales.csv",
            "lab/survey.pdf",
        ]
        assert "read" in kernel.complete("%memo re")
        shown = kernel.run("%memo read lab")
        assert "Read 4 files. 7 memories kept." in shown.text
        assert "4 unchanged. Nothing is new." in kernel.run("%memo read 'lab/my notes.md' lab/*.pdf lab").text
        found = kernel.run("%memo recall --kind document what did the diesel cost?").text
        assert "lab/survey.pdf, page 3" in found
        shown = kernel.run("%memo read nowhere.md")
        assert "nowhere.md: there is no such file or folder." in shown.text
        assert "PATH…" in kernel.run("%memo help read").text
        kernel.run("%memo forget --yes --source lab/survey.pdf")
        assert "survey.pdf" not in kernel.run("%memo list").text
        kernel.run(
            "import os, signal, threading\n"
            "for n in range(60): open(f'lab/{n}.txt', 'w').write(f'File {n}. ' + 'There are words on it. ' * 400)"
        )
        shown = kernel.run(
            "threading.Timer(4, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
            "get_ipython().run_line_magic('memo', 'read lab')"
        )
        assert "files are read; the same line again goes on." in shown.text + shown.traceback
        assert "KeyboardInterrupt" not in shown.text + shown.traceback


def test_reading_in_a_shell(tmp_path, lab, model_folder):
    def say(*words):
        environment = {**os.environ, "MEMO_HOME": str(tmp_path / "store"), "MEMO_MODELS": str(model_folder)}
        command = [sys.executable, "-m", "memo_jupyter.cli", *words]
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)

    done = say("read", "lab/my notes.md", "lab/survey.pdf")
    assert done.stdout == "Read 2 files. 5 memories kept.\n"
    assert done.returncode == 0
    assert "What is to be read? Name files or folders: jupyter memo read" in say("read").stderr
