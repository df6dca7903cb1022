"""What a remembered cell does to names, in whatever language it is; nothing in it is run, and nothing is raised."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from memo_jupyter.profile.code.source import read
from memo_jupyter.workflow.foreign import magic_touches, other_touches
from memo_jupyter.workflow.making import touches

if TYPE_CHECKING:
    from memo_jupyter.workflow.touches import Touch

_SHOWN = 160
"""Characters of a line that are shown."""


def touches_of(code: str, *, reads: bool = False) -> list[Touch]:
    """List what a cell does to variables and files, in the order of its lines.

    Parameters
    ----------
    code : str
    reads : bool
        Whether also where a variable is only read.
    """
    source = read(code)
    found = magic_touches(code)
    if source.tree is None:
        found += other_touches(code)
    else:
        found += [replace(one, line=one.line + source.skipped) for one in touches(source.tree, reads=reads)]
    return sorted(dict.fromkeys(found), key=lambda one: one.line)


def line_of(code: str, number: int) -> str:
    """Give a line of a cell as it is shown: on one line, and short."""
    lines = code.split("\n", number)
    shown = " ".join(lines[number - 1][: 4 * _SHOWN].split()) if number <= len(lines) else ""
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 2] + " …"
