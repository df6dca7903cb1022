"""What becomes of the profile when something is found: a new line, a newer line in an older one's place, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from memo_jupyter.profile.finding import MOST_EVIDENCE, Finding
from memo_jupyter.profile.lines import USER, ProfileLine, before, current, holding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from memo_jupyter.profile.state import State

_STALE = timedelta(days=7)
"""A line that is found again gets its newer evidence and date after so long: not at every pass."""


@dataclass(slots=True)
class Changes:
    """What to do with the profile.

    Attributes
    ----------
    new : list of (Finding, str or None)
        Lines to keep, and the id of the line that each supersedes.
    instead : list of (Finding, ProfileLine)
        Lines to keep, and the line that each is put in the place of, which is to be forgotten: it is only dated anew,
        or its evidence says something else by now.
    gone : list of str
        The ids of lines to forget: what their evidence shows no longer, and what two passes kept at once.
    """

    new: list[tuple[Finding, str | None]] = field(default_factory=list)
    instead: list[tuple[Finding, ProfileLine]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def merge(
    lines: Sequence[ProfileLine], found: Iterable[Finding], author: str, state: State, *, whole: bool = False
) -> Changes:
    """Compare what was found with what is known.

    Parameters
    ----------
    lines : sequence of ProfileLine
        All there are, history too.
    found : iterable of Finding
    author : str
        Who found it.
    state : State
    whole : bool
        Whether that is all that this author finds now, so that what is not among it no longer holds.
    """
    changes = Changes()
    now = current(lines)
    known = {line.topic.casefold(): line for line in reversed(now)}
    changes.gone += [line.id for line in holding(lines) if line not in now]  # a process died, or two learned at once
    seen: set[str] = set()
    for finding in found:
        topic = finding.topic.casefold()
        if topic in seen or not state.wants(finding.topic):
            continue
        seen.add(topic)
        _take(finding, known.get(topic), changes, whole_of=author if whole else "")
    for topic, line in known.items():
        if whole and line.author == author and topic not in seen:
            changes.gone.append(line.id)
            changes.gone += [one.id for one in takewhile(lambda one: one.author == author, before(line, lines))]
    return changes


def _take(finding: Finding, line: ProfileLine | None, changes: Changes, *, whole_of: str) -> None:
    """Decide on one finding, where `line` is what is known of its topic."""
    if line is None:
        changes.new.append((finding, None))
    elif line.author == USER:
        return  # what a person says of themselves stands
    elif same(line.text, finding.text):
        if finding.when - line.when >= _STALE:
            evidence = dict.fromkeys((*finding.evidence, *line.evidence))
            changes.instead.append((replace(finding, evidence=tuple(evidence)[:MOST_EVIDENCE]), line))
    elif finding.when >= line.when:
        changes.new.append((finding, line.id))
    elif line.author == whole_of:  # what it rested on was forgotten: older evidence alone contradicts nothing
        changes.instead.append((finding, line))


def same(one: str, other: str) -> bool:
    """Tell whether two lines say the same, in the same words."""
    return " ".join(one.casefold().split()).rstrip(".") == " ".join(other.casefold().split()).rstrip(".")
