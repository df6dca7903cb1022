"""Every word in every tantivy index under a folder: its dictionaries are packed, so a search of bytes misses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tantivy

if TYPE_CHECKING:
    from pathlib import Path

UNREADABLE = "an index that cannot be read"


def words_under(folder: Path) -> set[str]:
    """List the words, of segments that are not live too; `UNREADABLE` is among them if one is only half there."""
    found: set[str] = set()
    for path in {path.parent for path in folder.rglob("*.term")}:
        try:
            searcher = tantivy.Index.open(str(path)).searcher()
            found |= {term for term, _ in searcher.terms_with_prefix("words", "")}
        except (ValueError, OSError):
            found |= {UNREADABLE} if path.exists() else set()
    return found
