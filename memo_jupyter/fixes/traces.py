"""What a traceback says of where an error was raised: the user's lines, and the library's functions.

IPython's own layout is read, of all its versions, and Python's; what is neither gives nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CHAINED = re.compile(
    r"^(?:The above exception was the direct cause|During handling of the above exception).*$", re.MULTILINE
)
_HEAD = re.compile(
    r"""^(?:
      \s*(?P<cell>Cell\ In\s?\[\d+\]|Input\ In\s?\[\d+\]|<ipython-input[^>]*>)(?:,\ line\ (?P<row>\d+))?
        (?:,?\ in\ (?P<inside>[^\n(]+).*)?
    | File\ (?P<file>[^"\n]+?):(?P<line>\d+)(?:,\ in\ (?P<function>[^\n(]+).*)?
    | \s+File\ "(?P<path>[^"\n]+)",\ line\ (?P<number>\d+)(?:,\ in\ (?P<name>[^\n]+))?
    | (?P<old>[~/.][^\n]*\.py)\ in\ (?P<old_function>[^\n(]+)\(.*
    )$""",
    re.VERBOSE,
)
_ARROW = re.compile(r"^-+>\s?(?P<number>\d+)(?P<code>.*)$")
_LIBRARY = re.compile(
    r"(?:(?:site|dist)-packages|lib/python\d[\d.]*(?!.*(?:site|dist)-packages)|Python\d+/Lib(?!/site-packages))/+(?P<module>.+)$"
)
_COMPILED = re.compile(r"\.(?:pyx|pxi|pxd)$|^<frozen ")
_OF_THE_SHELL = ("<ipython-input", "/ipykernel_")
_WRAPPERS = frozenset("wrapper wrapped inner inner_f decorator _wrapped_call_impl _call_impl new_func".split())
_MOST = 80  # frames


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a traceback.

    Attributes
    ----------
    package : str
        The library that it is in; empty for the user's own code.
    function : str
        Its last name alone, since layouts differ in the rest; with its class where it is a special method. Empty at the
        top of a cell.
    line : str
        The line of code that was at work, if it is shown.
    number : int
        Its number; 0 where it is not shown.
    in_cell : bool
        Whether it is in a cell of the notebook.
    """

    package: str
    function: str
    line: str = ""
    number: int = 0
    in_cell: bool = False


def frames(traceback: str) -> tuple[Frame, ...]:
    """List the frames of the error that was raised last, the innermost last."""
    text = _CHAINED.split(traceback.replace("\\", "/"))[-1]
    found: list[Frame] = []
    head: Frame | None = None
    after = 0
    plain = False
    for line in text.splitlines():
        if match := _HEAD.match(line):
            found += [head] if head else []
            head, after, plain = _frame(match), 0, line[0].isspace()
            continue
        after += 1
        if head is None or head.line:
            continue
        if arrow := _ARROW.match(line):
            head = Frame(head.package, head.function, arrow["code"].strip(), int(arrow["number"]), head.in_cell)
        elif plain and after == 1 and line.startswith("    "):  # Python's own layout, and that of a syntax error
            head = Frame(head.package, head.function, line.strip(), head.number, head.in_cell)
    found += [head] if head else []
    return tuple(found[-_MOST:])


def of_user(found: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """Give those in the user's own code."""
    return tuple(frame for frame in found if not frame.package)


def entry(found: tuple[Frame, ...]) -> Frame | None:
    """Give the function of a library that the user's own code called last; what only wraps functions is passed over."""
    called: list[Frame] = []
    for frame in reversed(found):
        if not frame.package:
            break
        called.insert(0, frame)
    return next((frame for frame in called if frame.function not in _WRAPPERS), called[0] if called else None)


def _frame(match: re.Match[str]) -> Frame:
    if match["cell"]:
        return Frame("", _last(match["inside"]), "", int(match["row"] or 0), in_cell=True)
    path = match["file"] or match["path"] or match["old"]
    number = int(match["line"] or match["number"] or 0)
    function = _last(match["function"] or match["name"] or match["old_function"])
    if any(mark in path for mark in _OF_THE_SHELL):
        return Frame("", function, "", number, in_cell=True)
    if found := _LIBRARY.search(path):
        return Frame(found["module"].split("/")[0].removesuffix(".py"), function, "", number)
    if _COMPILED.search(path):
        return Frame(path.split("/")[0].strip("<>"), function, "", number)
    return Frame("", function, "", number)


def _last(name: str | None) -> str:
    *before, last = (name or "").strip().split(".")
    if last.startswith(("<module", "<cell")):
        return ""
    # So many classes have a `__getitem__` that it says nothing without the class.
    return f"{before[-1]}.{last}" if before and last.startswith("__") else last
