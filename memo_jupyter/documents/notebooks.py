"""Notebooks, a part a cell, each in the form of a remembered cell.

Read as the JSON that they are (https://nbformat.readthedocs.io/en/latest/format_description.html), of format 3 and 4:
nbformat would bring in a schema's validator, and refuse a notebook for what does not matter here.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from memo_jupyter.documents.decoding import decoded
from memo_jupyter.documents.part import LONGEST, Part, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memo_jupyter.documents.part import Parts

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_SHOWN_AS_TEXT = ("text/markdown", "text/plain", "text/latex")
_PICTURES = ("image/", "audio/", "video/", "png", "jpeg", "svg")  # the last as format 3 has them
_BASE64 = 3 / 4  # bytes a letter


def read_notebook(data: bytes) -> Parts:
    """Read the cells of a notebook.

    Raises
    ------
    Unreadable
    """
    try:
        notebook = json.loads(decoded(data))
    except (ValueError, RecursionError):
        raise Unreadable("it is not a notebook: it is no JSON") from None
    if not isinstance(notebook, dict):
        raise Unreadable("it is not a notebook: it has no cells")
    sheets = notebook.get("worksheets")
    cells = sheets[0].get("cells") if isinstance(sheets, list) and sheets and isinstance(sheets[0], dict) else None
    cells = notebook.get("cells", cells)
    if not isinstance(cells, list):
        raise Unreadable("it is not a notebook: it has no cells")
    python = _language(notebook) == "python"
    for number, cell in enumerate(cells, 1):
        if isinstance(cell, dict) and (part := _part(cell, number, python=python)):
            yield part


def _part(cell: dict[str, Any], number: int, *, python: bool) -> Part | None:
    source = _joined(cell.get("source", cell.get("input"))).strip("\n")
    where = {"cell": number}
    if cell.get("cell_type") != "code":
        return Part(source, where) if source.strip() else None
    outputs = cell.get("outputs")
    shown = [one for one in outputs if isinstance(one, dict)] if isinstance(outputs, list) else []
    told = "\n".join(filter(None, (_output(one).strip("\n") for one in shown)))
    told = told if len(told) <= LONGEST else f"{told[: LONGEST // 2]}\n…\n{told[-LONGEST // 2 :]}"
    text = "\n\n".join(filter(None, (source, told)))
    if not text.strip():
        return None
    raised = any(_kind(one) == "error" for one in shown)
    return Part(text, where, source if python else None, told or None, ("error",) if raised else ())


def _output(output: dict[str, Any]) -> str:
    if _kind(output) == "stream":
        return _ANSI.sub("", _joined(output.get("text")))
    if _kind(output) == "error":
        trace = output.get("traceback")
        lines = trace if isinstance(trace, list) and trace else [f"{output.get('ename')}: {output.get('evalue')}"]
        return _ANSI.sub("", "\n".join(map(str, lines)))
    data = output.get("data", output)  # format 3 has it beside the rest
    if not isinstance(data, dict):
        return ""
    return "\n".join(_shown(data))


def _shown(data: dict[str, Any]) -> Iterator[str]:
    pictures = [
        kind for kind in data if str(kind).startswith(("image/", "audio/", "video/")) or kind in ("png", "jpeg")
    ]
    for kind in pictures[:1]:  # the others are the same picture
        held = _joined(data[kind])
        size = len(held) if "svg" in kind else int(len(held) * _BASE64)
        yield f"[{kind}, {size:,} bytes]"
    for kind in (*_SHOWN_AS_TEXT, "text"):
        if kind in data:
            yield _ANSI.sub("", _joined(data[kind]))
            return


def _kind(output: dict[str, Any]) -> str:
    kind = str(output.get("output_type"))
    return {"pyerr": "error"}.get(kind, kind)


def _language(notebook: dict[str, Any]) -> str:
    about = notebook.get("metadata")
    for name, key in (("language_info", "name"), ("kernelspec", "language")):
        found = about.get(name) if isinstance(about, dict) else None
        if isinstance(found, dict) and isinstance(found.get(key), str):
            return str(found[key]).lower()
    return "python"


def _joined(value: Any) -> str:
    """Give a text that may be written as a list of lines."""
    return "".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, str) else ""
