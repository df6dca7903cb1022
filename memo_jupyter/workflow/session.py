"""What a session came to: the life of one kernel, told by its cells, notes and questions, with no language model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from memo_jupyter.errors import StoreError, UnknownId
from memo_jupyter.index.rows import Filter
from memo_jupyter.types import ERROR, PARTIAL
from memo_jupyter.workflow.reading import touches_of
from memo_jupyter.workflow.telling import result, shortened
from memo_jupyter.workflow.touches import FILE, READ, REMOVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from memo_jupyter.opened import Opened
    from memo_jupyter.types import Record

_CELLS = 500
"""Cells of a session that are looked at: the latest."""

_LOOKED_BACK = 50
"""Cells among which the latest session is looked for."""

_MOST = 12
"""Of each sort of finding, so many are told: the latest."""

_OPEN = re.compile(r"#.*\b(?:TODO|FIXME|XXX)\b.*|#[^#\n]{4,200}\?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Session:
    """What a session came to.

    Attributes
    ----------
    id : str
        As `source["session"]` of its cells has it.
    notebook : str or None
    first, last : datetime
        When its first and its last cell ran, in UTC.
    cells : sequence of Record
        Its runs, the oldest first; at the most the last 500.
    results : sequence of str
        The last line of each cell's outputs that looks like a result, the latest last.
    figures : int
        Pictures that its cells drew.
    mended, open_errors : sequence of str
        Errors after which the cell ran, or that a fix was kept for; and the others.
    read, written : sequence of str
        Files.
    questions, open_questions : sequence of str
        What memo was asked; and what was left without an answer, with what comments say is to be done.
    """

    id: str
    notebook: str | None
    first: datetime
    last: datetime
    cells: Sequence[Record]
    results: Sequence[str]
    figures: int
    mended: Sequence[str]
    open_errors: Sequence[str]
    read: Sequence[str]
    written: Sequence[str]
    questions: Sequence[str]
    open_questions: Sequence[str]


def latest(parts: Opened, notebook: str | None = None) -> str:
    """Name the latest session, of that notebook if it has one; or nothing."""
    for source in dict.fromkeys((notebook, None)):
        for row in parts.rows(Filter(kinds=["cell"], source=source), _LOOKED_BACK):
            if isinstance(found := row.source.get("session"), str):
                return found
    return ""


def look(parts: Opened, session: str, last: int | None = None) -> Session | None:
    """Look through a session, or its last so many cells; None if no cell of it is remembered."""
    most = min(last or _CELLS, _CELLS)
    rows = parts.rows(Filter(kinds=["cell", "fix"], source=session))
    cells = _records(parts, [row.id for row in rows if row.kind == "cell"][:most])
    if not cells:
        return None
    begin, end = cells[0].created, cells[-1].created
    notebook = next((str(one.source["notebook"]) for one in cells if "notebook" in one.source), None)
    said = [
        row for row in parts.rows(Filter(kinds=["chat", "fix"], since=begin - timedelta(hours=1)))
        if _is_of(row.source, session, notebook)
    ]  # fmt: skip
    chats = _records(parts, [row.id for row in said if row.kind == "chat"])
    fixes = [row.source for row in (*said, *rows) if row.kind == "fix"]
    # The cell that raised it may be another than the one that mended it.
    mended, left = _errors(cells, {str(fix[name]) for fix in fixes for name in ("broken", "cell") if name in fix})
    read, written = _files(cells)
    todo = [shortened(found[0].lstrip("# ")) for one in cells for found in _OPEN.finditer((one.code or "")[:50_000])]
    unanswered = [_question(one) for one in chats if PARTIAL in one.tags or not (one.response or "").strip()]
    return Session(
        session, notebook, begin, end, cells,
        _last(found for one in cells if ERROR not in one.tags and (found := result(one))),
        sum(len(one.thumbnails) for one in cells),
        mended, left, read, written,
        _last(_question(one) for one in chats), _last([*unanswered, *todo]),
    )  # fmt: skip


def _is_of(told: Mapping[str, str | int], session: str, notebook: str | None) -> bool:
    if "session" in told:
        return bool(told["session"] == session)
    return notebook is not None and told.get("notebook") == notebook


def _records(parts: Opened, ids: Sequence[str]) -> list[Record]:
    """Read records, the oldest first; what is damaged or gone is left out."""
    found = []
    for one in reversed(ids):
        try:
            found.append(parts.read(one))
        except (StoreError, UnknownId):
            continue
    return found


def _errors(cells: Sequence[Record], fixed: set[str]) -> tuple[list[str], list[str]]:
    """Tell the errors that were mended from those that are open: after the former, the same cell ran through."""
    mended: dict[str, None] = {}
    left: dict[str, None] = {}
    for place, one in enumerate(cells):
        if ERROR not in one.tags:
            continue
        key = _key(one)
        later = [
            other for other in cells[place + 1 :] if _key(other) == key or other.source.get("supersedes") == one.id
        ]
        told = f"{one.source.get('error') or _raised(one)}: {_opening(one.code or '')}"
        ran = any(ERROR not in other.tags for other in later)
        if ran or one.id in fixed or str(one.source.get("cell")) in fixed:
            mended[told] = None
        elif not later:  # else the last of its runs tells
            left[told] = None
    return _last(mended), _last(left)


def _key(record: Record) -> str:
    """Name the cell that a run is of; where the front end does not say, its first line."""
    return str(record.source.get("cell") or _opening(record.code or ""))


def _raised(record: Record) -> str:
    lines = [line for line in (record.outputs or "").splitlines() if line.strip()]
    name = lines[-1].partition(":")[0] if lines else ""
    return name if name.isidentifier() else "error"


def _opening(code: str) -> str:
    return shortened(next((line for line in code.splitlines() if line.strip() and line.strip()[0] not in "#%"), code))


def _files(cells: Sequence[Record]) -> tuple[list[str], list[str]]:
    read: dict[str, None] = {}
    written: dict[str, None] = {}
    for one in cells:
        for touch in touches_of(one.code or ""):
            if touch.sort == FILE and touch.how != REMOVED:
                (read if touch.how == READ else written)[shortened(touch.name)] = None
    return _last(one for one in read if one not in written), _last(written)


def _question(record: Record) -> str:
    return shortened(record.prompt or record.text)


def _last(found: Iterable[str]) -> list[str]:
    """Give the last few of some texts, each once."""
    return list(dict.fromkeys(found))[-_MOST:]
