"""The paths that Tab offers, written as they may be typed: with `~`, in quotes, or with escaped blanks."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from memo_jupyter.documents.kinds import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST = 200
_WORD = re.compile(r"""(?:\\.|\\$|[^\s"'\\]|"[^"]*(?:"|$)|'[^']*(?:'|$))+""")
_ESCAPED = re.compile(r"""([\s"'()&;])""")


def completed(line: str, token: str) -> Sequence[str]:
    """Complete the path at the end of a line.

    Parameters
    ----------
    line : str
        What was typed.
    token : str
        The end of it that is replaced.

    Returns
    -------
    sequence of str
        What may stand in the token's place: folders, with a slash, and the files that memo reads.
    """
    typed = _last(line)
    if not typed.endswith(token):
        return []
    before = typed[: len(typed) - len(token)]
    return [one[len(before) :] for one in _ways_on(typed) if one.startswith(before)]


def _last(line: str) -> str:
    """Give what is typed after the last blank that is neither in quotes nor escaped."""
    words = list(_WORD.finditer(line))
    return words[-1][0] if words and words[-1].end() == len(line) else ""


def _ways_on(typed: str) -> Iterator[str]:
    quote = typed[:1] if typed[:1] in ("'", '"') else ""
    path = typed[1:] if quote else re.sub(r"\\(.)", r"\1", typed)
    folder, beginning = os.path.split(path)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:  # noqa: PTH111  # Path's own raises where there is no such user
            found = sorted((one.name, one.is_dir()) for one in entries if one.name.startswith(beginning))
    except (OSError, ValueError):
        return
    for name, is_folder in found[:_MOST]:
        if (name.startswith(".") and not beginning) or not (is_folder or is_known(name)):
            continue
        whole = os.path.join(folder, name) + ("/" if is_folder else "")  # noqa: PTH118  # as it was typed
        yield quote + whole if quote else _ESCAPED.sub(r"\\\1", whole)
