"""What was seen in which cells."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memo_jupyter.profile.code.counting import Place
    from memo_jupyter.profile.code.reading import Reading

    Seen = defaultdict[str, list[Place]]


def _seen() -> Seen:
    return defaultdict(list)


@dataclass(slots=True)
class Tally:
    """What was seen in which cells; they are added oldest first.

    Attributes
    ----------
    seen : dict of str to dict of str to list of Place
        For each topic, what cells say of it, and which.
    defined : dict of str to list of Place
        Where the user's own functions and classes were defined.
    signatures : dict of str to str
        How each of those is called, as of the newest definition.
    called : dict of str to list of Place
        Where a plain name is called that the cell itself does not define.
    known : dict of str to str
        What imported names stand for, as of the newest import.
    """

    known: dict[str, str]
    seen: defaultdict[str, Seen] = field(default_factory=lambda: defaultdict(_seen))
    defined: Seen = field(default_factory=_seen)
    signatures: dict[str, str] = field(default_factory=dict)
    called: Seen = field(default_factory=_seen)

    def add(self, place: Place, reading: Reading) -> None:
        """Count a cell."""
        for topic, value in reading.marks:
            self.seen[topic][value].append(place)
        for name, signature in reading.defined.items():
            self.defined[name].append(place)
            self.signatures[name] = signature
            self.known.pop(name, None)  # a function of one's own is not what was imported by that name
        for name in reading.called - reading.defined.keys() - reading.bound.keys():
            self.called[name].append(place)
        self.known.update(reading.bound)

    def of(self, topic: str) -> Seen:
        """Give what cells say of a topic."""
        return self.seen[topic] if topic in self.seen else _seen()
