"""What Python code does to its variables, by its syntax tree: it is never run, and no name in it is looked up."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.workflow.files import constants, files
from memo_jupyter.workflow.touches import CHANGED, MADE, PART, READ, REMOVED, Touch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IN_PLACE = frozenset(
    "append extend insert pop popitem remove discard add clear update setdefault sort reverse appendleft popleft "
    "extendleft fit partial_fit fit_transform fit_predict fit_resample load_state_dict load_weights set_params compile "
    "add_trace update_layout update_traces add_node add_edge add_nodes_from add_edges_from add_module write writelines "
    "difference_update intersection_update symmetric_difference_update setflags resize put itemset shuffle "
    "insert_rows commit execute executemany".split()
)
"""Methods that change what they are called on, in the standard library and those that science uses most."""

_IN_PLACE = re.compile(r"[a-z]\w*[a-z0-9]_|set_(?!index$|axis$|crs$|geometry$)\w+")
"""PyTorch ends such methods in an underline, and matplotlib begins them so; pandas' own `set_index` gives a new one."""

_CHANGES_FIRST = frozenset(
    "shuffle heappush heappop heapify heapreplace heappushpop insort insort_left insort_right fill_diagonal copyto "
    "put place putmask setattr delattr normal_ uniform_ zeros_ ones_ constant_ train".split()
)
"""Functions that change what they are first given: ``random.shuffle(x)``."""

_MOST_STEPS = 100
"""Steps from a variable to what hangs on it: a longer chain was made by a program, and would take long to follow."""

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_BINDING = ("Name", "FunctionDef", "AsyncFunctionDef", "ClassDef", "alias", "ExceptHandler", "MatchAs", "MatchStar")


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where a statement stands: the names that are not the notebook's there, and whether a class is around it."""

    hidden: frozenset[str] = frozenset()
    inside: bool = False


def touches(tree: ast.Module, *, reads: bool = False) -> list[Touch]:
    """List what a tree does to variables and files, in the order of its lines.

    What functions and comprehensions do to names of their own is left out: those are not the notebook's.

    Parameters
    ----------
    tree : ast.Module
    reads : bool
        Whether also where a variable is only read. Files that are read are always listed.
    """
    walker = _Walker(constants(tree), reads=reads)
    walker.walk(tree)
    return sorted(walker.found, key=lambda one: one.line)


class _Walker:
    """Goes once through a tree, without recursion: a cell may be nested as deeply as the parser lets it."""

    def __init__(self, texts: dict[str, str], *, reads: bool) -> None:
        self.found: list[Touch] = []
        self._texts = texts
        self._reads = reads
        self._waiting: list[tuple[ast.AST, _Scope]] = []

    def walk(self, tree: ast.AST) -> None:
        self._waiting.append((tree, _Scope()))
        while self._waiting:
            node, scope = self._waiting.pop()
            if isinstance(node, _SCOPES):
                self._enter(node, scope)
                continue
            if isinstance(node, _COMPREHENSIONS):
                own = frozenset(name for part in node.generators for name in _stored(part.target))
                scope = _Scope(scope.hidden | own, scope.inside)
            self._look(node, scope)
            self._push(ast.iter_child_nodes(node), scope)

    def _push(self, nodes: Iterable[ast.AST | None], scope: _Scope) -> None:
        self._waiting.extend((node, scope) for node in nodes if node is not None)

    def _enter(self, node: ast.AST, scope: _Scope) -> None:
        """Go into a function or class: what it binds is its own, but for what it calls global."""
        if not isinstance(node, ast.Lambda):
            self._touch(node.name, MADE, node, scope)  # type: ignore[attr-defined]  # those that have one
            self._push(node.decorator_list, scope)  # type: ignore[attr-defined]  # the same
        body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)  # type: ignore[attr-defined]
        own = set[str]()
        if isinstance(node, ast.ClassDef):
            self._push([*node.bases, *node.keywords], scope)
        else:
            arguments: ast.arguments = node.args  # type: ignore[attr-defined]  # both kinds have them
            self._push([*arguments.defaults, *arguments.kw_defaults], scope)
            own |= {one.arg for one in ast.walk(arguments) if isinstance(one, ast.arg)}
        bound, shared = _bound(body)
        hidden = (scope.hidden | own | bound) - shared
        self._push(body, _Scope(frozenset(hidden), inside=True))

    def _look(self, node: ast.AST, scope: _Scope) -> None:  # noqa: C901, PLR0912  # one line a kind of node
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, scope, _loaded(node.value))
        elif isinstance(node, ast.AugAssign):
            self._bind(node.target, scope, {"*"})
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self._bind(node.target, scope, _loaded(node.value))
        elif isinstance(node, ast.NamedExpr):
            self._bind(node.target, scope, _loaded(node.value))
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self._bind(node.target, scope)
        elif isinstance(node, ast.withitem):
            if node.optional_vars is not None:
                self._bind(node.optional_vars, scope)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                self._touch(alias.asname or alias.name.split(".")[0], MADE, node, scope)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            self._touch(node.name or "", MADE, node, scope)
        elif isinstance(node, ast.MatchMapping):
            self._touch(node.rest or "", MADE, node, scope)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self._delete(target, scope)
        elif isinstance(node, ast.Call):
            self._call(node, scope)
        elif isinstance(node, ast.Name) and self._reads and isinstance(node.ctx, ast.Load):
            self._touch(node.id, READ, node, scope)

    def _bind(self, target: ast.AST, scope: _Scope, loaded: set[str] | None = None) -> None:
        for one in _targets(target):
            if isinstance(one, ast.Name):
                again = loaded is not None and bool({one.id, "*"} & loaded)
                self._touch(one.id, CHANGED if again else MADE, one, scope)
            else:
                self._change_part(one, scope)

    def _delete(self, target: ast.AST, scope: _Scope) -> None:
        for one in _targets(target):
            if isinstance(one, ast.Name):
                self._touch(one.id, REMOVED, one, scope)
            else:
                self._change_part(one, scope, REMOVED)

    def _change_part(self, node: ast.AST, scope: _Scope, how: str = MADE) -> None:
        """Take note of ``df["price"] = …`` or ``model.rate = …``: the variable is changed, its part made or removed."""
        root, dotted = _root(node)
        self._touch(root, CHANGED, node, scope)
        if root in scope.hidden:
            return
        for part in _parts(node):
            self._found(Touch(part, how, _line(node), PART, dotted))

    def _call(self, node: ast.Call, scope: _Scope) -> None:
        for one in files(node, self._texts):
            self._found(one)
        function = node.func
        given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if isinstance(function, ast.Attribute):
            value = given.get("inplace")
            inplace = isinstance(value, ast.Constant) and value.value is True
            if inplace or name in IN_PLACE or _IN_PLACE.fullmatch(name):
                self._touch(_root(function.value)[0], CHANGED, node, scope)
            if name in ("assign", "with_columns"):
                for column in given:
                    self._found(Touch(column, MADE, _line(node), PART, _root(function.value)[1]))
        if name in _CHANGES_FIRST and node.args:
            self._touch(_root(node.args[0])[0], CHANGED, node, scope)
        if isinstance(given.get("out"), ast.Name):
            self._touch(_root(given["out"])[0], CHANGED, node, scope)

    def _touch(self, name: str, how: str, node: ast.AST, scope: _Scope) -> None:
        if name and name != "*" and name not in scope.hidden and not (scope.inside and how == MADE and _defines(node)):
            self._found(Touch(name, how, _line(node)))

    def _found(self, touch: Touch) -> None:
        self.found.append(touch)


def _defines(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 1)


def _targets(target: ast.AST) -> Iterator[ast.AST]:
    """Give the single targets of a target, which may be a tuple of tuples."""
    waiting = [target]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (ast.Tuple, ast.List)):
            waiting.extend(reversed(one.elts))
        elif isinstance(one, ast.Starred):
            waiting.append(one.value)
        else:
            yield one


def _stored(target: ast.AST) -> set[str]:
    return {one.id for one in _targets(target) if isinstance(one, ast.Name)}


def _loaded(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _root(node: ast.AST) -> tuple[str, str]:
    """Give the variable at the root of ``a.b["c"].d``, and it with its attributes but the last step: ``a.b``."""
    steps: list[str] = []
    last = True
    for _ in range(_MOST_STEPS):
        if not isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
            break
        if isinstance(node, ast.Attribute) and not last:
            steps.append(node.attr)
        last = False
        node = node.func if isinstance(node, ast.Call) else node.value
    if not isinstance(node, ast.Name):
        return "", ""
    return node.id, ".".join([node.id, *reversed([one for one in steps if one not in ("loc", "iloc", "at", "iat")])])


def _parts(node: ast.AST) -> Iterator[str]:
    """Give the attribute, or the column or columns, that a target names."""
    if isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Subscript):
        for one in _targets(node.slice):  # df.loc[rows, "price"], df[["a", "b"]]
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value


def _bound(body: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """Give the names that statements bind, and those that they declare to be another's, not going into functions."""
    bound, shared = set[str](), set[str]()
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            shared.update(node.names)
        elif isinstance(node, ast.Name):
            bound.update([node.id] if isinstance(node.ctx, ast.Store) else [])
        elif type(node).__name__ in _BINDING:
            name = getattr(node, "asname", None) or getattr(node, "name", None) or ""
            bound.add(name.split(".")[0])
        if not isinstance(node, (*_SCOPES, *_COMPREHENSIONS)):
            waiting.extend(ast.iter_child_nodes(node))
    return bound, shared
