"""Which packages a cell imports, and their versions: what a result rests on, weeks later."""

from __future__ import annotations

import ast
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from memo_jupyter.profile.code.source import read

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 20
_LONGEST = 40
"""Characters of a version; some packages say a paragraph."""


def packages_of(code: str) -> str:
    """List the packages that a cell imports and that are no part of Python: ``numpy 2.1.0, pandas 2.2.3``."""
    if "import" not in code:
        return ""
    tree = read(code).tree
    names = dict.fromkeys(_imported(tree)) if tree is not None else {}
    return ", ".join(f"{name} {_version(name)}".strip() for name in list(names)[:_MOST])


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        dotted: list[str] = []
        if isinstance(node, ast.Import):
            dotted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            dotted = [node.module]
        for name in dotted:
            root = name.partition(".")[0]
            if root not in sys.stdlib_module_names:
                yield root


def _version(name: str) -> str:
    module = sys.modules.get(name)
    if module is None:  # the import failed, or has not been reached
        return ""
    try:
        told = getattr(module, "__version__", None)
        return told[:_LONGEST] if isinstance(told, str) else metadata.version(name)[:_LONGEST]
    except Exception:  # a module's own attributes may do anything; the user's own files have no version
        return ""
