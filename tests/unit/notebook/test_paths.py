"""The paths that Tab offers."""

import pytest

from memo_jupyter.notebook.paths import completed


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    for name in ("notes.md", "picture.png", "my notes/a b.md", ".hidden.md", "deep/c.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("typed", "token", "offered"),
    [
        ("", "", ["deep/", "my\\ notes/", "notes.md"]),
        ("n", "n", ["notes.md"]),
        (".h", ".h", [".hidden.md"]),
        ("deep/", "deep/", ["deep/c.md"]),
        ("~/dee", "~/dee", ["~/deep/"]),
        ("my\\ notes/a", "notes/a", ["notes/a\\ b.md"]),
        ('"my notes/a', "notes/a", ["notes/a b.md"]),
        ('"my notes/a b.md" n', "n", ["notes.md"]),
        ("nowhere/x", "nowhere/x", []),
        ("\0", "\0", []),
    ],
)
def test_paths_are_completed_as_they_may_be_typed(typed, token, offered):
    assert completed(f"%memo read {typed}", token) == offered
