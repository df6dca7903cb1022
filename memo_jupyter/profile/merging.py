"""What becomes of the profile when something is found: a new line, a newer line in an older one's place, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from memo_jupyter.profile.finding import MOST_EVIDENCE, Finding
from memo_jupyter.profile.lines import USER, ProfileLine, current

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
    gone : list of str
        The ids of lines to forget: those that are only dated anew, and those that their evidence shows no longer.
    """

    new: list[tuple[Finding, str | None]] = field(default_factory=list)
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
    known = {line.topic.casefold(): line for line in current(lines)}
    seen: set[str] = set()
    for finding in found:
        topic = finding.topic.casefold()
        if topic in seen or not state.wants(finding.topic):
            continue
        seen.add(topic)
        line = known.get(topic)
        if line is None:
            changes.new.append((finding, None))
        elif line.author == USER or finding.when < line.when:
            continue  # what a person says of themselves stands; and older evidence contradicts nothing
        elif _same(line.text, finding.text):
            if finding.when - line.when >= _STALE:
                evidence = dict.fromkeys((*finding.evidence, *line.evidence))
                renewed = replace(finding, evidence=tuple(evidence)[:MOST_EVIDENCE])
                changes.new.append((renewed, line.supersedes))
                changes.gone.append(line.id)
        else:
            changes.new.append((finding, line.id))
    if whole:
        lost = [line for topic, line in known.items() if line.author == author and topic not in seen]
        changes.gone += [line.id for line in lost]
    return changes


def _same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()).rstrip(".") == " ".join(other.casefold().split()).rstrip(".")
