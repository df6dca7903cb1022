"""What is taken out of an answer: its code, or its JSON. If there is none, the answer is shown as it came."""

from __future__ import annotations

import ast
import json
import re
import textwrap
from typing import Any

from memo_jupyter.characters import whole

NO_CODE = "The answer holds no code; it is shown as it came."
NO_JSON = "The answer is not JSON; it is shown as it came."

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
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two, where it is nested too deeply
        return ""
    return text.strip()


def json_in(text: str) -> Any:
    """Read the JSON of an answer, fenced or not.

    Raises
    ------
    ValueError
        It is not JSON; NaN and Infinity are not either, and no front end takes them.
    """
    match = _FENCE.search(text)
    try:
        value = json.loads(match["code"] if match else text, parse_constant=_refuse)
        return json.loads(whole(json.dumps(value, ensure_ascii=False)))  # escapes may stand for half a character
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
