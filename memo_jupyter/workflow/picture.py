"""A timeline as a picture: an SVG that loads nothing, runs nothing, and is as wide as the page lets it be.

Positions along the time are shares of the width and letters are in pixels, so that it is read as well at 320 pixels as
at 900. Colours are the front end's own where it has them, else of a greige that stands on light and on dark.
"""

from __future__ import annotations

import html
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from memo_jupyter.workflow.days import Entry, Timeline

_ROWS = 8
"""Notebooks with a row of their own; what was done in the others shares one."""

_BARS = 26  # pixels that the highest bar has
_LABEL = 17  # pixels of a row's name
_LANES = 15  # pixels below a row's bars, for the marks
_GAP = 9
_ROW = _LABEL + _BARS + _LANES + _GAP
_AXIS = 22
_LEGEND = 24
_TICKS = 4  # dates on the axis, at the most: more would touch at 320 pixels
_FEWEST = 14  # columns that there is room for: a single day is no wall
_CHARACTERS = 40  # of a notebook's name

_TEXT = "fill:var(--jp-ui-font-color2,#857f76)"
_NAME = "fill:var(--jp-ui-font-color1,#8a8378)"
_RULE = "stroke:var(--jp-border-color2,#b8b0a4);stroke-opacity:.6"
_CELLS = "fill:#b3a793"
_ERRORS = "fill:#b5654a"
_FIXES = "fill:none;stroke:#7f8f6d;stroke-width:1.6"
_WORDS = "fill:#8a7fa0"
_STYLE = (
    "display:block;width:100%;max-width:960px;overflow:visible;"
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:12px"
)


def picture(timeline: Timeline) -> str:
    """Draw a timeline."""
    columns = {start: place for place, start in enumerate(timeline.starts)}
    rows = _rows(timeline.entries)
    most = max((sum(one.cells for one in found) for _, row in rows for found in row.values()), default=0)
    height = _LEGEND + len(rows) * _ROW + _AXIS
    parts = [_axis(timeline, height)]
    for number, (name, entries) in enumerate(rows):
        top = _LEGEND + number * _ROW
        parts.append(_row(name, top))
        for start, entry in sorted(entries.items()):
            parts.append(
                _column(entry, name, columns[start], max(_FEWEST, len(columns)), top + _LABEL, most, timeline.unit)
            )
    title = f"What was done, by {timeline.unit} and notebook"
    return (
        f'<svg role="img" aria-label="{_safe(title)}" width="100%" height="{height}" '
        f'xmlns="http://www.w3.org/2000/svg" style="{_STYLE}"><title>{_safe(title)}</title>'
        f"<desc>{_safe(described(timeline))}</desc>{_legend()}{''.join(parts)}</svg>"
    )


def described(timeline: Timeline) -> str:
    """Say in a sentence what the picture shows."""
    if not timeline.entries:
        return "Nothing was done."
    entries = timeline.entries
    counts = amounts(
        sum(one.cells for one in entries), sum(one.errors for one in entries), sum(one.fixes for one in entries),
        sum(one.notes for one in entries), sum(one.chats for one in entries),
    )  # fmt: skip
    places = len({one.notebook for one in entries})
    spans = f"from {timeline.starts[0]:%Y-%m-%d} to {max(entry.last for entry in entries).astimezone():%Y-%m-%d}"
    return f"{counts}, {spans}, in {places:,} notebook{'s' if places != 1 else ''}."


def amounts(cells: int, errors: int, fixes: int, notes: int, chats: int) -> str:
    """Write amounts, leaving out what there is none of."""
    told = []
    for number, one in ((cells, "cell"), (errors, "error"), (fixes, "fix"), (notes, "note"), (chats, "chat")):
        if number:
            more = "es" if one == "fix" else "s"
            told.append(f"{number:,} {one}{more if number > 1 else ''}")
    return ", ".join(told)


def place_name(notebook: str | None) -> str:
    """Write a notebook's name without its folders."""
    return (notebook or "").replace("\\", "/").rstrip("/").rpartition("/")[2] or "no notebook"


def when(start: date, unit: str) -> str:
    """Write a day, week, month or year."""
    return {"day": f"{start:%Y-%m-%d %a}", "week": f"week of {start:%Y-%m-%d}", "month": f"{start:%Y-%m}"}.get(
        unit, f"{start:%Y}"
    )


def _rows(entries: Sequence[Entry]) -> list[tuple[str, dict[date, list[Entry]]]]:
    """Give the notebooks, those first in which most was done; of the many, the rest together."""
    sizes: dict[str | None, int] = defaultdict(int)
    for entry in entries:
        sizes[entry.notebook] += entry.size
    order = sorted(sizes, key=lambda one: (-sizes[one], one or ""))
    shown = order if len(order) <= _ROWS else order[: _ROWS - 1]
    rest = f"{len(order) - len(shown):,} more notebooks"
    found: dict[str | None, dict[date, list[Entry]]] = {one: defaultdict(list) for one in shown}
    others: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        found.get(entry.notebook, others)[entry.start].append(entry)
    rows = [(place_name(one), found[one]) for one in shown]
    return [*rows, *([(rest, others)] if others else [])]


def _row(name: str, top: int) -> str:
    shown = name if len(name) <= _CHARACTERS else name[: _CHARACTERS - 1] + "…"
    base = top + _LABEL + _BARS
    return (
        f'<text x="0" y="{top + 12}" style="{_NAME}">{_safe(shown)}</text>'
        f'<line x1="0" x2="100%" y1="{base + 0.5}" y2="{base + 0.5}" style="{_RULE}"/>'
    )


def _column(entries: Sequence[Entry], name: str, place: int, number: int, top: int, most: int, unit: str) -> str:
    """Draw what was done on a day: a bar of cells, those that raised an error in it; below it, fixes and words."""
    wide = 100 / number
    cells, errors, fixes, notes, chats = (
        sum(getattr(entry, what) for entry in entries) for what in ("cells", "errors", "fixes", "notes", "chats")
    )
    base = top + _BARS
    middle = f"{(place + 0.5) * wide:.3f}%"
    parts = []
    if cells:
        high = max(2.0, _BARS * cells / most)
        left, across = f"{(place + 0.12) * wide:.3f}%", f"{wide * 0.76:.3f}%"
        if errors:
            wrong = min(high, max(1.5, high * errors / cells))
            parts.append(_bar(left, across, base - wrong, wrong, _ERRORS))
            base_of_rest, high = base - wrong, high - wrong
        else:
            base_of_rest = base
        if high > 0:
            parts.append(_bar(left, across, base_of_rest - high, high, _CELLS))
    if fixes:
        parts.append(f'<circle cx="{middle}" cy="{base + 5}" r="2" style="{_FIXES}"/>')
    if notes or chats:
        parts.append(f'<circle cx="{middle}" cy="{base + 11.5}" r="1.9" style="{_WORDS}"/>')
    told = f"{when(entries[0].start, unit)}, {name}: {amounts(cells, errors, fixes, notes, chats)}"
    return f"<g><title>{_safe(told)}</title>{''.join(parts)}</g>"


def _bar(left: str, across: str, top: float, high: float, style: str) -> str:
    return f'<rect x="{left}" y="{top:.1f}" width="{across}" height="{high:.1f}" style="{style}"/>'


def _axis(timeline: Timeline, height: int) -> str:
    starts = timeline.starts
    if not starts:
        return ""
    step = max(1, -(-len(starts) // _TICKS))
    parts = []
    for place in range(0, len(starts), step):
        x = f"{(place + 0.12) * 100 / max(_FEWEST, len(starts)):.3f}%"
        told = _tick(starts, place, starts[max(0, place - step)], timeline.unit)
        parts.append(
            f'<line x1="{x}" x2="{x}" y1="{_LEGEND}" y2="{height - _AXIS + 2}" style="{_RULE};stroke-dasharray:1 4"/>'
            f'<text x="{x}" y="{height - 6}" style="{_TEXT}">{told}</text>'
        )
    return "".join(parts)


def _tick(starts: Sequence[date], place: int, before: date, unit: str) -> str:
    """Write a date on the axis; the year only where it is another than that of the date before it."""
    start = starts[place]
    if unit == "year":
        return f"{start:%Y}"
    if unit == "month":
        return f"{start:%b %Y}"
    new = start.year != before.year or (place == 0 and starts[0].year != starts[-1].year)
    return f"{start:%b %Y}" if new else f"{start.day} {start:%b}"


def _legend() -> str:
    words = f'style="{_TEXT}"'
    return (
        f'<rect x="0" y="3" width="8" height="9" style="{_CELLS}"/><text x="13" y="12" {words}>cells</text>'
        f'<rect x="52" y="3" width="8" height="9" style="{_ERRORS}"/><text x="65" y="12" {words}>errors</text>'
        f'<circle cx="114" cy="8" r="3" style="{_FIXES}"/><text x="122" y="12" {words}>fixes</text>'
        f'<circle cx="163" cy="8" r="3" style="{_WORDS}"/><text x="171" y="12" {words}>notes, chats</text>'
    )


def _safe(text: str) -> str:
    return html.escape("".join(char if char.isprintable() else " " for char in text))
