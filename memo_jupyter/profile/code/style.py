"""How code is written: what the form of one name, of one call or of one docstring tells of its writer."""

from __future__ import annotations

import ast
import re

_CHAIN = 4
"""Calls on one another's results that make a chain; three (group, aggregate, reset the index) are everyone's."""

_SHORT = 2
_FRAMES = frozenset({"df", "dat", "data", "dataframe", "frame", "ldf", "table", "tab", "tbl"})
_DOCSTRINGS = (
    ("numpydoc style", re.compile(r"^[ \t]*(?:Parameters|Returns)[ \t]*\n[ \t]*-{3,}", re.MULTILINE)),
    ("Google style", re.compile(r"^[ \t]*(?:Args|Arguments|Returns):[ \t]*$", re.MULTILINE)),
    ("Sphinx style", re.compile(r"^[ \t]*:(?:param|return)", re.MULTILINE)),
)


def docstring_style(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Tell in which style a function's docstring is written; ``""`` if it has none."""
    written = ast.get_docstring(node, clean=False)
    if not written:
        return ""
    return next((style for style, pattern in _DOCSTRINGS if pattern.search(written)), "plain words")


def chained(node: ast.AST) -> bool:
    """Tell whether a call is the last of so many that each is made on the result of the one before."""
    calls = 0
    while calls < _CHAIN:
        if isinstance(node, ast.Call):
            calls += 1
            node = node.func
        elif isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
        else:
            return False
    return True


def frame_form(name: str) -> str:
    """Tell how a data frame is named: what it holds changes, and the form is the habit."""
    if name in _FRAMES or len(name) <= _SHORT:
        return name
    if name.startswith("df_"):
        return "df_ and what they hold"
    return "for what they hold, with _df at the end" if name.endswith("_df") else "for what they hold"
