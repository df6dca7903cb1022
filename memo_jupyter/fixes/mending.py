"""Whether one version of a cell mends what failed in another: that is more than that it runs.

A line that was deleted, commented out or put into a bare `try` fails no more, and nothing was mended.
"""

from __future__ import annotations

import ast
from difflib import SequenceMatcher, unified_diff
from typing import TYPE_CHECKING

from memo_jupyter.fixes.lines import dice, near, read, tokens
from memo_jupyter.profile.code.source import read as parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIKE = 0.45
"""How alike a line has to be to the one that failed, to stand in its place."""


_LONGEST = 10_000
"""Characters of a cell that is parsed to be compared: an error waits for it."""

_REWRITTEN = 0.7
"""How alike two whole cells have to be, for one to be the other written anew."""

SYNTAX = frozenset({"SyntaxError", "IndentationError", "TabError"})


def bare(code: str) -> str:
    """Give code without comments, empty lines and layout; what is no Python keeps its layout."""
    tree = parsed(code).tree if len(code) <= _LONGEST else None
    # Magics are lines of their own, which a tree has no place for.
    if tree is not None and not any(line.lstrip().startswith(("%", "!")) for line in code.splitlines()):
        try:
            return ast.unparse(tree)
        except (RecursionError, ValueError):
            pass
    lines = (line.rstrip() for line in code.splitlines())
    return "\n".join(line for line in lines if line and not line.lstrip().startswith("#"))


def alike(one: str, other: str) -> float:
    """Tell how alike two cells are, from 0 to 1."""
    return SequenceMatcher(None, tokens(one)[:2000], tokens(other)[:2000], autojunk=False).ratio()


def diff(broken: str, fixed: str) -> list[str]:
    """Give the lines that differ, each after its sign, with one around them."""
    lines = unified_diff(broken.strip().splitlines(), fixed.strip().splitlines(), n=1, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def added(broken: str, fixed: str) -> list[str]:
    """Give the lines that the fixed code has anew, without layout."""
    return [line[1:].strip() for line in diff(broken, fixed) if line.startswith("+") and line[1:].strip()]


def statement(code: str, line: str) -> str:
    """Give the whole statement that a line of code belongs to, on one line; of a compound one, its head."""
    places = [number for number, one in enumerate(code.splitlines(), 1) if one.strip() == line.strip()]
    tree = parsed(code).tree
    if not places or tree is None:
        return line.strip()
    around = [
        node for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= places[0] <= (node.end_lineno or node.lineno)
    ]  # fmt: skip
    if not around:
        return line.strip()
    innermost = min(around, key=lambda node: (node.end_lineno or 0) - node.lineno)
    return ast.unparse(innermost).splitlines()[0]


def mends(broken: str, fixed: str, line: str, error: str, *, strict: bool = False) -> bool:
    """Tell whether `fixed`, which runs, mends what failed in `broken`.

    Parameters
    ----------
    line : str
        The line that failed; empty if that is not known.
    error : str
        The exception's class.
    strict : bool
        Whether it is another cell, which may have nothing to do with it.
    """
    was, now = bare(broken), bare(fixed)
    if was == now or _hushes(broken, fixed, error):
        return False
    if error in SYNTAX:  # the parser names a line, and the slip may be in another
        return alike(was, now) >= (_REWRITTEN if strict else _LIKE)
    old, new = [one.strip() for one in was.splitlines()], [one.strip() for one in now.splitlines()]
    fresh = [one for one in new if one not in old]
    failed = statement(broken, line) if line else ""
    if not failed:  # nothing says which line it was
        return bool(fresh) and alike(broken, fixed) >= (_REWRITTEN if strict else _LIKE)
    subject = read(failed)
    if failed in new:  # something before it was mended
        changed = fresh + [one for one in old if one not in new]
        return any(_shares(read(one).names | _roots(one), subject.names | _roots(failed)) for one in changed)
    made = target(failed)
    if made:  # to look at what failed is not to mend it
        same = [one for one in fresh if _shares(_roots(target(one)), _roots(made))]
        renamed = [] if strict else [one for one in fresh if target(one) and near(read(one), subject) >= _REWRITTEN]
        return any(_stands_for(one, failed, _LIKE) for one in same) or bool(renamed)
    return any(_stands_for(one, failed, 0.6 if strict else _LIKE) for one in fresh)


def _stands_for(line: str, failed: str, least: float) -> bool:
    mine, theirs = read(line), read(failed)
    if near(mine, theirs) >= least or dice(_roots(line), _roots(failed)) >= least + 0.1:
        return True
    if _shares(_roots(target(line)), _roots(target(failed))):
        return dice(_roots(line), _roots(failed)) >= least / 2
    return False


def target(line: str) -> str:
    """Give what a line assigns to; empty if it assigns nothing."""
    tree = parsed(line).tree
    node = tree.body[0] if tree is not None and tree.body else None
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0])
    return ast.unparse(node.target) if isinstance(node, (ast.AugAssign, ast.AnnAssign)) else ""


def _roots(line: str) -> frozenset[str]:
    """Give all words of a line, those that are common, too."""
    return frozenset(token for token in tokens(line) if token[0].isalpha() or token[0] == "_" or token[0] in "\"'")


def _shares(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one & other)


def _hushes(broken: str, fixed: str, error: str) -> bool:
    """Tell whether the fixed code only keeps an error from being seen."""
    return len(list(_hushed(fixed, error))) > len(list(_hushed(broken, error)))


def _hushed(code: str, error: str) -> Iterator[ast.AST]:
    tree = parsed(code).tree
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.ExceptHandler) and all(_says_nothing(one) for one in node.body):
            caught = ast.unparse(node.type) if node.type is not None else "Exception"
            if {"Exception", "BaseException", error} & set(caught.strip("()").replace(",", " ").split()):
                yield node
        elif _is_suppressed(node) or (isinstance(node, ast.If) and _is_false(node.test)):
            yield node


def _is_suppressed(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("suppress", "contextlib.suppress")


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def _says_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        call = node.value
        return isinstance(call, ast.Constant) or (isinstance(call, ast.Call) and ast.unparse(call.func) == "print")
    return isinstance(node, (ast.Pass, ast.Continue))
