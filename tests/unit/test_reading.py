"""Files into memories: what is new is kept, what is gone is forgotten, and what is unchanged costs nothing."""

import os
import shutil
import sys
from pathlib import Path

import document_files as files
import pytest

from memo_jupyter.errors import BadInput, StoreError, StoreUnwritable
from memo_jupyter.records.locks import held_if_free
from memo_jupyter.testing import HashEmbedder, fake_memo


class Counting(HashEmbedder):
    """Counts the texts that it embeds."""

    def __init__(self):
        super().__init__()
        self.texts = []

    def embed(self, texts):
        self.texts += texts
        return super().embed(texts)


def section(number, words="Words on it."):
    return f"# Part {number}\n\n{words} {f'Of {number} there is much to tell. ' * 70}\n\n"


def document(*numbers):
    return "".join(map(section, numbers))


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "long.md").write_text(document(*range(6)))
    (folder / "short.txt").write_text("Terns breed in May.")
    (folder / "birds.pdf").write_bytes(files.pdf(["One tern.", "Two gulls.", "Three cormorants."]))
    return folder


@pytest.fixture
def embedder():
    return Counting()


@pytest.fixture
def memo(tmp_path, embedder):
    with fake_memo(tmp_path / "store", embedder=embedder, learning=False) as opened:
        yield opened


def kept(memo, path=""):
    """What is remembered of files: by path, the place and text of each part, in order."""
    records = [memo.get(row.id) for row in memo.recent(10_000, kinds=["document"])]
    plain = [
        (record.source["path"], record.source.get("part", 1), {**record.source, "digest": "", "parts": ""}, record.text)
        for record in records
        if record.source["path"].endswith(path)
    ]
    return sorted(plain, key=lambda one: one[:2])


def ids(memo, path=""):
    rows = memo.recent(10_000, kinds=["document"])
    return {row.id for row in rows if str(row.source["path"]).endswith(path)}


def test_files_become_memories_that_are_embedded_and_found_at_once(memo, lab):
    report = memo.read(lab)
    assert (report.read, report.added, report.problems, report.waiting) == (3, 10, (), False)
    hit = memo.recall("cormorants", k=1, kinds=["document"])[0]
    assert hit.record.source["path"] == str(lab / "birds.pdf")
    assert hit.record.source["page"] == 3
    assert all(memo.get(one).vectors for one in ids(memo))
    assert memo.stats()["waiting"] == 0
    assert memo.verify() == []


def test_what_is_unchanged_is_not_read_again(memo, lab, embedder):
    memo.read(lab)
    before = ids(memo)
    embedder.texts.clear()
    os.utime(lab / "long.md")
    report = memo.read(lab)
    assert (report.read, report.unchanged, report.added, report.forgotten) == (0, 3, 0, 0)
    assert ids(memo) == before
    assert embedder.texts == []


def test_only_the_parts_that_changed_are_replaced(memo, lab, embedder):
    memo.read(lab)
    before = ids(memo, "long.md")
    embedder.texts.clear()
    (lab / "long.md").write_text(document(0, 1) + section(2, "Something else.") + document(3, 4, 5))
    report = memo.read(lab)
    assert (report.read, report.unchanged) == (1, 2)
    after = ids(memo, "long.md")
    assert len(after & before) == 4  # all but the one that changed, and the last, which bears the file's checksum
    assert all("Something else." in text for text in embedder.texts if text.startswith("# "))
    assert len([one for one in kept(memo, "long.md") if "Something else." in one[3]]) == 1
    assert memo.read(lab).unchanged == 3
    assert memo.verify() == []


@pytest.mark.parametrize(
    "numbers",
    [(9, 0, 1, 2, 3, 4, 5), (0, 1, 2), (5, 4, 3, 2, 1, 0), (0, 0, 0), (7, 8), (1, 2, 3, 4, 5), (0, 1, 2, 3, 4, 5, 0)],
)
def test_whatever_changed_the_result_is_that_of_a_clean_read(memo, lab, embedder, tmp_path, numbers):
    memo.read(lab)
    embedder.texts.clear()
    (lab / "long.md").write_text(document(*numbers))
    memo.read(lab)
    embedded = set(embedder.texts)
    assert not [text for text in embedded for old in range(6) if text.startswith(f"# Part {old}\n")]  # none again
    with fake_memo(tmp_path / "clean", learning=False) as clean:
        clean.read(lab)
        assert kept(memo) == kept(clean)
    assert memo.read(lab).unchanged == 3
    assert memo.stats()["waiting"] == 0
    assert memo.verify() == []


def test_a_file_that_is_gone_from_a_folder_is_forgotten(memo, lab):
    (lab / "deep").mkdir()
    (lab / "deep" / "more.txt").write_text("More on zanzibars.")
    memo.read(lab)
    shutil.rmtree(lab / "deep")
    (lab / "short.txt").rename(lab / "other.txt")
    report = memo.read(lab)
    assert (report.read, report.removed, report.forgotten) == (1, 2, 2)
    assert {Path(one[0]).name for one in kept(memo)} == {"long.md", "birds.pdf", "other.txt"}
    assert not any(b"zanzibars" in path.read_bytes() for path in memo._open().store.folder.rglob("*") if path.is_file())


def test_only_below_a_folder_that_is_there_something_is_gone(memo, lab, tmp_path):
    beside = tmp_path / "lab2"
    beside.mkdir()
    (beside / "x.txt").write_text("beside")
    memo.read([lab, beside])
    (beside / "x.txt").unlink()
    memo.read(lab)
    assert len(kept(memo, "x.txt")) == 1
    shutil.rmtree(lab)
    report = memo.read(lab)
    assert report.problems == (f"{lab}: there is no such file or folder.",)
    assert len(kept(memo)) == 11


def test_a_file_that_can_no_longer_be_read_keeps_its_memories(memo, lab):
    memo.read(lab)
    (lab / "birds.pdf").write_bytes(b"%PDF-1.4 nonsense")
    report = memo.read(lab)
    assert len(report.problems) == 1
    assert report.problems[0].startswith(f"{lab / 'birds.pdf'}: ")
    assert len(kept(memo, "birds.pdf")) == 3


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS refuses such a name")
def test_a_file_whose_name_is_no_text_is_read_and_known_again(memo, lab):
    name = os.fsencode(lab / "bird") + b"\xff.txt"
    Path(os.fsdecode(name)).write_text("Skuas.")
    assert memo.read(lab).read == 4
    again = memo.read(lab)
    assert (again.unchanged, again.removed) == (4, 0)
    Path(os.fsdecode(name)).unlink()
    assert memo.read(lab).removed == 1


def test_a_file_that_is_emptied_is_forgotten(memo, lab):
    memo.read(lab)
    (lab / "short.txt").write_text("")
    report = memo.read(lab)
    assert (report.empty, report.forgotten) == (1, 1)
    assert kept(memo, "short.txt") == []


def test_a_part_that_was_forgotten_comes_back_when_the_file_is_read_again(memo, lab):
    memo.read(lab)
    memo.forget(memo.recall("gulls", k=1, kinds=["document"])[0].record.id)
    assert memo.read(lab).added == 1
    assert len(kept(memo, "birds.pdf")) == 3


def test_notes_that_name_a_file_are_not_touched_by_reading_it(memo, lab):
    memo.remember("my own words", source={"path": str(lab / "short.txt")})
    memo.remember("by hand", kind="document", source={"path": str(lab / "short.txt")})
    memo.read(lab)
    (lab / "short.txt").unlink()
    memo.read(lab)
    assert {row.opening for row in memo.recent(source=str(lab / "short.txt"))} == {"my own words", "by hand"}


def test_every_text_is_cleaned_before_it_is_kept(tmp_path, lab):
    (lab / "n.ipynb").write_bytes(files.notebook("# the secret", ("key = 'secret'", files.printed("secret\n"))))
    (lab / "s.md").write_text(f"# A secret\n\n{'Words. ' * 400}\n\n# B\n\nmore")
    (lab / "p.py").write_text("password = 'secret'\n")
    with fake_memo(tmp_path / "store", learning=False) as memo:
        memo._clean = lambda text: text.replace("secret", "[removed]")
        memo.read(lab)
        assert len(ids(memo)) == 15
        for record in map(memo.get, ids(memo)):
            assert "secret" not in repr(record)
            assert not record.code or record.text.startswith(record.code)
        assert memo.read(lab).unchanged == 6
    store = tmp_path / "store"
    assert not any(b"secret" in path.read_bytes() for path in store.rglob("*") if path.is_file())


def test_a_notebooks_cells_have_the_form_of_remembered_ones(memo, lab):
    (lab / "n.ipynb").write_bytes(files.notebook(("1 / 0", files.raised("ZeroDivisionError", "by zero"))))
    memo.read(lab / "n.ipynb")
    (record,) = map(memo.get, ids(memo))
    assert (record.code, record.outputs, record.tags) == ("1 / 0", "ZeroDivisionError: by zero", ("error",))
    assert record.text == "1 / 0\n\nZeroDivisionError: by zero"
    assert record.source["cell"] == 1


def test_the_time_of_a_memory_is_when_its_file_was_changed(memo, lab):
    os.utime(lab / "short.txt", (1_000_000_000, 1_000_000_000))
    os.utime(lab / "long.md", (-5, -5))
    os.utime(lab / "birds.pdf", (9_999_999_999, 9_999_999_999))
    memo.read(lab)
    years = {Path(str(row.source["path"])).name: row.created.year for row in memo.recent(100)}
    assert years["short.txt"] == 2001
    assert years["long.md"] == 1970
    assert 2001 < years["birds.pdf"] < 2200


@pytest.mark.parametrize("step", range(5))
def test_an_interrupt_between_any_two_steps_is_gone_on_with(memo, lab, tmp_path, monkeypatch, step):
    memo.read(lab)
    (lab / "long.md").write_text(document(9, 0, 1, 8, 3, 4, 5))
    (lab / "short.txt").unlink()
    parts = memo._open()
    steps = []

    def counted(work):
        def interrupted(*given):
            if len(steps) == step:
                raise KeyboardInterrupt
            steps.append(work)
            return work(*given)

        return interrupted

    with monkeypatch.context() as patched:
        patched.setattr(parts.store, "write_many", counted(parts.store.write_many))
        patched.setattr(parts, "forget", counted(parts.forget))
        with pytest.raises(KeyboardInterrupt):
            memo.read(lab)
    texts = {one[3] for one in kept(memo)}
    assert all(any(text.startswith(f"# Part {old}\n") for text in texts) for old in range(6))  # nothing is lost
    memo.read(lab)
    with fake_memo(tmp_path / "clean", learning=False) as clean:
        clean.read(lab)
        assert kept(memo) == kept(clean)
    assert memo.read(lab).unchanged == 2


def test_a_long_text_becomes_many_memories_and_progress_is_told(memo, tmp_path):
    (tmp_path / "long.txt").write_text("\n\n".join(f"Paragraph {number}. " + "words " * 50 for number in range(1000)))
    told = []
    report = memo.read(tmp_path / "long.txt", progress=lambda done, total: told.append((done, total)))
    assert report.added > 15
    assert told == sorted(told)
    assert len(told) > 3
    assert told[-1] == (1, 1)


def test_two_readers_of_one_store_do_not_meddle(memo, lab):
    memo.read(lab / "short.txt")
    with held_if_free(memo._open().store.folder / "reading.lock") as mine:
        assert mine
        with pytest.raises(StoreError, match="Another process is reading"):
            memo.read(lab)


@pytest.mark.parametrize("paths", [[], "", "  ", 3, [3], None, b"x", ["a", None]])
def test_what_is_no_path_is_refused_in_one_line(memo, paths):
    with pytest.raises(BadInput):
        memo.read(paths)


def test_a_damaged_index_cannot_have_another_memory_forgotten(memo, lab):
    memo.read(lab)
    note = memo.remember("keep me")
    parts = memo._open()
    with parts.index.catalog.transaction(write=True) as db:
        source = db.execute("SELECT source FROM records WHERE kind = 'document' LIMIT 1").fetchone()[0]
        db.execute("UPDATE records SET kind = 'document', source = ? WHERE id = ?", (source, note.id))
    for path in list(lab.iterdir()):
        path.unlink()
    memo.read(lab)
    assert memo.get(note.id).text == "keep me"


def test_a_store_that_cannot_be_written_says_so(memo, lab, monkeypatch):
    def full(files, arriving):
        raise StoreUnwritable("The disk is full.")

    monkeypatch.setattr(memo._open().store.disk, "write_all_atomically", full)
    with pytest.raises(StoreUnwritable):
        memo.read(lab)
