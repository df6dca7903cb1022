"""What `%memo read` shows."""

import document_files as files
import pytest

from memo_jupyter.command import Call
from memo_jupyter.commands import find
from memo_jupyter.errors import BadInput, Stopped
from memo_jupyter.testing import fake_memo


class Face:
    prefix = "%memo"

    def __init__(self, interrupt_at=None):
        self.told = []
        self.interrupt_at = interrupt_at

    def progress(self, step, fraction):
        self.told.append((step, fraction))
        if self.interrupt_at is not None and self.interrupt_at <= fraction < 1:
            raise KeyboardInterrupt

    def doing(self):
        return None


@pytest.fixture
def memo(tmp_path, monkeypatch):
    (tmp_path / "lab").mkdir()
    monkeypatch.chdir(tmp_path)
    with fake_memo(tmp_path / "store", learning=False) as opened:
        yield opened


def say(memo, line, face=None, word="read", words=(), **given):
    page = find(word, "%memo").run(memo, Call(given, line, face or Face(), words))
    return page.text(width=200)


def test_a_read_is_summed_up_in_a_line(memo, tmp_path):
    (tmp_path / "lab/a.md").write_text("Terns.")
    (tmp_path / "lab/b c.txt").write_text("Gulls.")
    face = Face()
    assert say(memo, "lab", face) == "Read 2 files. 2 memories kept."
    assert face.told[-1] == ("reading, 2 of 2 files done", 1.0)
    assert say(memo, "lab") == "2 unchanged. Nothing is new."
    (tmp_path / "lab/a.md").write_text("Cormorants.")
    (tmp_path / "lab/b c.txt").unlink()
    told = "Read 1 file; 1 gone, and forgotten. 1 memory kept, 2 memories forgotten for good."
    assert say(memo, "lab") == told


def test_problems_are_a_line_each_and_ten_at_the_most(memo, tmp_path):
    for number in range(41):
        (tmp_path / f"lab/{number:02}.pdf").write_text("no pdf")
    shown = say(memo, "lab").splitlines()
    assert shown[0] == "Read 0 files; 41 not read. Nothing is new."
    assert shown[1] == f"{tmp_path / 'lab/00.pdf'}: it is not a PDF file, whatever its name says."
    assert len(shown) == 12
    assert shown[-1] == "… and 31 more."


def test_a_file_that_was_read_can_be_forgotten_by_its_path(memo, tmp_path):
    (tmp_path / "lab/a.pdf").write_bytes(files.pdf(["Terns.", "Gulls."]))
    (tmp_path / "lab/b.md").write_text("Cormorants.")
    say(memo, "lab")
    flags = dict.fromkeys(("query", "thread", "kinds", "tags", "since", "before")) | {"dry_run": False, "yes": True}
    for source, number in ((str(tmp_path / "lab/a.pdf"), "2 memories"), ("b.md", "1 memory")):
        assert say(memo, "", word="forget", source=source, **flags) == f"Forgotten for good: {number}."
    assert memo.recent() == []
    assert say(memo, "lab") == "Read 2 files. 3 memories kept."


def test_hits_show_path_and_page(memo, tmp_path):
    (tmp_path / "lab/a.pdf").write_bytes(files.pdf(["Terns.", "Gulls."]))
    (tmp_path / "lab/b.md").write_text("# Diving\n\nCormorants.")
    (tmp_path / "lab/c.ipynb").write_bytes(files.notebook("Skuas."))
    say(memo, "lab")
    given = {"k": 5, "kinds": "document", "context": False}
    shown = say(memo, "gulls cormorants skuas", word="recall", **given)
    assert "document, lab/a.pdf, page 2" in shown
    assert "document, lab/b.md, Diving" in shown
    assert "document, lab/c.ipynb, cell 1" in shown
    assert f"{tmp_path / 'lab/a.pdf'}, page 2" in memo.prepare("gulls").messages[-1].content


def test_an_interrupt_is_one_calm_line_and_the_same_line_goes_on(memo, tmp_path):
    for number in range(40):
        (tmp_path / f"lab/{number:02}.txt").write_text("word " * 2000)
    with pytest.raises(Stopped, match=r"^Stopped\. \d+ of 40 files are read; the same line again goes on\.$") as raised:
        say(memo, "lab", Face(interrupt_at=0.3))
    done = int(str(raised.value).split()[1])
    assert 10 < done < 30
    assert f"{done} unchanged" in say(memo, "lab")
    assert len(memo.recent(100)) == 40


def test_a_shells_words_are_paths_as_they_are(memo, tmp_path):
    (tmp_path / "lab/a b.md").write_text("Terns.")
    (tmp_path / "lab/c.md").write_text("Gulls.")
    assert say(memo, "lab/a b.md lab/c.md", words=["lab/a b.md", "lab/c.md"]) == "Read 2 files. 2 memories kept."


@pytest.mark.parametrize("line", ["", "   "])
def test_nothing_to_read_says_what_to_write(memo, line):
    with pytest.raises(BadInput, match="What is to be read"):
        say(memo, line)


def test_nothing_that_fits_is_one_line(memo):
    assert say(memo, "none/*.md") == "Read 0 files; 1 not read. Nothing is new.\nnone/*.md: nothing fits that."
