"""What a disk may hold after a power cut: the operations of a run, replayed without some that were not yet forced."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memo_jupyter.records.disk import Disk

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

_EVERY = 6  # pending operations of which every subset is tried; of more, a sample
_SAMPLE = 48


@dataclass
class Event:
    """One operation, or what the caller was told by then."""

    name: str
    path: str
    more: Any = None
    catalog: dict[str, bytes] = field(default_factory=dict)
    """The catalog's files just before it."""


class RecordingDisk(Disk):
    """Writes down every operation, with what it writes."""

    def __init__(self, root: Path, catalog: Callable[[], dict[str, bytes]]) -> None:
        self.root = root
        self.catalog = catalog
        self.events: list[Event] = []
        self._open: dict[int, Path] = {}

    def tell(self, name: str, path: Path | str, more: Any = None) -> None:
        inside = path if isinstance(path, str) else os.path.relpath(path, self.root)
        self.events.append(Event(name, inside, more, self.catalog()))

    def create(self, path):
        self.tell("create", path)
        descriptor = super().create(path)
        self._open[descriptor] = path
        return descriptor

    def append(self, descriptor, data):
        self.tell("append", self._open[descriptor], bytes(data))
        return super().append(descriptor, data)

    def force(self, path):
        if path not in self._open.values():
            self.tell("create", path)  # by tantivy
        self.tell("append", path, path.read_bytes())  # written by hnswlib or tantivy
        super().force(path)

    def sync(self, descriptor):
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        self.tell("sync", path)
        super().sync(descriptor)

    def rename(self, path, target):
        self.tell("rename", path, os.path.relpath(target, self.root))
        super().rename(path, target)

    def unlink(self, path):
        self.tell("unlink", path)
        super().unlink(path)

    def mkdir(self, folder):
        self.tell("mkdir", folder)
        super().mkdir(folder)

    def rmdir(self, folder):
        self.tell("rmdir", folder)
        super().rmdir(folder)

    def sync_folder(self, folder):
        self.tell("sync_folder", folder)
        super().sync_folder(folder)


class Tree:
    """Folders and files in memory: what is left of a run."""

    def __init__(self) -> None:
        self.names: dict[str, list[bytes] | None] = {}  # a file's pieces, or None for a folder

    def apply(self, event: Event) -> None:
        """Do one operation; one that cannot be done any more, since what it needs was dropped, is passed over."""
        names, path = self.names, event.path
        if event.name in {"create", "mkdir"} and self._has_parent(path):
            names.setdefault(path, [] if event.name == "create" else None)
        elif event.name == "append" and isinstance(names.get(path), list):
            names[path].append(event.more)
        elif event.name == "rename" and path in names and self._has_parent(event.more):
            for name in [name for name in names if name == path or name.startswith(path + "/")]:
                names[event.more + name[len(path) :]] = names.pop(name)
        elif event.name == "unlink" or (
            event.name == "rmdir" and not any(name.startswith(path + "/") for name in names)
        ):
            names.pop(path, None)

    def write(self, root: Path) -> None:
        for name in sorted(self.names):
            pieces = self.names[name]
            if pieces is None:
                (root / name).mkdir(parents=True, exist_ok=True)
            else:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(b"".join(pieces))

    def _inside(self, folder: str) -> bool:
        return any(name.startswith(folder + "/") for name in self.names)

    def frozen(self) -> tuple[tuple[str, tuple[bytes, ...] | None], ...]:
        return tuple(sorted((name, None if one is None else tuple(one)) for name, one in self.names.items()))

    def _has_parent(self, path: str) -> bool:
        parent = os.path.dirname(path)  # noqa: PTH120  # names of a tree in memory
        return parent in {"", "."} or (parent in self.names and self.names[parent] is None)


def pending(events: list[Event]) -> list[int]:
    """List the operations whose effect no later one has forced to the disk."""
    found = []
    for place, event in enumerate(events):
        later = events[place + 1 :]
        if event.name == "append":
            forced = any(one.name == "sync" and one.path == event.path for one in later)
        elif event.name in {"create", "mkdir", "unlink", "rmdir", "rename"}:
            target = event.more if event.name == "rename" else event.path
            folder = os.path.dirname(target) or "."  # noqa: PTH120  # as above
            forced = any(one.name == "sync_folder" and one.path == folder for one in later)
            if event.name in {"create", "mkdir"}:  # once it has a new name, that name is what counts
                forced = forced or any(one.name == "rename" and one.path == event.path for one in later)
        else:
            continue
        if not forced:
            found.append(place)
    return found


def states(events: list[Event], chance: random.Random) -> Iterator[tuple[int, Tree]]:
    """Give what the disk may hold after each operation: how many had been done, and the files."""
    seen = set()
    for count in range(len(events) + 1):
        done = events[:count]
        open_ = pending(done)
        if len(open_) <= _EVERY:
            subsets = [few for number in range(len(open_) + 1) for few in itertools.combinations(open_, number)]
        else:
            subsets = [tuple(chance.sample(open_, chance.randint(1, len(open_)))) for _ in range(_SAMPLE)]
            subsets += [(), tuple(open_)]
        for dropped in subsets:
            tree = Tree()
            for place, event in enumerate(done):
                if place not in dropped:
                    tree.apply(event)
            key = hash((tree.frozen(), tuple(sorted(events[min(count, len(events) - 1)].catalog.items()))))
            told = sum(event.name in {"kept", "forgetting", "forgotten"} for event in done)
            if (told, key) not in seen:
                seen.add((told, key))
                yield count, tree
