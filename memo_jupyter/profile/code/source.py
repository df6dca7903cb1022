"""From the text of a cell to its syntax tree: IPython's own lines are taken out, and nothing is ever raised or run."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

_LONGEST = 20_000
"""Characters of a cell that is read: what is longer is pasted data, and the parser lets no other thread run."""

_DEEPEST = 90
"""Brackets within brackets: what is deeper was made by a program, and a parser may run out of stack on it."""

_MOST_OPERATORS = 1000
"""Operators of a line: the same, where thousands of terms are added."""

_PYTHON_CELLS = frozenset("time timeit capture prun memit mprun scalene debug".split())
"""Cell magics whose body is Python."""

_OF_PYTHON = frozenset("time timeit".split())
"""Line magics whose rest is Python."""

_CELL_MAGIC = re.compile(r"\s*%%(\w+)([^\n]*)(?:\n|\Z)")
_SPECIAL = re.compile(r"^[ \t]*[%!?]|\?[ \t]*$|[=;][ \t]*[%!]", re.MULTILINE)
_LINE_MAGIC = re.compile(r"([ \t]*)%(\w+)[ \t]*(.*)")
_SHELL = re.compile(r"([ \t]*)!.*")
_ASSIGNED = re.compile(r"([ \t]*\w[\w., \t]*=)[ \t]*(?:%(\w+)|!).*")
_HELP = re.compile(r"([ \t]*)(?:\?.*|[\w%*][\w.%*\[\]\"' ]*\?\??[ \t]*)")
_AFTER = re.compile(r"(;[ \t]*)%(\w+)[ \t]+(.*)")  # import igraph; %time g.pagerank()

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = frozenset("\\'\"abfnrtvxuUN01234567\r\n")
_NUMBER_THEN_WORD = re.compile(r"\b(\d+)(?=(?:if|and|or|in|is|else|for|not)\b)")
_BRACKETS = re.compile(r"[\[\](){}]")
_OPERATORS = re.compile(r"[-+*/%~&|^.,]|\bnot\b|\blambda\b|\bif\b")


@dataclass(frozen=True, slots=True)
class Source:
    """A cell's code, read.

    Attributes
    ----------
    tree : ast.Module or None
        None where the cell is not Python.
    magics : frozenset of str
        The magics it uses, with their signs: `%timeit`, `%%bash`; `!` for a line of the shell.
    skipped : int
        The lines of the cell that stand before those of the tree.
    """

    tree: ast.Module | None
    magics: frozenset[str]
    skipped: int = 0


def read(code: str) -> Source:
    """Read a cell; what is not Python gives no tree."""
    magics: set[str] = set()
    if len(code) > _LONGEST:
        return Source(None, frozenset())
    skipped = 0
    while found := _CELL_MAGIC.match(code):
        skipped += found[0].count("\n")
        magics.add("%%" + found[1])
        if found[1] not in _PYTHON_CELLS:
            return Source(None, frozenset(magics))
        code = code[found.end() :]
    tree = _parsed(code)
    if tree is None and _SPECIAL.search(code):
        lines, found_in_lines = _without_magics(code)
        tree = _parsed(lines)
        magics |= found_in_lines if tree else set()
    return Source(tree, frozenset(magics), skipped)


def _without_magics(code: str) -> tuple[str, set[str]]:
    """Put Python in the place of lines that only IPython understands, and tell which magics there were."""
    magics: set[str] = set()
    lines = []
    for line in code.split("\n"):
        if found := _LINE_MAGIC.fullmatch(line):
            magics.add("%" + found[2])
            lines.append(found[1] + (found[3] if found[2] in _OF_PYTHON and found[3][:1] != "-" else "") or found[1])
            if not lines[-1].strip():
                lines[-1] = found[1] + "pass"
        elif found := _SHELL.fullmatch(line):
            magics.add("!")
            lines.append(found[1] + "pass")
        elif found := _ASSIGNED.fullmatch(line):
            magics.add("%" + found[2] if found[2] else "!")
            lines.append(found[1] + " None")
        elif found := _HELP.fullmatch(line):
            lines.append(found[1] + "pass")
        elif found := _AFTER.search(line):
            magics.add("%" + found[2])
            lines.append(line[: found.start()] + "; " + (found[3] if found[2] in _OF_PYTHON else "pass"))
        else:
            lines.append(line)
    return "\n".join(lines), magics


def _parsed(code: str) -> ast.Module | None:
    if _too_deep(code):
        return None
    try:
        return ast.parse(_without_warnings(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None  # not Python, or not of this version; null bytes; halves of characters; nested too deeply


def _too_deep(code: str) -> bool:
    """Tell whether parsing might take all of the stack: some versions of Python end with the process then."""
    depth = 0
    brackets = sum(map(code.count, "([{")) > _DEEPEST  # most cells have fewer at all
    for found in _BRACKETS.finditer(code) if brackets else ():
        depth = depth + 1 if found[0] in "[({" else max(0, depth - 1)
        if depth > _DEEPEST:
            return True
    long = (line for line in code.split("\n") if len(line) > _MOST_OPERATORS)
    return any(sum(1 for _ in _OPERATORS.finditer(line)) > _MOST_OPERATORS for line in long)


def _without_warnings(code: str) -> str:
    r"""Write a cell so that the parser has nothing to warn of.

    ``"\d"`` warns where the user would see it, and to silence warnings is to change them for the whole process, whose
    other threads are the user's.
    """
    if "\\" in code:
        code = _ESCAPE.sub(lambda found: found[0] if found[1] in _ESCAPES else "\\" + found[0], code)
    return _NUMBER_THEN_WORD.sub(r"\1 ", code)
