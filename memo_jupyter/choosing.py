"""The commands that show the language models there are, and choose among them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from memo_jupyter.arguments import Flag
from memo_jupyter.errors import BadInput, MemoError
from memo_jupyter.hints import IN_SHELL, worded
from memo_jupyter.pages import lines
from memo_jupyter.types import QUOTE
from memo_jupyter.views import Line, Page, Table

if TYPE_CHECKING:
    from memo_jupyter.command import Call
    from memo_jupyter.engine import Memo
    from memo_jupyter.llm.base import ChatModel
    from memo_jupyter.llm.discovery import Server

USE_FLAGS = (Flag(("--any",), "any", "the first there is, as if none had been chosen", default=False),)

_PATIENCE = 0.3  # seconds for what a server tells of one model, all asked at once
_AT_ONCE = 8


def models(memo: Memo, call: Call) -> Page:
    """List the servers' models, and which of them answers."""
    if call.text:
        raise BadInput(f"{call.face.prefix} models takes no {call.text.split()[0]!r}.")
    told: list[str] = []
    servers: list[Server] = []
    chat: ChatModel | None = None
    try:
        servers = memo.language_servers()
        chat = memo.language_model(look=False)
    except MemoError as error:
        told.append(str(error))
    answers = (chat.name, chat.server) if chat else ("", "")
    others = memo.other_language_servers()
    there = [(server, name) for server in (*servers, *others) for name in server.models]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        windows = pool.map(lambda one: one[0].window(one[1], _PATIENCE), there)
    rows = [
        _row(server, name, window, answers=(name, str(server)) == answers)
        for (server, name), window in zip(there, windows, strict=True)
    ]
    if chat and chat.name != QUOTE and not any(row[0] for row in rows):  # a file, run in this process
        window = f"{chat.window:,}" if chat.window else ""
        rows.insert(0, (_ANSWERS, chat.name, window, "", "loaded", chat.server))
    rows.append((_ANSWERS if answers[0] == QUOTE else "", QUOTE, "", "", "", "memo itself: it quotes your memories"))
    told += [f"{server}: {server.problem}" for server in servers if server.problem and server.problem not in told]
    if not servers and not memo.base_url:
        told.append("No server was found on the usual ports. %config Memo.base_url = … names another.")
    if others:
        told.append(f"Only {memo.base_url} is asked, as you set. %config Memo.base_url = '' asks any of these.")
    told = [worded(one, call.face.prefix) for one in told]
    table = Table(("", "model", "window", "weights", "", "server"), rows)
    return Page([table, *lines([*told, *memo.take_notices()])])


def use(memo: Memo, call: Call) -> Page:
    """Choose the model that answers from now on."""
    prefix = call.face.prefix
    wanted = "" if call.given["any"] else call.text
    if not wanted and not call.given["any"]:
        raise BadInput(f"Which model? {prefix} models lists them; {prefix} use --any takes the first there is.")
    if prefix == IN_SHELL:
        raise BadInput(f"A shell forgets at once: set MEMO_MODEL={wanted}, or ask with -m {wanted or 'MODEL'}.")
    chat = memo.language_model(wanted) if wanted else None
    memo.model = _name_of(chat, wanted) if chat else ""
    if chat is None:
        return Page([Line("The first language model there is answers from now on."), *lines(memo.take_notices())])
    keep = f"Here only. To keep it: c.Memo.model = '{memo.model}' in ipython_kernel_config.py, or MEMO_MODEL."
    told = f"{chat.name} answers from now on ({chat.server}). What is remembered stays."
    return Page([Line(told), Line(keep, quiet=True), *lines(memo.take_notices())])


_ANSWERS = "answers"


def _name_of(chat: ChatModel, wanted: str) -> str:
    """Give the setting that names this model and no other: a file's is its path, from wherever it is asked."""
    from memo_jupyter.llm.gguf import GgufModel, file_of  # noqa: PLC0415  # brings in the network

    return str(file_of(wanted)) if isinstance(chat, GgufModel) else chat.name


def _row(server: Server, name: str, window: int | None, *, answers: bool) -> tuple[str, ...]:
    detail = server.details.get(name)
    loaded = {True: "loaded", False: "not loaded", None: ""}[detail.loaded if detail else None]
    return (
        _ANSWERS if answers else "",
        name,
        f"{window:,}" if window else "",
        detail.quantisation if detail else "",
        loaded,
        str(server),
    )
