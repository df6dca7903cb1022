"""What a cell does to a name: a variable, a column or attribute of one, or a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

MADE, CHANGED, REMOVED, READ = "made", "changed", "removed", "read"

VARIABLE, PART, FILE = "variable", "part", "file"

_LONGEST = 300
"""Characters of a file's path that is looked at."""

_FILE = re.compile(r"[^\n]*[\w)}*]\.[A-Za-z]\w{0,9}")
_SLASHES = re.compile(r"[/\\]+")  # the parser may be given a backslash twice
_PART = re.compile(r"([\w.]+)\[\s*(?:\"([^\"]*)\"|'([^']*)')\s*\]")


@dataclass(frozen=True, slots=True)
class Touch:
    """One thing that a cell does to one name.

    Attributes
    ----------
    name : str
        The variable; the column or attribute; or the path as it is written.
    how : str
        `made`, `changed`, `removed` or `read`.
    line : int
        The line of the cell, from 1.
    sort : str
        `variable`, `part` (a column or an attribute) or `file`.
    within : str
        Of a part, the variable that it is of, dotted.
    """

    name: str
    how: str
    line: int
    sort: str = VARIABLE
    within: str = ""


def looks_like_a_file(path: str) -> bool:
    """Tell whether a text may be the path of a file: it has an ending, or a folder before it."""
    if not 0 < len(path) <= _LONGEST or "\n" in path or " " in path.strip().split("/")[0]:
        return False
    return bool(_FILE.fullmatch(path)) or ("/" in path and not path.startswith(("<", "//")) and "//" not in path[:3])


def wanted(name: str) -> str:
    """Write a name as touches have it: ``df["price"]`` is `df.price`; a path without what stands before it here."""
    found = _PART.fullmatch(name.strip())
    if found:
        return f"{found[1]}.{found[2] or found[3] or ''}"
    return _SLASHES.sub("/", name.strip().strip("\"'")).removeprefix("./")


def fits(touch: Touch, name: str) -> bool:
    """Tell whether `name`, as `wanted` gives it, is what was touched.

    A file is named by its path, the end of it, or its name without the ending; a column or an attribute with or without
    the variable that it is of.
    """
    if touch.sort == VARIABLE:
        return touch.name == name
    if touch.sort == PART:
        return name in (touch.name, f"{touch.within}.{touch.name}")
    path = _SLASHES.sub("/", touch.name).removeprefix("./")
    return path == name or path.endswith("/" + name) or PurePosixPath(path).name.split(".")[0] == name
