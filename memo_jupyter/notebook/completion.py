"""What Tab offers on a `%memo` or `%%memo` line: words, flags, choices, ids, models, conversations and paths."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from memo_jupyter.commands import COMMANDS
from memo_jupyter.errors import MemoError
from memo_jupyter.flags import CELL_FLAGS
from memo_jupyter.notebook.paths import completed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from memo_jupyter.arguments import Flag
    from memo_jupyter.engine import Memo

_IDS = 30  # the latest memories' ids
_INSIDE = 2  # characters from which on a word is also found by a part of it

_WORD = re.compile(r"""(?:[^\s"']|"[^"]*(?:"|$)|'[^']*(?:'|$))+""")  # a quote may not be closed yet


def completer(memo: Memo, names: Callable[[], Sequence[str]] = list) -> Callable[[CompletionContext], Any]:
    """Make what IPython asks for completions (a matcher of its API, version 2); `names` gives the user's variables."""

    @context_matcher()  # type: ignore[untyped-decorator]
    def memo_matcher(context: CompletionContext) -> Any:
        line = context.text_until_cursor.lstrip()
        if not line.startswith(("%memo ", "%%memo ")):
            return {"completions": []}
        *before, last = _WORD.finditer(line)
        words, typed = [one[0] for one in before], last[0]
        if last.end() < len(line):  # the next word has not been begun
            words, typed = [*words, typed], ""
        offered = _fitting(_offered(memo, words, names), typed, context.token)
        offered += [one for one in _paths(line, words, context.token) if one.startswith(context.token)]
        found = [SimpleCompletion(text=word, type="memo") for word in offered]
        # Python's own names have no place on such a line.
        return {"completions": found, "suppress": bool(found)}

    return memo_matcher  # type: ignore[no-any-return]


def _fitting(offered: Sequence[str], typed: str, token: str) -> list[str]:
    """Give what takes the place of `token`, the end of what is typed: to IPython ``qwen3:8`` is a name and a number."""
    before = typed.removesuffix(token)
    quote = typed[0] if typed[:1] in ("'", '"') else ""
    sought = typed[len(quote) :].lower()
    found = [word for word in offered if word.lower().startswith(sought)]
    if not found and not before and len(sought) >= _INSIDE:
        found = [word for word in offered if sought in word.lower()]
    whole = (f"{quote}{word}{quote}" if quote else _quoted(word) for word in found)
    return [word[len(before) :] for word in whole if word.lower().startswith(before.lower())]


def _quoted(word: str) -> str:
    """Put quotes around a word that would be read as several."""
    if not re.search(r"""[\s"']""", word):
        return word
    return shlex.quote(word) if re.search(r'["\\]', word) else f'"{word}"'


def _offered(memo: Memo, words: Sequence[str], names: Callable[[], Sequence[str]]) -> Sequence[str]:
    try:
        return _cell(memo, words) if words[0] == "%%memo" else _line(memo, words[1:], names)
    except MemoError:  # no store, no server: nothing to offer, and no place to say so
        return []


def _paths(line: str, words: Sequence[str], token: str) -> Sequence[str]:
    takes = [command.takes for command in COMMANDS if words[1:2] == [command.word]]
    return completed(line, token) if takes == ["PATH…"] else []


def _cell(memo: Memo, words: Sequence[str]) -> Sequence[str]:
    return _flag_values(memo, words[-1], CELL_FLAGS) or [name for flag in CELL_FLAGS for name in flag.names]


def _line(memo: Memo, words: Sequence[str], names: Callable[[], Sequence[str]]) -> Sequence[str]:
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
    if command.takes == "NAME":
        offered += names()
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
        noted = (row.thread for row in memo.recent(_IDS) if row.thread)
        return list(dict.fromkeys([*(one.name for one in memo.threads()), *noted]))
    return flag.choices
