"""What Tab offers on a `%memo` or `%%memo` line: words, flags, choices, ids and models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memo_jupyter.commands import CELL_FLAGS, COMMANDS
from memo_jupyter.errors import MemoError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from IPython.core.interactiveshell import InteractiveShell

    from memo_jupyter.arguments import Flag
    from memo_jupyter.engine import Memo

_IDS = 30  # the latest memories' ids


def complete(shell: InteractiveShell, event: Any) -> list[str]:
    """Offer what may stand at the cursor (IPython's `complete_command` hook)."""
    memo = next((one for one in shell.configurables if type(one).__name__ == "Memo"), None)
    words = event.text_until_cursor.split()
    if not event.text_until_cursor[-1:].isspace():
        words = words[:-1]
    if memo is None or not words:
        return []
    try:
        offered = _cell(memo, words) if words[0] == "%%memo" else _line(memo, words[1:])
    except MemoError:  # no store, no server: nothing to offer, and no place to say so
        return []
    return [word for word in offered if word.startswith(event.symbol)]


def _cell(memo: Memo, words: Sequence[str]) -> Sequence[str]:
    return _flag_values(memo, words[-1], CELL_FLAGS) or [name for flag in CELL_FLAGS for name in flag.names]


def _line(memo: Memo, words: Sequence[str]) -> Sequence[str]:
    if not words:
        return [command.word for command in COMMANDS]
    command = next((command for command in COMMANDS if command.word == words[0]), None)
    if command is None:
        return []
    if values := _flag_values(memo, words[-1], command.flags):
        return values
    offered = [name for flag in command.flags for name in flag.names]
    if command.takes.startswith("ID"):
        offered += [row.id[-8:] for row in memo.recent(_IDS)]
    if command.takes == "[WORD]":
        offered += [one.word for one in COMMANDS]
    return offered


def _flag_values(memo: Memo, word: str, flags: Sequence[Flag]) -> Sequence[str]:
    flag = next((flag for flag in flags if word in flag.names), None)
    if flag is None:
        return []
    if flag.dest == "model":
        return memo.language_models()
    if flag.dest == "thread":
        return list(dict.fromkeys(row.thread for row in memo.recent(_IDS) if row.thread))
    return flag.choices
