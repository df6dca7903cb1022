"""Of rivals, the one that this user prefers: libraries, looks of plots, ways to name things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.profile.code import plain
from memo_jupyter.profile.code.counting import finding, won
from memo_jupyter.profile.code.libraries import NO_SHORT_NAME, has_usual
from memo_jupyter.profile.code.sentences import CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memo_jupyter.profile.code.counting import Span
    from memo_jupyter.profile.code.tally import Tally
    from memo_jupyter.profile.finding import Finding

_NAMES = frozenset({"naming:model", "naming:splits", "naming:axes"})
"""Topics whose values are names out of the user's code."""

_LONGEST_NAMES = 80


def preferred(tally: Tally, span: Span) -> Iterator[Finding]:
    """Give what is preferred on each topic of `CHOICES` where that is clear, in their order."""
    for topic, choice in CHOICES.items():
        found = won(tally.of(topic), span)
        if (
            not found
            or (found.value in choice.granted and not found.former and not (choice.rivals and found.rival))
            or not _may_be_said(topic, found.value)
        ):
            continue
        text = choice.said.format(found.value)
        if found.former and _may_be_said(topic, found.former):
            text += f", no longer {found.former}"
        elif choice.rivals and found.rival:
            text += f" rather than {found.rival}"
        yield finding(topic, choice.sort, f"{text}.", found.places)


def short_names(tally: Tally, span: Span) -> Iterator[Finding]:
    """Tell of libraries that are imported by another name than everyone's."""
    for topic in sorted(topic for topic in tally.seen if topic.startswith("import:")):
        library = topic.partition(":")[2]
        usual, found = has_usual(library), won(tally.of(topic), span)
        if not usual or not found or found.value == usual:
            continue
        if found.value == NO_SHORT_NAME:
            yield finding(topic, "habit", f"Imports {library} without a short name.", found.places)
        elif plain.name(found.value):
            yield finding(topic, "habit", f"Imports {library} as {found.value}, not as {usual}.", found.places)


def _may_be_said(topic: str, value: str) -> bool:
    """Tell whether names out of the user's code may be shown."""
    if topic not in _NAMES:
        return True
    return len(value) <= _LONGEST_NAMES and all(plain.name(one) for one in value.split(", "))
