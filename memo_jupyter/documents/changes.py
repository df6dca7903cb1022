"""What of a file is new: the parts that it has now, compared with the memories of when it was read last.

The memories themselves say all of it; there is no list of files besides. Each part's record has the checksum of its
text (`piece`), and the last part's has, beside the checksum of the file, the number of `parts`. That one is written
when all others are on the disk. So where it stands, and there are as many records as it says, the file was read whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memo_jupyter.documents.part import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from memo_jupyter.documents.part import Part
    from memo_jupyter.index.rows import Row

    Source = Mapping[str, str | int]


@dataclass
class Changes:
    """How a file differs from what is remembered of it.

    Attributes
    ----------
    kept : int
        Parts whose record stays as it is.
    wanted : list of (Part, source, str or None)
        Parts that need a record: with that source; and the id of the record that has the same text, if there is one, so
        that it need not be embedded again. In the order of the file.
    gone : list of str
        Ids of records that nothing in the file stands for any more, once those are kept.
    """

    kept: int = 0
    wanted: list[tuple[Part, Source, str | None]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def sources(path: str, parts: Sequence[Part], file_digest: str) -> list[Source]:
    """Say of each part where it comes from.

    Parameters
    ----------
    path : str
    parts : sequence of Part
        All that the file has, in order.
    file_digest : str
    """
    made: list[Source] = []
    for number, part in enumerate(parts, 1):
        source: dict[str, str | int] = {"path": path, **part.where}
        if len(parts) > 1:
            source["part"] = number
        source |= {"digest": file_digest, "piece": digest(part.text.encode("utf-8", "replace"))[:16]}
        if number == len(parts):
            source["parts"] = number
        made.append(source)
    return made


def is_last(source: Source) -> bool:
    """Tell whether a record is of a file's last part: the one that says that all the others were kept before."""
    return "parts" in source


def is_whole(rows: Sequence[Row], file_digest: str) -> bool:
    """Tell whether these records of a file are all that it would give, were it read again."""
    return any(row.source.get("parts") == len(rows) and row.source.get("digest") == file_digest for row in rows)


def compare(rows: Sequence[Row], parts: Sequence[Part], wanted: Sequence[Source]) -> Changes:
    """Compare a file's records with the parts it has now.

    Parameters
    ----------
    rows : sequence of Row
        What is remembered of it.
    parts : sequence of Part
    wanted : sequence of source
        As `sources` gives them.
    """
    left = {row.id: row for row in rows}
    same = _taken(left, wanted, _exactly)
    alike = _taken(left, [{} if one in same else source for one, source in enumerate(wanted)], _by_text)
    gone = [*left, *alike.values()]
    needed = [
        (part, source, alike.get(place))
        for place, (part, source) in enumerate(zip(parts, wanted, strict=True))
        if place not in same
    ]
    return Changes(len(same), needed, gone)


def _taken(left: dict[str, Row], wanted: Sequence[Source], key: Callable[[Source], object]) -> dict[int, str]:
    """Give each wanted source, by its place, a record of the same key, and take that out of those that are left."""
    by_key: dict[object, list[str]] = {}
    for row in sorted(left.values(), key=lambda row: row.id, reverse=True):
        by_key.setdefault(key(row.source), []).append(row.id)
    found: dict[int, str] = {}
    for place, source in enumerate(wanted):
        if source and (ids := by_key.get(key(source))):
            found[place] = ids.pop()
            del left[found[place]]
    return found


def _exactly(source: Source) -> object:
    # A record of the last part says of the whole file that it was read, so for it the file has to be the same, too.
    return tuple(sorted((name, value) for name, value in source.items() if name != "digest" or is_last(source)))


def _by_text(source: Source) -> object:
    return source.get("piece")
