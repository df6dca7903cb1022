"""What a message tells a person to type, in the words of the place where it is read.

Messages are written for a notebook, where most are read: ``%memo list``, ``%config Memo.k = 3``. A shell has other
words for the same.
"""

from __future__ import annotations

import re

IN_SHELL = "jupyter memo"

_TWICE = re.compile(r"`%config [^`]*`, or (?=MEMO_)| \(in a shell: [^)]*\)")
_SETTING = re.compile(r"(?:%config )?\bMemo\.(?P<name>[a-z_]+)(?: = (?P<value>'[^']*'|…))?")
_CELL = re.compile(r"%%memo\b")
_LINE = re.compile(r"%memo\b")


def worded(message: str, prefix: str) -> str:
    """Word the hints of a message for the place where commands begin with `prefix`."""
    if prefix != IN_SHELL:
        return message
    message = _TWICE.sub("", message)
    message = _SETTING.sub(_variable, message)
    return _LINE.sub(IN_SHELL, _CELL.sub(f"{IN_SHELL} ask", message))


def _variable(setting: re.Match[str]) -> str:
    name = f"MEMO_{setting['name'].upper()}"
    return name if setting["value"] is None else f"{name}={setting['value']}"
