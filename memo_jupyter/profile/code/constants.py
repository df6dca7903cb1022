"""The constants in a syntax tree, as they may be shown."""

from __future__ import annotations

import ast

_LARGEST = 10**9


def constant(node: ast.AST | None) -> object:
    """Give the value of a constant, or None."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        return -value if isinstance(value, (int, float)) else None
    return None


def text(node: ast.AST | None) -> str:
    """Give the value of a constant text, or ``""``."""
    value = constant(node)
    return value if isinstance(value, str) else ""


def number(node: ast.AST | None) -> str:
    """Give a number as it may be shown, or ``""``."""
    value = constant(node)
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _LARGEST
    return f"{value:g}" if fits and isinstance(value, float) else str(value) if fits else ""


def ending_of(node: ast.AST | None) -> str:
    """Give the ending of a path that is a constant, an f-string, or joined by ``/``: ``.pdf``."""
    while isinstance(node, (ast.BinOp, ast.JoinedStr)):
        node = node.right if isinstance(node, ast.BinOp) else node.values[-1] if node.values else None
    ending = text(node).rpartition(".")[2]
    return f".{ending}" if ending.isalnum() and ending != text(node) else ""
