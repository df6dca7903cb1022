"""What is stored where, and which model answers, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.errors import MemoError
from memo_jupyter.hints import worded
from memo_jupyter.pages import lines, memories
from memo_jupyter.types import QUOTE
from memo_jupyter.views import Page, Table

if TYPE_CHECKING:
    from memo_jupyter.engine import Memo


def status_page(memo: Memo, prefix: str) -> Page:
    """Look at the store, the embedding model and the servers."""
    stats = memo.stats()
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in stats["records"].items())
    ready = "ready" if stats["embedder_ready"] else f"not set up: {prefix} setup"
    rows = [
        ("memories", f"{sum(stats['records'].values()):,}" + (f" ({kinds})" if kinds else "")),
        ("store", f"{stats['home']} ({_size(stats['record_bytes'])})"),
        ("index", f"{stats['index']} ({_size(stats['index_bytes'])})"),
        ("embedding model", f"{stats['embedder']}, {ready}"),
        ("language model", _language_model(memo, prefix)),
        ("executed cells", "remembered" if memo.remembers_cells() else "not remembered"),
        ("leaves this computer", "nothing" if not memo.allow_hosts else f"prompts, to {', '.join(memo.allow_hosts)}"),
    ]
    if stats["waiting"]:
        rows.append(("waiting", f"{stats['waiting']:,} still to be embedded"))
    if stats["problem"] and stats["embedder_ready"]:
        rows.append(("indexing", worded(stats["problem"], prefix)))
    if stats["damaged"]:
        rows.append(("damaged", f"{memories(len(stats['damaged']))}, set aside in {stats['home']}/quarantine"))
    return Page([Table(("", ""), rows), *lines(memo.take_notices())])


def _language_model(memo: Memo, prefix: str) -> str:
    try:
        chat = memo.language_model()
    except MemoError as error:
        return worded(str(error), prefix)
    if chat.name == QUOTE:
        return "quote, as chosen: it quotes memories" if memo.model == QUOTE else "none running; memories are quoted"
    return f"{chat.name}, {chat.server}" + (f", window {chat.window:,} tokens" if chat.window else "")


def _size(number: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:  # noqa: PLR2004  # SI
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
