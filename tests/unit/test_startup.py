"""The file that loads memo in every notebook."""

import pytest

from memo_jupyter.errors import BadInput
from memo_jupyter.startup import disable, enable


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    return tmp_path / "profile_default/startup/50-memo.py"


def test_a_file_that_is_not_utf_8_is_anothers_and_stays(file):
    file.parent.mkdir(parents=True)
    file.write_bytes("# Schöne Grüße\n".encode("latin-1"))
    with pytest.raises(BadInput, match="memo did not write it"):
        enable("default")
    assert disable("default") is False
    assert file.read_bytes() == "# Schöne Grüße\n".encode("latin-1")


def test_our_file_with_something_added_that_is_not_utf_8_is_removed(file):
    enable("default")
    file.write_bytes(file.read_bytes() + b"# \xfc\n")
    assert disable("default") is True
    assert not file.exists()


def test_a_folder_in_its_place_is_one_line(file):
    file.mkdir(parents=True)
    with pytest.raises(BadInput, match="cannot be read"):
        enable("default")
