"""The files that Python's calls write and read, as far as their paths stand in the code."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from memo_jupyter.workflow.touches import CHANGED, FILE, MADE, READ, REMOVED, Touch, looks_like_a_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WRITES = re.compile(
    r"to_\w+|savefig|save\w*|dump|write_?\w*|imwrite|imsave|sink_\w+|export\w*|touch|mkdir|makedirs|urlretrieve"
    r"|ExcelWriter|PdfPages|FileHandler|SummaryWriter|symlink\w*|plot_model|make_archive"
)
_ANY_TEXT = frozenset({"to_sql", "saveAsTable", "to_table", "load_dataset", "fetch_openml", "from_pretrained"})
"""They take the name of a table, a data set or a model, which need not look like a file."""

_OPENS = frozenset({"open", "File", "ZipFile", "TarFile", "HDFStore", "memmap", "open_group", "gzip", "AnnData"})
"""Calls whose second argument, or `mode`, says what is done."""

_REMOVES = frozenset({"remove", "unlink", "rmtree", "rmdir"})
_MOVES = frozenset({"rename", "replace", "move", "copy", "copyfile", "copy2", "copytree"})
_OF_RECEIVER = frozenset({"write_text", "write_bytes", "read_text", "read_bytes", "unlink", "mkdir", "touch", "rmdir"})
"""Methods of a path: what they are given is no path."""

_PATHS = frozenset({"Path", "PurePath", "PosixPath", "str", "join", "joinpath", "expanduser", "abspath", "resolve"})
_KEYWORDS = ("path", "path_or_buf", "fname", "filename", "file", "fp", "filepath_or_buffer", "buf", "excel_writer")
_DEEPEST = 50  # steps of a path that are put together


def constants(tree: ast.Module) -> dict[str, str]:
    """Give the names that a cell binds to a path, each with that: ``out = Path("results") / "a.csv"``."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = path(node.value, found)
            if looks_like_a_file(value):
                found[node.targets[0].id] = value
    return found


def files(call: ast.Call, known: Mapping[str, str]) -> Iterator[Touch]:
    """Give the files that a call touches; `known` has the paths that names stand for."""
    function = call.func
    method = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    receiver = path(function.value, known) if isinstance(function, ast.Attribute) else ""
    if method in _PATHS or not method:
        return
    named = [one.value for one in call.keywords if one.arg in _KEYWORDS]
    given = [path(one, known) for one in (*call.args, *named)]
    paths = [one for one in given if looks_like_a_file(one)]
    if method in _OPENS:
        yield from _opened(call, receiver or next(iter(given), ""), at=0 if receiver else 1)
    elif method in _OF_RECEIVER and receiver:
        how = READ if method.startswith("read") else REMOVED if method in _REMOVES else MADE
        yield _file(receiver, how, call)
    elif method in _MOVES and looks_like_a_file(receiver or next(iter(given), "")):
        ends = [*([receiver] if receiver else []), *paths]
        for place, one in enumerate(ends[:2]):
            before = READ if method.startswith("copy") else REMOVED
            yield _file(one, MADE if place else before, call)
    elif method in _REMOVES:
        yield from (_file(one, REMOVED, call) for one in paths)
    elif method in _ANY_TEXT:
        first = next((one for one in given if one), "")
        if first:
            yield _file(first, MADE if _WRITES.fullmatch(method) else READ, call)
    elif _WRITES.fullmatch(method):
        yield from (_file(one, MADE, call) for one in paths[-1:])
    else:
        yield from (_file(one, READ, call) for one in paths)


def path(node: ast.AST, known: Mapping[str, str]) -> str:
    """Put together the path that an expression stands for, without what is not known of it; or give nothing."""
    parts: list[str] = []
    waiting: list[ast.AST] = [node]
    for _ in range(_DEEPEST):
        if not waiting:
            break
        one = waiting.pop()
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            parts.append(one.value)
        elif isinstance(one, ast.Name) and one.id in known:
            parts.append(known[one.id])
        elif isinstance(one, ast.JoinedStr):
            values = one.values
            parts.append("".join(v.value if isinstance(v, ast.Constant) else "{}" for v in values))  # type: ignore[misc]
        elif isinstance(one, ast.BinOp) and isinstance(one.op, ast.Div):
            waiting += [one.right, one.left]
        elif isinstance(one, ast.Call):
            function = one.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if name in _PATHS:
                before = [function.value] if isinstance(function, ast.Attribute) else []
                waiting += [*reversed(one.args), *before]
    return "/".join(part.rstrip("/") if len(parts) > 1 else part for part in parts)


def _opened(call: ast.Call, name: str, at: int) -> Iterator[Touch]:
    """Tell by the mode what a call of `open` does."""
    if not name or not (looks_like_a_file(name) or name.isidentifier()):
        return
    modes = [one.value for one in call.keywords if one.arg == "mode"] + call.args[at : at + 1]
    mode = next((one.value for one in modes if isinstance(one, ast.Constant) and isinstance(one.value, str)), "r")
    if "w" in mode or "x" in mode:
        yield _file(name, MADE, call)
    else:
        yield _file(name, CHANGED if "a" in mode or "+" in mode else READ, call)


def _file(name: str, how: str, node: ast.AST) -> Touch:
    return Touch(name, how, getattr(node, "lineno", 1), FILE)
