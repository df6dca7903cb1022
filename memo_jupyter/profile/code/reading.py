"""What is in one cell: the libraries it uses, what it names, defines and calls, and how it is written."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from memo_jupyter.profile.code import languages, plain, words
from memo_jupyter.profile.code.calls import said
from memo_jupyter.profile.code.constants import ending_of, text
from memo_jupyter.profile.code.files import files, held, tables
from memo_jupyter.profile.code.libraries import NO_SHORT_NAME, has_usual, own, said_of, usual
from memo_jupyter.profile.code.plots import settings
from memo_jupyter.profile.code.style import chained, docstring_style, frame_form

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_LEAVES = frozenset({ast.Name, ast.Constant})
"""Nodes below which is nothing, and most nodes are such."""

_STEPS = 2
_FRAME_METHODS = frozenset(
    "agg assign drop drop_duplicates dropna explode fillna filter group_by groupby join melt merge pivot pivot_table "
    "pipe query rename reset_index select set_index sort sort_values with_columns".split()
)
_MAKE_FRAMES = re.compile(r"(?:pandas|polars|dask\.dataframe|cudf)\.(?:read_\w+|scan_\w+|DataFrame)")
_CONVENTIONAL = frozenset({"fig, ax", "fig, axes", "fig, axs", "_, ax", "f, ax"})
_MOST_PARAMETERS = 5
_ENOUGH_NAMES = 3
"""Names that a cell must give for them to tell its language."""


@dataclass(slots=True)
class Reading:
    """What was found in one cell.

    Attributes
    ----------
    marks : set of (str, str)
        Topics, each with what the cell says of it: ``("library:plotting", "seaborn")``.
    bound : dict of str to str
        The names that its imports bind, and what they stand for: ``{"pd": "pandas"}``.
    defined : dict of str to str
        Its own functions and classes, each with how it is called.
    called : set of str
        Plain names that are called.
    """

    marks: set[tuple[str, str]] = field(default_factory=set)
    bound: dict[str, str] = field(default_factory=dict)
    defined: dict[str, str] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)


def read(tree: ast.Module, code: str, known: Mapping[str, str]) -> Reading:
    """Read a cell.

    Parameters
    ----------
    tree : ast.Module
    code : str
        The cell's text, for its comments.
    known : mapping of str to str
        What names stand for that other cells have imported.
    """
    reader = _Reader(known)
    reader.walk(tree)
    reader.finish(code)
    return reader.reading


class _Reader:
    """Goes once through a tree, without recursion: a cell may be nested as deeply as the parser lets it."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.reading = Reading()
        self._marks = self.reading.marks
        self._known = known
        self._stored: set[str] = set()
        self._used: set[str] = set()
        self._attributes: list[ast.Attribute] = []
        self._calls: list[ast.Call] = []
        self._assigned: list[ast.Assign] = []
        self._frame_calls = 0
        self._of_type: dict[type[ast.AST], Callable[[Any], None]] = {
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Name: self._name,
            ast.Attribute: self._attributes.append,
            ast.Call: self._calls.append,
            ast.Assign: self._assigned.append,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.ClassDef: self._class,
            ast.JoinedStr: lambda _: self._marks.add(("formatting", "f-strings")),
            ast.ListComp: lambda _: self._marks.add(("lists", "comprehensions")),
            ast.For: self._for,
            ast.BinOp: self._operation,
            ast.Subscript: self._subscript,
            ast.Constant: self._constant,
        }

    def walk(self, tree: ast.Module) -> None:
        """Collect what is in the tree; what hangs on names waits until all imports were seen."""
        waiting: list[Any] = [tree]
        of_type = self._of_type
        while waiting:
            node = waiting.pop()
            kind = of_type.get(type(node))
            if kind:
                kind(node)
                if type(node) in _LEAVES:
                    continue
            for name in node._fields:
                value = getattr(node, name, None)
                if type(value) is list:
                    waiting.extend([one for one in value if isinstance(one, ast.AST)])
                elif isinstance(value, ast.AST) and value._fields:
                    waiting.append(value)

    def finish(self, code: str) -> None:
        """Draw the conclusions."""
        self._known = {**self._known, **self.reading.bound}
        for name in (self._stored | self.reading.defined.keys()) - self.reading.bound.keys():
            self._known.pop(name, None)  # in this cell it is something else
        dotted = {self._known[name] for name in self._used if name in self._known}
        dotted |= {full for node in self._attributes if (full := self._full(node))}
        self._marks.update(said_of(dotted))
        for call in self._calls:
            self._call(call)
        for assigned in self._assigned:
            self._assign(assigned)
        if ("frames:style", "in chains of methods") not in self._marks and self._frame_calls >= _STEPS:
            self._marks.add(("frames:style", "step by step"))
        self._names(code)

    def _full(self, node: ast.AST) -> str:
        """Give the full dotted name of what a library has, ``pandas.read_csv`` for ``pd.read_csv``; else ``""``."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        root = self._known.get(node.id) if isinstance(node, ast.Name) else None
        return ".".join([root, *reversed(parts)]) if root else ""

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            root = alias.name.split(".")[0]
            self.reading.bound[alias.asname or root] = alias.name if alias.asname else root
            if alias.asname and not usual(alias.name, alias.asname):
                self._marks.add((f"import:{alias.name}", alias.asname))
            elif has_usual(alias.name):
                self._marks.add((f"import:{alias.name}", alias.asname or NO_SHORT_NAME))

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for alias in node.names:
            if alias.name == "*":
                if not node.level and plain.name(module):
                    self._marks.add(("star", module))
                continue
            full = f"{module}.{alias.name}"
            if node.level or own(module.split(".")[0]):
                self._marks.add(("own_module", f"{module or '.'} {alias.name}"))
            if not node.level:
                self.reading.bound[alias.asname or alias.name] = full
                if has_usual(full):
                    self._marks.add((f"import:{full}", alias.asname or alias.name))

    def _name(self, node: ast.Name) -> None:
        (self._used if isinstance(node.ctx, ast.Load) else self._stored).add(node.id)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        names = [argument.arg for argument in arguments]
        shown = ", ".join(names[:_MOST_PARAMETERS]) + (", …" if len(names) > _MOST_PARAMETERS else "")
        if names[:1] not in (["self"], ["cls"]):
            self.reading.defined[node.name] = f"{node.name}({shown})"
            if names:
                hinted = any(argument.annotation for argument in arguments) or node.returns is not None
                self._marks.add(("hints", "with type hints" if hinted else "without type hints"))
        if written := docstring_style(node):
            self._marks.add(("docstrings", written))

    def _class(self, node: ast.ClassDef) -> None:
        self.reading.defined[node.name] = f"class {node.name}"

    def _for(self, node: ast.For) -> None:
        for one in node.body:
            call = one.value if isinstance(one, ast.Expr) else None
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "append":
                self._marks.add(("lists", "loops that append"))

    def _operation(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Mod) and text(node.left):
            self._marks.add(("formatting", "the % operator"))
        elif isinstance(node.op, ast.Div) and ending_of(node.right) and text(node.right):
            self._marks.update(held(text(node.right), ""))

    def _subscript(self, node: ast.Subscript) -> None:
        column = plain.name(text(node.slice)) if isinstance(node.value, (ast.Name, ast.Subscript)) else ""
        if column and not words.everyones(column):
            self._marks.add(("column", column))

    def _constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._marks.update(tables(node.value))

    def _call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Name):
            method = function.id
            self.reading.called.add(method)
        elif isinstance(function, ast.Attribute):
            method = function.attr
        else:
            return
        full = self._full(function)
        self._marks.update(said(node, full, method))
        self._marks.update(files(node, full, method))
        if method in _FRAME_METHODS and not full:
            self._frame_calls += 1
            if chained(node):
                self._marks.add(("frames:style", "in chains of methods"))
        elif method == "format" and isinstance(function, ast.Attribute) and text(function.value):
            self._marks.add(("formatting", "str.format"))
        elif method == "fit" and isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            self._marks.add(("naming:model", function.value.id))
        elif method == "update" and full == "matplotlib.pyplot.rcParams.update" and node.args:
            entries = node.args[0]
            for key, value in zip(entries.keys, entries.values, strict=True) if isinstance(entries, ast.Dict) else ():
                self._marks.update(settings(text(key), value))

    def _assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        if isinstance(target, ast.Subscript):
            if self._full(target.value).endswith("pyplot.rcParams"):
                self._marks.update(settings(text(target.slice), node.value))
            return
        if not isinstance(node.value, ast.Call):
            return
        full = self._full(node.value.func)
        if isinstance(target, ast.Name):
            if _MAKE_FRAMES.fullmatch(full):
                self._marks.add(("naming:dataframe", frame_form(target.id)))
        elif isinstance(target, ast.Tuple) and all(isinstance(one, ast.Name) for one in target.elts):
            names = ", ".join(one.id for one in target.elts if isinstance(one, ast.Name))
            method = getattr(node.value.func, "attr", getattr(node.value.func, "id", ""))
            if method == "train_test_split":
                self._marks.add(("naming:splits", names))
            elif full == "matplotlib.pyplot.subplots" and names not in _CONVENTIONAL:
                self._marks.add(("naming:axes", names))

    def _names(self, code: str) -> None:
        given = self._stored | self.reading.defined.keys()
        self._marks.update(("naming:case", case) for case in map(words.case, given) if case)
        for name in given:
            self._marks.update(("word", word) for word in words.of_subject(name))
        if language := languages.of_names(given):
            self._marks.add(("naming:language", language))
        elif len(given) >= _ENOUGH_NAMES:
            self._marks.add(("naming:language", "English"))
        if language := languages.of_comments(code):
            self._marks.add(("comments:language", language))
