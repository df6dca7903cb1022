"""What of a cell can be quoted: its statements, with what they printed or what was wrong with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memo_jupyter.llm.passage import OUTPUT, PYTHON, SESSION, Passage

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEW = 8
"""Lines of code, or of an output, that are quoted whole."""
_LONGEST = 160
"""Characters of a line that are shown."""

_INSIDE = (" ", "\t", ")", "]", "}")
"""What begins a line that goes on with the statement above it."""
_IMPORTS = re.compile(r"(?:(?:import|from) [^\n]*\n?)+")
_RULE = re.compile(r"[\s|:+=-]+$")
_COLUMNS = re.compile(r"\S(?: {2,}|\t|\s*\|\s*)\S")
_TRACEBACK = re.compile(r"^\s*(?:Traceback \(most recent call last\)|-{20,}\s*$)", re.MULTILINE)
_PLACES = re.compile(r"^ *(?:Cell In ?\[\d+\]|File .+?:\d+, in |File \".+\", line \d)", re.MULTILINE)
_RAISED = re.compile(r"(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Exit|Failure|Timeout)?: ")


def of_cell(code: str, output: str) -> Iterator[Passage]:
    """Cut a cell; a short one is one passage."""
    code = code.strip("\n").rstrip()
    # Of a line that was written over and over, as progress bars are, the last state counts.
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in _without_traceback(output).strip("\n").split("\n")]
    if not "".join(lines).strip():
        lines = []
    if not code.strip() and not lines:
        return
    if code.count("\n") < _FEW and len(lines) <= _FEW:
        yield _ran(code, lines)
        return
    yield from of_code(code)
    last = _last_statement(code)
    for few in [lines] if len(lines) <= _FEW else _parts(lines):
        if few:
            yield _ran(last, few)


def of_code(code: str, language: str = PYTHON, about: str = "") -> Iterator[Passage]:
    """Cut code at its blank lines, and long blocks of it into pieces of a few lines.

    A block of nothing but imports has all the words and answers nothing, unless there is nothing else.
    """
    blocks = re.split(r"\n\s*\n", code.strip("\n"))
    for block in [one for one in blocks if not _IMPORTS.fullmatch(one)] or blocks:
        lines = block.split("\n")
        for start in range(0, len(lines), _FEW):
            few = lines[start : start + _FEW]
            if re.search(r"\w", "".join(few)):
                yield Passage(" ".join(" ".join(few).split()), _shortened(few), language, about)


def _ran(code: str, output: list[str]) -> Passage:
    text = " ".join("\n".join([code, *output]).split())
    lines = [line for line in code.split("\n") if line.strip()]
    if not output:
        return Passage(text, _shortened(code.split("\n")), PYTHON)
    if not lines:
        return Passage(text, _shortened(output), OUTPUT)
    marked = [("... " if line.startswith(_INSIDE) else ">>> ") + line for line in lines]
    return Passage(text, _shortened([*marked, *output]), SESSION)


def _shortened(lines: list[str]) -> str:
    return "\n".join(line if len(line) <= _LONGEST else line[:_LONGEST].rstrip() + " …" for line in lines)


def _last_statement(code: str) -> str:
    """Give the last statement of a cell: as a rule, what printed its output."""
    lines = [line for line in code.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    start = max(0, len(lines) - 1)
    while start > 0 and lines[start].startswith(_INSIDE):
        start -= 1
    few = lines[start:]
    return "\n".join(few if len(few) <= _FEW else few[-1:])


def _without_traceback(output: str) -> str:
    """Cut a traceback down to the line that says what was wrong."""
    found = _TRACEBACK.search(output)
    if not found:  # of a remembered cell, that line comes first
        places = _PLACES.search(output)
        return output[: places.start()].rstrip() if places else output
    rest = output[found.start() :].rstrip().split("\n")
    raised = [line for line in rest if _RAISED.match(line)]
    return "\n".join([output[: found.start()].rstrip(), (raised or rest)[-1]]).strip("\n")


def _parts(lines: list[str]) -> Iterator[list[str]]:
    """Cut a long output: the rows of a table each with its header, other lines alone."""
    header = ""
    for line in lines:
        if not line.strip():
            header = ""
        elif _RULE.match(line):
            continue
        elif not _COLUMNS.search(line.strip()):
            header = ""
            yield [line]
        elif header:
            yield [header, line]
        else:
            header = line
