"""Loads memo in every notebook of an IPython profile, if its user wants that, and undoes it exactly.

One file is put into the profile's startup folder. (The profile's config files are the user's own, and editing them
cannot be undone exactly.) All environments share a profile, so the file does nothing where memo is not installed.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from memo_jupyter.errors import BadInput

_FILE = "50-memo.py"
# One expression, so that it leaves no name behind among the user's own.
_CODE = """\
# Written by `jupyter memo enable`; `jupyter memo disable` removes it.
(
    __import__("importlib.util").util.find_spec("memo_jupyter")
    and get_ipython().extension_manager.load_extension("memo_jupyter")
)
# folders made: {}
"""
_MADE = re.compile(r"^# folders made: (\d)$", re.MULTILINE)


def enable(profile: str) -> Path:
    """Load memo whenever a kernel or shell of `profile` starts; return the file that does it.

    Raises
    ------
    BadInput
        The profile's name is not one, or a file of another origin is in the way.
    """
    path = _path(profile)
    if path.exists():
        if not _is_ours(path):
            raise BadInput(f"{path} is there already, and memo did not write it. Move it away first.")
        return path
    missing = [folder for folder in path.parents[:3] if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_CODE.format(len(missing)), "utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}).") from error
    return path


def disable(profile: str) -> bool:
    """Undo `enable`, and tell whether there was anything to undo.

    Raises
    ------
    BadInput
        As `enable`, or the file cannot be removed.
    """
    path = _path(profile)
    if not path.exists() or not _is_ours(path):
        return False
    made = _MADE.search(path.read_text("utf-8", "replace"))
    try:
        path.unlink()
    except OSError as error:
        raise BadInput(f"{path} cannot be removed ({error.strerror}).") from error
    for folder in path.parents[: int(made[1]) if made else 0]:
        with contextlib.suppress(OSError):  # something else is in it by now: then it stays
            folder.rmdir()
    return True


def history_file() -> Path:
    """Tell where IPython keeps the history of its default profile."""
    return _profile("default") / "history.sqlite"


def _path(profile: str) -> Path:
    return _profile(profile) / "startup" / _FILE


def _profile(profile: str) -> Path:
    if not re.fullmatch(r"[\w-]+", profile):
        raise BadInput(f"{profile!r} is not the name of a profile.")
    # IPython is not imported below `notebook/`: this is how it finds its folder (its documentation, IPYTHONDIR).
    folder = Path(os.environ.get("IPYTHONDIR") or Path.home() / ".ipython").expanduser()
    return folder / f"profile_{profile}"


def _is_ours(path: Path) -> bool:
    try:
        return path.read_bytes().startswith(_CODE.partition("\n")[0].encode())  # another's may be in any encoding
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}).") from error
