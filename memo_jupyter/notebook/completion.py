"""What Tab offers on a `%memo` or `%%memo` line: words, flags, choices, ids and models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from memo_jupyter.commands import COMMANDS
from memo_jupyter.errors import MemoError
from memo_jupyter.flags import CELL_FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from memo_jupyter.arguments import Flag
    from memo_jupyter.engine import Memo

_IDS = 30  # the latest memories' ids


def completer(memo: Memo) -> Callable[[CompletionContext], Any]:
    """Make what IPython asks for completions (a matcher of its API, version 2)."""

    @context_matcher()  # type: ignore[untyped-decorator]
    def memo_matcher(context: CompletionContext) -> Any:
        line = context.text_until_cursor.lstrip()
        if not line.startswith(("%memo ", "%%memo ")):
            return {"completions": []}
        words = line.split()
        if not line[-1:].isspace():
            words = words[:-1]
        found = [
            SimpleCompletion(text=word, type="memo") for word in _offered(memo, words) if word.startswith(context.token)
        ]
        # Python's own names have no place on such a line.
        return {"completions": found, "suppress": bool(found)}

    return memo_matcher  # type: ignore[no-any-return]


def _offered(memo: Memo, words: Sequence[str]) -> Sequence[str]:
    try:
        return _cell(memo, words) if words[0] == "%%memo" else _line(memo, words[1:])
    except MemoError:  # no store, no server: nothing to offer, and no place to say so
        return []


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
    if "ID" in command.takes:
        kinds = ["fix"] if command.word == "fix" else None
        offered += [row.id[-8:] for row in memo.recent(_IDS, kinds=kinds)]
    if command.takes == "MODEL":
        offered += memo.language_models()
    if "|" in command.takes:
        offered += command.takes.strip("[]").split("|")
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
