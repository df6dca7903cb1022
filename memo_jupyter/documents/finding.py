"""Which files are meant: by their names, by patterns, or by their folders."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from memo_jupyter.documents.kinds import is_known

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

_TOOLS = frozenset(("node_modules", "__pycache__", "site-packages", "venv"))
_STORE = "store.json"  # what a folder has that is a store of memo's
_PATTERN = re.compile(r"[*?\[]")


@dataclass
class Found:
    """What was found.

    Attributes
    ----------
    files : list of str
        Whole paths with no link in them, each once, in order.
    folders : list of str
        The folders that were looked through: whole paths with no link in them.
    problems : list of str
        A line for each path that is nothing, or cannot be looked into.
    """

    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def find(paths: Iterable[str], without: Collection[str] = ()) -> Found:
    """Find the files that are meant.

    What is hidden, what tools keep beside their files, and memo's own stores are passed over in folders; a file that is
    named is read whatever it is. Links to folders are not followed, so that none leads in a circle.

    Parameters
    ----------
    paths : iterable of str
        Files, folders and patterns; ``~`` and ``**`` mean what they do in a shell.
    without : collection of str
        Whole paths of folders that are passed over.
    """
    found = Found()
    for path in paths:
        named = os.path.expanduser(path)
        if "\0" in named:
            found.problems.append(f"{path!r} is no path.")
        elif os.path.lexists(named):
            _add(found, named, without)
        elif os.sep == "/" and "\\" in named and os.path.lexists(named.replace("\\", "/")):
            _add(found, named.replace("\\", "/"), without)  # written as on another system
        elif _PATTERN.search(named):
            _match(found, path, named.replace("\\", os.sep), without)
        else:
            found.problems.append(f"{path}: there is no such file or folder.")
    found.files = list(dict.fromkeys(found.files))
    found.folders = list(dict.fromkeys(found.folders))
    return found


def paths_in(line: str) -> Sequence[str]:
    """Split a line into paths, at blanks that are not in quotes; unless all of it is one path, or one pattern."""
    if not line.strip():
        return []
    named = os.path.expanduser(line)
    start = _start(named)
    if os.path.lexists(named) or (" " in start and os.path.isdir(start)):
        return [line]
    words = re.findall(r"""(?:[^\s"'\\]|\\.|"[^"]*"|'[^']*'|["'\\])+""", line)
    return [_unquoted(word) for word in words]


def _unquoted(word: str) -> str:
    # A backslash that escapes nothing stays: it stands between folders on another system.
    pieces = re.findall(r""""[^"]*"|'[^']*'|\\[ "'()&;]|.""", word, re.DOTALL)
    cut = [one[1:-1] if len(one) > 1 and one[0] in "\"'" else one for one in pieces]
    return "".join(one[1:] if len(one) == 2 and one[0] == "\\" else one for one in cut)  # noqa: PLR2004  # an escape


def _start(pattern: str) -> str:
    """Give the folder that a pattern begins with; empty if it begins here."""
    folder, separator, _ = _PATTERN.split(pattern, maxsplit=1)[0].rpartition(os.sep)
    return folder or separator


def _match(found: Found, path: str, named: str, without: Collection[str]) -> None:
    ending = PurePath(named).suffix
    wanted = (lambda _: True) if ending and not _PATTERN.search(ending) else is_known  # it names a kind, whichever
    if "**" in named:
        # Not the library's own, which follows links to folders, in circles too.
        start = _start(named)
        below = os.path.realpath(start or ".")
        steps = PurePath(named[len(start) :].lstrip(os.sep)).parts
        inside = _below(below, found.problems, without, wanted) if os.path.isdir(below) else ()
        files = [one for one in inside if _fits(PurePath(os.path.relpath(one, below)).parts, steps)]
    else:
        files = [one for one in sorted(glob.iglob(named)) if wanted(one) and os.path.isfile(one)]
    if not files:
        found.problems.append(f"{path}: nothing fits that.")
    found.files += map(os.path.realpath, files)


def _fits(names: Sequence[str], steps: Sequence[str]) -> bool:
    """Tell whether a path fits a pattern, both as lists of names; ``**`` is any number of folders."""
    if not steps:
        return not names
    if steps[0] == "**":
        return _fits(names, steps[1:]) or (bool(names) and _fits(names[1:], steps))
    return bool(names) and fnmatch.fnmatchcase(names[0], steps[0]) and _fits(names[1:], steps[1:])


def _add(found: Found, path: str, without: Collection[str]) -> None:
    real = os.path.realpath(path)
    if not os.path.isdir(real):
        found.files.append(real)
        return
    if any(real == one or real.startswith(one + os.sep) for one in without):
        found.problems.append(f"{path} is memo's own store.")
        return
    found.folders.append(real)
    found.files += map(os.path.realpath, _below(real, found.problems, without, is_known))


def _below(folder: str, problems: list[str], without: Collection[str], wanted: Callable[[str], bool]) -> Iterator[str]:
    def tell(error: OSError) -> None:
        problems.append(f"{error.filename} cannot be looked into ({error.strerror}).")

    for here, folders, names in os.walk(folder, onerror=tell):
        folders[:] = sorted(
            one
            for one in folders
            if not one.startswith(".") and one not in _TOOLS and not _is_apart(os.path.join(here, one), without)
        )
        for name in sorted(names):
            path = os.path.join(here, name)
            # In a folder, what is no file (a pipe, a device, a broken link) is nothing to be told of.
            if not name.startswith(".") and wanted(name) and os.path.isfile(path):
                yield path


def _is_apart(folder: str, without: Collection[str]) -> bool:
    """Tell whether a folder is a store, or a virtual environment of any name."""
    if os.path.realpath(folder) in without or os.path.isfile(os.path.join(folder, "pyvenv.cfg")):
        return True
    return os.path.isfile(os.path.join(folder, _STORE)) and os.path.isdir(os.path.join(folder, "records"))
