"""What was run between an error and the same code that then ran: did that mend it?

A network may be back, and a cell that ran meanwhile have nothing to do with it. So it has to be the only one that
gives, or changes, what the failing line needs.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from memo_jupyter.fixes.lines import read
from memo_jupyter.profile.code.source import read as parsed

if TYPE_CHECKING:
    from collections.abc import Sequence

_INSTALL = re.compile(
    r"^[ \t]*(?:[%!][ \t]*(?:pip|pip3|conda|mamba|micromamba|uv)\b[^\n]*?\b(?:install|add)\b"
    r"|!.*-m pip install)[^\n]*$",
    re.MULTILINE,
)
_NAME = re.compile(r"name '(\w+)' is not defined")
_MODULE = re.compile(r"No module named '([\w.]+)'|cannot import name '\w+' from '([\w.]+)'")
_FLEETING = re.compile(r"Connection|Timeout|TimedOut|URLError|HTTP|BrokenPipe|Network|SSL|RateLimit|Lock|Busy|Memory")
"""Classes of errors that pass by themselves."""


def installed(message: str, codes: Sequence[str]) -> str:
    """Give the line that installed what an import did not find; empty if none did, or it is not clear."""
    lines: list[str] = [line.strip() for code in codes for line in _INSTALL.findall(code)]
    found = _MODULE.search(message)
    module = (found[1] or found[2]).split(".")[0].lower() if found else ""
    naming = [line for line in lines if module and module in line.lower().replace("-", "_")]
    if naming:
        return naming[-1]
    return lines[0] if len(lines) == 1 else ""


def defined(message: str, codes: Sequence[str]) -> str:
    """Give the statement that made the name that was not defined; empty if none did, or more than one."""
    found = _NAME.search(message)
    return _only([part for code in codes for part in _binding(code, found[1])]) if found else ""


def changed(name: str, failed: str, codes: Sequence[str]) -> str:
    """Give the statements of the one cell that changed what the failing line works on.

    Parameters
    ----------
    name : str
        The exception's class.
    failed : str
        The line that failed.
    codes : sequence of str
        The cells that ran meanwhile.
    """
    if _FLEETING.search(name):
        return ""
    words = set(re.findall(r"[^\W\d]\w*", failed)) - read(failed).calls
    return _only(["\n".join(parts) for code in codes if (parts := _changing(code, words))])


def binds(code: str, name: str) -> bool:
    """Tell whether a cell makes a name."""
    return bool(_binding(code, name))


def _only(found: Sequence[str]) -> str:
    different = list(dict.fromkeys(found))
    return different[0] if len(different) == 1 else ""


def _statements(code: str) -> list[ast.stmt]:
    tree = parsed(code).tree
    return tree.body if tree is not None else []


def _binding(code: str, name: str) -> list[str]:
    found = []
    for node in _statements(code):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            given = {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            given = {node.name}
        else:
            given = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        if name in given:
            found.append(ast.unparse(node))
    return found


def _changing(code: str, words: set[str]) -> list[str]:
    found = []
    for node in _statements(code):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets = [node.target]
        elif isinstance(node, ast.Delete):
            targets = node.targets
        elif isinstance(node, ast.Expr) and _in_place(node.value):
            targets = [node.value]
        if any(root in words for one in targets for root in [_root(one)]):
            found.append(ast.unparse(node))
    return found


def _in_place(node: ast.expr) -> bool:
    """Tell whether a call changes what it is called on, as far as it says so."""
    return isinstance(node, ast.Call) and (
        any(key.arg == "inplace" for key in node.keywords)
        or (isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING)
    )


_CHANGING = frozenset("fit append extend update insert setdefault add remove clear sort execute to".split())


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.Starred)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
