"""What a call says of the looks of its writer's plots."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from memo_jupyter.profile.code import plain
from memo_jupyter.profile.code.constants import ending_of, number, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    Mark = tuple[str, str]

_STATE = frozenset(
    "plot scatter hist bar barh imshow boxplot contourf contour errorbar fill_between step xlabel ylabel title legend "
    "xlim ylim axvline axhline semilogy loglog subplot".split()
)
_THEMES = frozenset({"set_theme", "set", "set_style"})
SAVES = frozenset({"savefig", "write_html", "write_image"})
_FIGURES = ("png", "pdf", "svg", "eps", "jpg", "jpeg", "tif", "tiff", "html")
_SIDES = 2
_KEYWORDS = (
    ("cmap", "plotting:colormap", "{}"),
    ("palette", "plotting:palette", "{}"),
    ("template", "plotting:style", "plotly's template {}"),
)


def looks(first: ast.expr | None, words: dict[str, ast.expr], dotted: str, method: str) -> Iterator[Mark]:
    """Tell what a call says.

    Parameters
    ----------
    first : ast.expr or None
        Its first argument.
    words : dict of str to ast.expr
        Its keywords.
    dotted, method : str
        As `calls.said` takes them.

    Yields
    ------
    (str, str)
        A topic, and what it says of it.
    """
    if dotted.startswith("matplotlib."):
        yield from _matplotlib(first, dotted, method)
    elif dotted.startswith("seaborn.") and method in _THEMES:
        yield "plotting:style", f"seaborn's {plain.word(text(words.get('style', first))) or 'default'} theme"
        if context := plain.word(text(words.get("context"))):
            yield "plotting:context", context
    if "figsize" in words:
        yield from _size(words["figsize"])
    for word, topic, said in _KEYWORDS:
        if word in words and (value := plain.word(text(words[word]))):
            yield topic, said.format(value)
    if method in SAVES:
        yield from _saved(ending_of(first).lstrip(".") or text(words.get("format")), words.get("dpi"))


def settings(key: str, value: ast.AST) -> Iterator[Mark]:
    """Tell what an entry of matplotlib's rcParams says."""
    if key == "figure.figsize":
        yield from _size(value)
    elif key in ("savefig.dpi", "figure.dpi") and (dpi := number(value)):
        yield "plotting:dpi", dpi
    elif key == "savefig.format" and text(value) in _FIGURES:
        yield "plotting:format", text(value).upper()
    elif key == "font.family" and plain.word(text(value)):
        yield "plotting:font", text(value)
    elif key == "image.cmap" and plain.word(text(value)):
        yield "plotting:colormap", text(value)


def _matplotlib(first: ast.expr | None, dotted: str, method: str) -> Iterator[Mark]:
    if method == "subplots":
        yield "plotting:interface", "on axes (fig, ax = plt.subplots())"
    elif method in _STATE:
        yield "plotting:interface", "with plt's functions (plt.plot)"
    elif dotted.endswith(".style.use") and (style := plain.word(text(first))):
        yield "plotting:style", f"the style sheet {style}"


def _saved(ending: str, dpi: ast.expr | None) -> Iterator[Mark]:
    ending = ending.lower()
    if ending in _FIGURES:
        yield "plotting:format", {"jpeg": "JPG", "tiff": "TIF"}.get(ending, ending.upper())
    if value := number(dpi):
        yield "plotting:dpi", value


def _size(node: ast.AST) -> Iterator[Mark]:
    if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == _SIDES:
        width, height = (number(side) for side in node.elts)
        if width and height:
            yield "plotting:figsize", f"{width}, {height}"
