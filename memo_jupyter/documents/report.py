"""What came of reading files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What came of reading files.

    Attributes
    ----------
    read : int
        Files that were new, or had changed.
    unchanged : int
        Files that were as they are remembered.
    empty : int
        Files with no text in them.
    removed : int
        Files that are gone from a folder that was read, and whose memories are forgotten.
    added, forgotten : int
        Memories that were kept, and that were forgotten: of what changed, and of files that are gone.
    waiting : bool
        Whether some were kept without being embedded, because the embedding model is not set up.
    problems : tuple of str
        A line for each file that could not be read; what was remembered of it stays.
    """

    read: int = 0
    unchanged: int = 0
    empty: int = 0
    removed: int = 0
    added: int = 0
    forgotten: int = 0
    waiting: bool = False
    problems: tuple[str, ...] = ()
