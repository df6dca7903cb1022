"""Lets a `%memo` line end in a question mark.

IPython takes a line that ends in ``?`` as a request for help on its last word, before any magic sees it. This rewrites
such a line into the call that IPython would make of it without the question mark.
"""

from __future__ import annotations

import re

_LINE = re.compile(r"^(?P<indent>[ \t]*)%memo[ \t]+(?P<rest>\S.*\?)[ \t]*\n?$")


def keep_question_marks(lines: list[str]) -> list[str]:
    """Rewrite the `%memo` lines of a cell that end in ``?`` (a transform as IPython's `input_transformers_cleanup`)."""
    if not lines or lines[0].startswith("%%"):
        return lines
    return [_rewritten(line) for line in lines]


def _rewritten(line: str) -> str:
    match = _LINE.match(line)
    if match is None:
        return line
    return f"{match['indent']}get_ipython().run_line_magic('memo', {match['rest']!r})\n"
