"""What is known of the learning itself: whether it rests, how far it has read, and what is not to be learned again."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from memo_jupyter.records.store import RecordStore

_FILE = "profile.json"


@dataclass(frozen=True, slots=True)
class State:
    """The state of the learning of one store.

    Attributes
    ----------
    paused : bool
    read : str
        The id of the last memory that was distilled, or nothing.
    since : str
        Only what was remembered after this id counts, since the profile was erased; or nothing.
    unwanted : tuple of str
        Marks of the topics that the user has erased. They are digests: what is forgotten must not stand here.
    """

    paused: bool = False
    read: str = ""
    since: str = ""
    unwanted: tuple[str, ...] = ()

    def wants(self, topic: str) -> bool:
        """Tell whether something may be learned of a topic."""
        return _mark(topic) not in self.unwanted

    def without(self, topic: str) -> State:
        """Give the state in which nothing is learned of a topic again."""
        return replace(self, unwanted=tuple(dict.fromkeys((*self.unwanted, _mark(topic)))))


def load(folder: Path) -> State:
    """Read the state; of a file that is damaged, as much as is whole."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        found = json.loads((folder / _FILE).read_text("utf-8"))
        if isinstance(found, dict):
            marks = found.get("unwanted")
            return State(
                paused=found.get("paused") is True,
                read=str(found.get("read", "")),
                since=str(found.get("since", "")),
                unwanted=tuple(map(str, marks)) if isinstance(marks, list) else (),
            )
    return State()


def save(store: RecordStore, state: State) -> None:
    """Write the state, so that it survives a crash.

    Raises
    ------
    StoreUnwritable
    """
    store.keep_file(_FILE, json.dumps(asdict(state), indent=1).encode())


def _mark(topic: str) -> str:
    return hashlib.blake2b(topic.casefold().encode("utf-8", "replace"), digest_size=12).hexdigest()
