"""What is told of a cell besides: the commit, the packages, small pictures."""

import base64
import io
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from memo_jupyter.cells.commit import commit_of
from memo_jupyter.cells.packages import packages_of
from memo_jupyter.cells.thumbnails import thumbnail


def git(folder, *words):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C", str(folder), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed: apt-get install git")
def test_the_commit_of_a_repository_a_branch_a_worktree_and_packed_refs(tmp_path):
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q")
    assert commit_of(str(folder)) == ""
    git(folder, "commit", "-q", "--allow-empty", "-m", "one")
    (folder / "sub").mkdir()
    head = git(folder, "rev-parse", "HEAD")[:12]
    assert commit_of(str(folder / "sub")) == head
    git(folder, "worktree", "add", "-q", str(tmp_path / "tree"), "-b", "side")
    git(tmp_path / "tree", "commit", "-q", "--allow-empty", "-m", "two")
    assert commit_of(str(tmp_path / "tree")) == git(tmp_path / "tree", "rev-parse", "HEAD")[:12] != head
    git(folder, "pack-refs", "--all")
    assert commit_of(str(folder)) == head
    git(folder, "checkout", "-q", "--detach")
    assert commit_of(str(folder)) == head


def test_no_repository_and_a_damaged_one_have_no_commit(tmp_path):
    assert commit_of(str(tmp_path)) == ""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_bytes(b"ref: ../../../etc/passwd\n\xff")
    assert commit_of(str(tmp_path)) == ""
    assert commit_of("") == ""
    assert commit_of(str(tmp_path / "gone")) == ""


def test_the_packages_that_a_cell_imports_have_their_versions():
    assert packages_of("import os, numpy as np\nfrom numpy.linalg import norm") == f"numpy {np.__version__}"
    assert packages_of("%matplotlib inline\nimport numpy") == f"numpy {np.__version__}"
    assert packages_of("import no_such_package") == "no_such_package"
    assert packages_of("from . import mine\nx = 'import numpy'") == ""
    assert packages_of("import (") == ""


def picture(side, kind="PNG", *, noise=False):
    made = Image.effect_noise((side, side), 100) if noise else Image.new("RGB", (side, side // 2), "white")
    buffer = io.BytesIO()
    made.save(buffer, kind)
    return buffer.getvalue()


def test_a_picture_is_made_small():
    made = thumbnail(base64.b64encode(picture(800)).decode())
    assert (made.width, made.height) == (800, 400)
    with Image.open(io.BytesIO(made.png)) as small:
        assert small.format == "PNG"
        assert small.size == (240, 120)
    assert thumbnail(picture(600, "JPEG")).width == 600
    assert len(thumbnail(picture(900, noise=True)).png) <= 40_000


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", picture(100)[:60], b"GIF89a", "not base64!"])
def test_what_is_no_picture_has_none(data):
    assert thumbnail(data) is None


def test_a_picture_too_large_to_open_tells_its_size_alone():
    import struct
    import zlib

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    made = thumbnail(bomb)
    assert made is None or made.png == b""
