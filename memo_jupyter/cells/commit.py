"""Which commit of a git repository a folder is at, read from the repository's own files: no program is started.

Format: https://git-scm.com/docs/gitrepository-layout
"""

from __future__ import annotations

import re
from pathlib import Path

_SHOWN = 12
_HASH = re.compile(r"[0-9a-f]{40,64}")
_LARGEST = 4 * 1024 * 1024  # bytes of packed-refs


def commit_of(folder: str) -> str:
    """Give the first 12 digits of the commit that is checked out in `folder`; nothing if there is none."""
    try:
        return _commit(Path(folder)) if folder else ""
    except (OSError, ValueError):
        return ""


def _commit(start: Path) -> str:
    for folder in (start, *start.parents):
        git = folder / ".git"
        if git.is_file():  # a worktree or a submodule
            named = git.read_text("utf-8", "replace").partition("gitdir:")[2].strip()
            git = folder / named
        if (git / "HEAD").is_file():
            return _head(git)
    return ""


def _head(git: Path) -> str:
    head = (git / "HEAD").read_text("utf-8", "replace").strip()
    if not head.startswith("ref:"):
        return head[:_SHOWN] if _HASH.fullmatch(head) else ""
    ref = head[4:].strip()
    common = git
    if (git / "commondir").is_file():
        common = git / (git / "commondir").read_text("utf-8", "replace").strip()
    for place in (git, common):
        path = place / ref
        if ".." not in Path(ref).parts and path.is_file():
            return path.read_text("utf-8", "replace").strip()[:_SHOWN]
    packed = common / "packed-refs"
    if packed.is_file() and packed.stat().st_size <= _LARGEST:
        for line in packed.read_text("utf-8", "replace").splitlines():
            found, _, name = line.partition(" ")
            if name == ref and _HASH.fullmatch(found):
                return found[:_SHOWN]
    return ""
