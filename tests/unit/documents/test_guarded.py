"""Files that mean harm, or are no files at all: each costs one line and a bounded time, and the next is read."""

import os
import socket
import time

import document_files as files
import pytest

from memo_jupyter.documents.guarded import Readers
from memo_jupyter.documents.part import MB, MOST_BYTES, Unreadable


@pytest.fixture(scope="module")
def readers():
    with Readers() as made:
        yield made


@pytest.fixture
def after(readers, tmp_path):
    """Whatever a file was, the one after it is read."""
    yield
    (tmp_path / "after.txt").write_text("still here")
    assert [part.text for part in readers.read(str(tmp_path / "after.txt"))[0]] == ["still here"]


def why(readers, path, data=None):
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(Unreadable) as raised:
        readers.read(str(path))
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.usefixtures("after")
def test_a_pdf_bomb_is_not_unpacked(readers, tmp_path):
    began = time.monotonic()
    why(readers, tmp_path / "a.pdf", files.pdf_bomb())
    assert time.monotonic() - began < 30


@pytest.mark.usefixtures("after")
def test_a_zip_bomb_is_not_unpacked(readers, tmp_path):
    assert why(readers, tmp_path / "a.docx", files.docx_bomb()) == "it unpacks to more than 100 MB"


@pytest.mark.usefixtures("after")
def test_entities_do_not_multiply(readers, tmp_path):
    assert "declares entities" in why(readers, tmp_path / "a.docx", files.billion_laughs())


@pytest.mark.usefixtures("after")
def test_a_million_tags_within_one_another_are_a_page_like_any(readers, tmp_path):
    page = tmp_path / "a.html"
    page.write_text("<div>" * 1_000_000 + "<p>deep down" + "</div>" * 1_000_000)
    assert [part.text for part in readers.read(str(page))[0]] == ["deep down"]


@pytest.mark.usefixtures("after")
def test_an_encrypted_pdf_file_says_so(readers, tmp_path):
    told = why(readers, tmp_path / "a.pdf", files.pdf(["secret"], password="open sesame"))
    assert told in ("it has a password", "it is encrypted")


@pytest.mark.usefixtures("after")
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_pdf_file_that_was_cut_off_is_damaged_or_read_in_part(readers, tmp_path, share):
    whole = files.pdf(["one", "two"])
    (tmp_path / "a.pdf").write_bytes(whole[: int(len(whole) * share)])
    try:
        parts, _ = readers.read(str(tmp_path / "a.pdf"))
    except Unreadable as error:
        assert "\n" not in str(error)
    else:
        assert {part.text for part in parts} <= {"one", "two"}


@pytest.mark.usefixtures("after")
def test_what_is_no_file_is_not_waited_for(readers, tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    assert why(readers, tmp_path / "pipe.txt") == "it is not a file"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "socket.txt"))
        assert "cannot be read" in why(readers, tmp_path / "socket.txt")
    (tmp_path / "device.txt").symlink_to("/dev/zero")
    assert why(readers, tmp_path / "device.txt") == "it is not a file"
    (tmp_path / "circle.txt").symlink_to(tmp_path / "circle.txt")
    assert "cannot be read" in why(readers, tmp_path / "circle.txt")
    assert "cannot be read" in why(readers, tmp_path)
    assert "cannot be read" in why(readers, tmp_path / "nowhere.txt")


@pytest.mark.usefixtures("after")
def test_a_vast_file_is_not_read(readers, tmp_path):
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(2_000 * MB)
    began = time.monotonic()
    assert why(readers, tmp_path / "a.txt") == f"it has 2,000 MB, and may have {MOST_BYTES // MB}"
    assert time.monotonic() - began < 2


@pytest.mark.usefixtures("after")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read anything")
def test_a_file_without_rights_is_said_to_be_one(readers, tmp_path):
    (tmp_path / "a.txt").write_text("mine")
    (tmp_path / "a.txt").chmod(0)
    assert why(readers, tmp_path / "a.txt") == "it cannot be read (Permission denied)"


def test_a_reader_that_hangs_is_given_up_and_the_next_file_read(tmp_path):
    os.mkfifo(tmp_path / "never")
    (tmp_path / "a.txt").write_text("a")
    with Readers(silent=1) as readers:
        readers.read(str(tmp_path / "a.txt"))
        os.kill(readers._process.pid, 19)  # it stops, as one in an endless loop would
        began = time.monotonic()
        assert why(readers, tmp_path / "a.txt") == "it took too long, and was given up"
        assert time.monotonic() - began < 5
        assert readers.read(str(tmp_path / "a.txt"))[0][0].text == "a"


def test_a_reader_that_crashes_costs_that_file_alone(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    with Readers() as readers:
        readers.read(str(tmp_path / "a.txt"))
        process = readers._process
        process.kill()
        process.wait()
        assert readers.read(str(tmp_path / "a.txt"))[0][0].text == "a"


def test_nothing_beside_the_notebook_is_imported_by_the_reader(tmp_path, monkeypatch):
    (tmp_path / "csv.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    with Readers() as readers:
        assert readers.read(str(tmp_path / "a.csv"))[0]
    assert not (tmp_path / "ran").exists()


def test_without_the_extra_a_pdf_file_names_it_and_the_rest_is_read(tmp_path, monkeypatch):
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "pypdf.py").write_text("raise ImportError('not installed')")
    monkeypatch.syspath_prepend(str(tmp_path / "without"))
    (tmp_path / "a.txt").write_text("a")
    with Readers() as readers:
        told = why(readers, tmp_path / "a.pdf", files.pdf(["a"]))
        assert told.endswith("pip install 'memo-jupyter[documents]'")
        assert readers.read(str(tmp_path / "a.txt"))[0][0].text == "a"


def test_no_process_is_left_behind(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    with Readers() as readers:
        readers.read(str(tmp_path / "a.txt"))
        process = readers._process
    assert process.poll() is not None
