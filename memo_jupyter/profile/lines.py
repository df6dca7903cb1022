"""The lines of the profile, as they are kept: each is a memory of the kind `profile`.

Its source says what it is about (`topic`, `sort`), which memories it rests on (`evidence`, their ids), and which line
it has taken the place of (`supersedes`). A line that another supersedes is history. All of that is in the catalog, so
no file is read for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.profile.finding import SORTS, Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from memo_jupyter.index.rows import Row

USER = "user"
"""The author of a line that the user wrote; what is learned never takes its place."""

CODE = "code"
"""The author of a line that the user's cells show; of the others it is the language model that distilled them."""

IN_PROMPTS = 40
"""Lines that a prompt has at the most, the most telling ones."""


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """Something that memo has learned of its user, or was told by them.

    Attributes
    ----------
    id : str
        Of the memory that it is.
    sort : str
        One of `SORTS`.
    topic : str
        What it is about.
    text : str
    when : datetime
        When the newest memory it rests on was made; for the user's own, when they wrote it. In UTC.
    evidence : tuple of str
        The ids of the memories it rests on, newest first.
    author : str
        `user`, `code`, or the language model that distilled it.
    supersedes : str or None
        The id of the line it has taken the place of.
    """

    id: str
    sort: str
    topic: str
    text: str
    when: datetime
    evidence: tuple[str, ...]
    author: str
    supersedes: str | None = None


def line_of(row: Row) -> ProfileLine:
    """Read a row of the kind `profile`. It may be of an imported file, so that anything may stand in it."""
    told = {name: str(value) for name, value in row.source.items()}
    sort = told.get("sort", "")
    return ProfileLine(
        id=row.id,
        sort=sort if sort in SORTS else SORTS[0],
        topic=told.get("topic", row.id),
        text=row.opening,
        when=row.created,
        evidence=tuple(told.get("evidence", "").split()),
        author=row.author or USER,
        supersedes=told.get("supersedes"),
    )


def source_of(finding: Finding, supersedes: str | None) -> dict[str, str | int]:
    """Make the source of a line."""
    source: dict[str, str | int] = {"topic": finding.topic, "sort": finding.sort}
    if finding.evidence:
        source["evidence"] = " ".join(finding.evidence)
    return source | ({"supersedes": supersedes} if supersedes else {})


def current(lines: Iterable[ProfileLine]) -> list[ProfileLine]:
    """List those that hold now, the most telling first: what the user wrote, then goals, preferences, words, habits.

    Of what was learned on one topic, only the first holds: a process that died may have left it twice.
    """
    seen: set[str] = set()
    found = []
    for line in holding(lines):
        if line.author == USER or line.topic.casefold() not in seen:
            found.append(line)
        seen.add(line.topic.casefold())
    return found


def holding(lines: Iterable[ProfileLine]) -> list[ProfileLine]:
    """List those that no other has taken the place of, in the order of `current`."""
    everything = list(lines)
    over = {line.supersedes for line in everything}
    order = ("goal", "preference", "vocabulary", "habit")
    found = [line for line in everything if line.id not in over]
    found.sort(key=lambda line: line.when, reverse=True)
    return sorted(found, key=lambda line: (line.author != USER, order.index(line.sort)))


def before(line: ProfileLine, lines: Sequence[ProfileLine]) -> list[ProfileLine]:
    """List what a line has taken the place of, the latest first."""
    known = {one.id: one for one in lines}
    found: list[ProfileLine] = []
    while line.supersedes in known and known[line.supersedes] not in found:
        line = known[line.supersedes]
        found.append(line)
    return found


def resting_alone(lines: Iterable[ProfileLine], gone: Collection[str]) -> list[str]:
    """List the ids of the lines that rest on nothing but memories that are `gone`."""
    gone = set(gone)
    return [line.id for line in lines if line.evidence and gone.issuperset(line.evidence)]
