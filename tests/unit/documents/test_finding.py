"""Which files are meant."""

import os

import pytest

from memo_jupyter.documents.finding import find, paths_in


@pytest.fixture
def here(tmp_path, monkeypatch):
    for name in (
        "a.md", "b.txt", "c.png", "my notes/d e.md", "deep/er/f.py", "deep/g.ipynb", ".git/h.md", ".hidden.md",
        "node_modules/i.md", ".venv/j.py", "own env/pyvenv.cfg", "own env/k.py", "__pycache__/l.py",
        ".ipynb_checkpoints/m.ipynb", "lab/.memo/n.md", "other/store.json", "other/records/o.md", "p.log", "it's.md",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def found(here, *paths, without=()):
    listed = find(paths, without)
    return [os.path.relpath(path, here) for path in listed.files], listed.problems


def test_a_folder_is_read_without_what_is_hidden_and_what_tools_keep(here):
    names, problems = found(here, str(here))
    assert names == ["a.md", "b.txt", "it's.md", "deep/g.ipynb", "deep/er/f.py", "my notes/d e.md"]
    assert problems == []


def test_a_file_that_is_named_is_read_whatever_it_is(here):
    assert found(here, ".hidden.md", ".git/h.md", "c.png")[0] == [".hidden.md", ".git/h.md", "c.png"]


def test_the_store_itself_is_not_read(here):
    (here / "deep/mine").mkdir()
    (here / "deep/mine/x.md").write_text("x")
    assert "deep/mine/x.md" not in found(here, "deep", without=[str(here / "deep/mine")])[0]
    names, problems = found(here, "deep/mine", without=[str(here / "deep/mine")])
    assert (names, problems) == ([], ["deep/mine is memo's own store."])


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.md", ["a.md", "it's.md"]),
        ("*", ["a.md", "b.txt", "it's.md"]),
        ("*.log", ["p.log"]),
        ("**/*.md", ["a.md", "it's.md", "my notes/d e.md"]),
        ("deep/**", ["deep/g.ipynb", "deep/er/f.py"]),
        ("**/er/*", ["deep/er/f.py"]),
        ("~/a.*", ["a.md"]),
        ("my notes/*.md", ["my notes/d e.md"]),
        ("deep\\*.ipynb", ["deep/g.ipynb"]),
        ("my notes\\d e.md", ["my notes/d e.md"]),
        ("[ab].*", ["a.md", "b.txt"]),
    ],
)
def test_patterns(here, pattern, names):
    assert found(here, pattern) == (names, [])


@pytest.mark.parametrize("path", ["nothing.md", "*.zip", "~nobody/x", "a\0b", "nowhere/**/*.md"])
def test_what_is_nothing_is_one_line(here, path):
    names, problems = found(here, path)
    assert names == []
    assert len(problems) == 1


def test_links_in_circles_end(here):
    for name in ("one", "two"):
        (here / "deep" / name).symlink_to(here / "deep")
    assert found(here, "deep")[0] == ["deep/g.ipynb", "deep/er/f.py"]
    assert found(here, "deep/**/*.py")[0] == ["deep/er/f.py"]


def test_each_file_is_read_once(here):
    (here / "z.md").symlink_to(here / "a.md")
    assert found(here, "a.md", "./a.md", "a*", "z.md")[0] == ["a.md"]


@pytest.mark.parametrize(
    ("line", "paths"),
    [
        ("a.md b.txt", ["a.md", "b.txt"]),
        ("my notes", ["my notes"]),
        ("my notes/*.md", ["my notes/*.md"]),
        ('"my notes/d e.md" a.md', ["my notes/d e.md", "a.md"]),
        ("'a b' c", ["a b", "c"]),
        ("my\\ notes/d\\ e.md a.md", ["my notes/d e.md", "a.md"]),
        ("it's.md", ["it's.md"]),
        ("it\\'s.md b.txt", ["it's.md", "b.txt"]),
        ("C:\\data\\x.md b.txt", ["C:\\data\\x.md", "b.txt"]),
        ("", []),
        ("   ", []),
    ],
)
def test_a_line_of_paths(here, line, paths):
    assert list(paths_in(line)) == paths
