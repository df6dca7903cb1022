"""Bringing a file into the store: recognised by what is in it, and taken batch by batch, so that it may be of any size.

What was taken stays taken: after a crash, importing the file again goes on, because a memory has the same id each time.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

from memo_jupyter.archive import transfer
from memo_jupyter.archive.reading import opened
from memo_jupyter.errors import BadArchive
from memo_jupyter.imports import history, sessions
from memo_jupyter.imports.chats import Chats
from memo_jupyter.imports.conversation import as_it_is
from memo_jupyter.imports.taking import Taking
from memo_jupyter.imports.zipped import ZIP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from memo_jupyter.archive.transfer import Imported
    from memo_jupyter.imports.conversation import Clean
    from memo_jupyter.opened import Opened

KNOWN = (
    "memo takes its own archives, ChatGPT's and Claude's data exports (the zip, or conversations.json), chat files of "
    "JupyterLab (.chat) and IPython's history (history.sqlite)"
)

_HEAD = 4096  # bytes that say what a file is
_GZIP, _BOM = b"\x1f\x8b", b"\xef\xbb\xbf"


def import_(
    parts: Opened,
    file: str | Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    clean: Clean = as_it_is,
) -> Imported:
    """Add what is in a file; see `Memo.import_`.

    Parameters
    ----------
    clean : callable
        What every text of another program goes through before it is kept. (memo's own archives hold what was kept.)
    """
    path = transfer.path_of(file)
    stream, size = opened(path)
    with stream:
        head = stream.read(_HEAD)
        if head.startswith(history.MAGIC):
            return _history(Taking(parts, progress), path, clean)
        start = head.removeprefix(_BOM).lstrip()
        if head.startswith(ZIP) or (start[:1] in (b"[", b"{") and not _is_archive(head)):
            return _chats(Taking(parts, progress), parts, path, (stream, size), clean)
    if head.startswith(_GZIP) or start[:1] == b"{":
        return transfer.import_(parts, file, progress=progress)
    raise _unknown(path, "is empty" if not size else "is nothing that can be imported")


def _is_archive(head: bytes) -> bool:
    line, _, _ = head.partition(b"\n")
    try:
        return "memo-archive" in json.loads(line)
    except (ValueError, TypeError, RecursionError):
        return False


def _chats(taking: Taking, parts: Opened, path: Path, opened_: tuple[BinaryIO, int], clean: Clean) -> Imported:
    stream, size = opened_
    found = Chats(parts, path, stream, taking.tell, clean)
    with taking.to_its_end():
        for record in found.records():
            taking.take(record)
            taking.reach(stream.tell(), size)
    if found.apps:
        return taking.done(" and ".join(f"conversations of {app}" for app in found.apps), found.conversations)
    raise _unknown(path, f"holds nothing that can be imported ({taking.problem.rstrip('.')})" if taking.problem else "")


def _history(taking: Taking, path: Path, clean: Clean) -> Imported:
    met: set[int] = set()
    read = 0

    def see(number: int) -> None:
        nonlocal read
        read = number

    with history.History(path) as lines, taking.to_its_end():
        total = lines.count()
        for block, known in sessions.blocks(lines, taking.here, see):
            met.add(block.session)
            if known:
                taking.know()
            else:
                taking.take(block.record(path.name, clean))
            taking.reach(read, total)
    return taking.done("IPython's history", len(met))


def _unknown(path: Path, why: str) -> BadArchive:
    return BadArchive(f"{path} {why or 'is nothing that can be imported'}: {KNOWN}.")
