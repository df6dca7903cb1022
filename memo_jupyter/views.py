"""What a command shows, as plain text and as HTML.

A `Page` is a few blocks. IPython asks it for the form it can show, so a command needs not know who is looking. All text
in it is escaped; colours are the front end's own, muted.
"""

from __future__ import annotations

import base64
import html
import textwrap
from dataclasses import dataclass, field
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

from memo_jupyter.characters import for_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_NARROW = 60  # characters: a long column narrower than that is a tower
_FEW = 4  # columns of a table that stays one however narrow it gets
_LARGEST = 300_000  # bytes of a picture that is put into a page
_WIDEST = 4096  # pixels
_PNG, _END = b"\x89PNG\r\n\x1a\n", b"IEND"
_QUIET = "color:var(--jp-ui-font-color2,#857f76)"
_FONT = "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:var(--jp-ui-font-size1,13px)"
_TABLE = "border-collapse:collapse;margin:4px 0"
_CELL = "text-align:left;vertical-align:top;padding:2px 14px 2px 0;border:none;background:none;max-width:60em"
_SHORT = 28  # characters of a cell that is kept on one line: a longer one would push the last column out of the page
_BROKEN = "min-width:10em;max-width:18em;overflow-wrap:anywhere"
_PRE = (
    "white-space:pre-wrap;overflow-wrap:anywhere;margin:4px 0;padding:6px 10px;border-left:2px solid #c9c0b3;"
    "background:none;font-size:var(--jp-code-font-size,12px)"
)
_MARKED = "background:rgba(201,192,179,.28)"  # over the front end's own colour, light or dark


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; a quiet one stands back."""

    text: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A text shown as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads, in a page, to something beside it: `href` is relative, and made by memo."""

    text: str
    href: str


Cell = str | Link


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under headings; the last column is the long one."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Folded:
    """Blocks that stay shut, in HTML, until they are opened; in a terminal, only the title and the blocks."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Beside:
    """Two versions of a text: in HTML side by side, or one below the other where that is narrow; else their diff."""

    left_title: str
    left: str
    right_title: str
    right: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture drawn by memo: `svg` is memo's own, with all text in it escaped; `text` says what it shows."""

    svg: str
    text: str


@dataclass(frozen=True, slots=True)
class Photo:
    """A small PNG picture, from anywhere; what is none, or is large, is only named by `text`."""

    png: bytes
    text: str


Block = Line | Text | Table | Folded | Beside | Drawing | Photo


@dataclass(frozen=True)
class Page:
    """What a command shows."""

    blocks: Sequence[Block] = field(default_factory=tuple)

    def text(self, width: int = 100) -> str:
        """Give it as plain text that is harmless on a terminal, lines no longer than `width` where they can be cut."""
        return for_terminal("\n".join(_text(block, width) for block in self.blocks))

    def html(self) -> str:
        """Give it as HTML that loads nothing and runs nothing."""
        return f'<div style="{_FONT}">{"".join(_html(block) for block in self.blocks)}</div>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        del include, exclude
        return {"text/plain": self.text(), "text/html": self.html()}

    def __repr__(self) -> str:
        return self.text()


def _text(block: Block, width: int) -> str:
    if isinstance(block, Line):
        return textwrap.fill(block.text, width, break_long_words=False, break_on_hyphens=False) if block.text else ""
    if isinstance(block, Text):
        return textwrap.indent(block.text, "    ", lambda _: True)
    if isinstance(block, (Drawing, Photo)):
        return textwrap.fill(block.text, width, break_long_words=False, break_on_hyphens=False)
    if isinstance(block, Folded):
        return "\n".join([block.title, *(_text(inner, width) for inner in block.blocks)])
    if isinstance(block, Beside):
        lines = unified_diff(
            block.left.splitlines(), block.right.splitlines(), block.left_title, block.right_title, lineterm=""
        )
        return textwrap.indent("\n".join(lines), "    ", lambda _: True)
    return _text_table(block, width)


def _text_table(table: Table, width: int) -> str:
    told = [list(table.headings)] if any(table.headings) else []
    rows = told + [[" ".join(_words(cell).split()) for cell in row] for row in table.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.headings) - 1)]
    before = sum(widths) + 2 * len(widths)
    if width - before < _NARROW and len(table.headings) > _FEW:
        return _text_list(rows[len(told) :], width)
    lines: list[str] = []
    for row in rows:
        start = "".join(cell.ljust(size + 2) for cell, size in zip(row, widths, strict=False))
        wrapped = textwrap.wrap(row[-1], max(20, width - before), break_on_hyphens=False) or [""]
        lines.append((start + wrapped[0]).rstrip())
        lines += [" " * before + line for line in wrapped[1:]]
    return "\n".join(lines)


def _text_list(rows: Sequence[Sequence[str]], width: int) -> str:
    """Where the long column would be too narrow: the short cells on a line, the long one below them."""
    lines: list[str] = []
    for row in rows:
        lines.append("  ".join(filter(None, row[:-1])))
        lines += textwrap.wrap(row[-1], width, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
    return "\n".join(lines)


def _html_photo(photo: Photo) -> str:
    if not is_small_png(photo.png):
        return f'<div style="{_QUIET}">{html.escape(photo.text)}</div>'
    shown = base64.b64encode(photo.png).decode("ascii")
    return (
        f'<img src="data:image/png;base64,{shown}" alt="{html.escape(photo.text)}" '
        'style="max-width:100%;height:auto;margin:4px 8px 4px 0">'
    )


def is_small_png(picture: bytes) -> bool:
    """Tell whether bytes are a PNG that a page may hold: its signature, a header of a size that is one, and its end.

    Source of the form: https://www.w3.org/TR/png-3/#5DataRep
    """
    if not 45 <= len(picture) <= _LARGEST or not picture.startswith(_PNG) or _END not in picture[-12:]:  # noqa: PLR2004  # the least
        return False
    sides = (int.from_bytes(picture[start : start + 4], "big") for start in (16, 20))
    return picture[12:16] == b"IHDR" and all(0 < side <= _WIDEST for side in sides)


def _words(cell: Cell) -> str:
    return cell.text if isinstance(cell, Link) else cell


def _html_cell(cell: Cell, *, long: bool) -> str:
    words = _words(cell)
    style = _CELL if long else f"{_CELL};white-space:nowrap" if len(words) <= _SHORT else f"{_CELL};{_BROKEN}"
    shown = html.escape(words)
    if isinstance(cell, Link):
        shown = f'<a href="{html.escape(cell.href)}">{shown}</a>'
    return f'<td style="{style}">{shown}</td>'


def _html_beside(block: Beside) -> str:
    left, right = block.left.splitlines(), block.right.splitlines()
    sides = ((block.left_title, left, right), (block.right_title, right, left))
    columns = "".join(
        f'<div style="flex:1 1 20em;min-width:0"><div style="{_QUIET}">{html.escape(title)}</div>'
        f'<pre style="{_PRE}">{"".join(_html_line(line, marked=line not in others) for line in mine)}</pre></div>'
        for title, mine, others in sides
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:0 16px">{columns}</div>'


def _html_line(line: str, *, marked: bool) -> str:
    style = f' style="{_MARKED}"' if marked else ""
    return f"<span{style}>{html.escape(line)}</span>\n"


def _html(block: Block) -> str:
    return _HTML[type(block)](block)


def _html_of_line(block: Line) -> str:
    style = f' style="{_QUIET}"' if block.quiet else ""
    return f"<div{style}>{html.escape(block.text)}</div>"


def _html_text(block: Text) -> str:
    return f'<pre style="{_PRE}">{html.escape(block.text)}</pre>'


def _html_folded(block: Folded) -> str:
    inner = "".join(_html(one) for one in block.blocks)
    return (
        f'<details style="margin:4px 0"><summary style="{_QUIET};cursor:pointer">'
        f"{html.escape(block.title)}</summary>{inner}</details>"
    )


def _html_drawing(block: Drawing) -> str:
    return f'<div style="margin:6px 0 10px">{block.svg}</div>'


def _html_table(block: Table) -> str:
    names = "".join(
        f'<th style="{_CELL};{_QUIET};font-weight:normal">{html.escape(name)}</th>' for name in block.headings
    )
    head = f"<thead><tr>{names}</tr></thead>" if any(block.headings) else ""
    body = "".join(
        "<tr style='background:none'>"
        + "".join(_html_cell(cell, long=place >= len(row) - 1) for place, cell in enumerate(row))
        + "</tr>"
        for row in block.rows
    )
    return f'<table style="{_TABLE};{_FONT}">{head}<tbody>{body}</tbody></table>'


_HTML: Mapping[type, Callable[[Any], str]] = {
    Line: _html_of_line,
    Text: _html_text,
    Table: _html_table,
    Folded: _html_folded,
    Beside: _html_beside,
    Drawing: _html_drawing,
    Photo: _html_photo,
}
