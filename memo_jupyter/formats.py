"""What is taken out of an answer: its code, or its JSON."""

from __future__ import annotations

import ast
import json
import re
import textwrap
from typing import Any

_FENCE = re.compile(
    r"^[ ]{0,3}(?P<fence>`{3,}|~{3,})[^\n`]*\n(?P<code>.*?)(?:^[ ]{0,3}(?P=fence)[`~]*[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)


def code_in(text: str) -> str:
    """Take the code out of an answer: its fenced blocks, or all of it if it is Python; empty if there is none."""
    blocks = [textwrap.dedent(match["code"]).strip("\n") for match in _FENCE.finditer(text)]
    if blocks:
        return "\n\n".join(blocks)
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return ""
    return text.strip()


def json_in(text: str) -> Any:
    """Read the JSON of an answer, fenced or not.

    Raises
    ------
    ValueError
        It is not JSON.
    """
    match = _FENCE.search(text)
    return json.loads(match["code"] if match else text)
