"""Conversations as ChatGPT exports them (Settings, Data controls, Export data).

A conversation is ``{"title", "create_time", "conversation_id" or "id", "current_node", "default_model_slug",
"mapping": {node: {"parent", "children", "message": {"id", "author": {"role"}, "create_time", "content":
{"content_type", "parts"}, "recipient", "metadata": {"model_slug", "is_visually_hidden_from_conversation"}}}}}``: a tree
that branches where a question was edited or an answer made anew. The branch that is shown leads to `current_node`; the
others are left out, as are what tools, the system and the model's thoughts say. OpenAI documents none of it; this
follows exports of 2023 to 2026 as described in https://github.com/mitkury/chatgpt-export-parser
(docs/chatgpt-data-export-format.md). Since 2026 large exports come in parts, ``conversations-000.json`` and so on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from memo_jupyter.imports.conversation import Conversation, Message, words_of
from memo_jupyter.imports.plain import fields, rows, text
from memo_jupyter.imports.times import of_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = "ChatGPT"

_SHOWN = ("text", "multimodal_text", "code")
"""The kinds of content that are part of what is read; others are thoughts, searches, custom instructions, outputs."""

_CITATION = re.compile("\ue200[^\ue201]{0,500}\ue201")  # marks of private use, which only the web page resolves
_KINDS = (("image", "[image]"), ("audio", "[audio]"), ("video", "[video]"))


def is_conversation(value: object) -> bool:
    """Tell whether it is one."""
    return isinstance(fields(value).get("mapping"), dict)


def conversation(value: dict[str, Any]) -> Conversation:
    """Read one."""
    nodes = fields(value.get("mapping"))
    return Conversation(
        APP,
        text(value.get("conversation_id"), value.get("id"), next(iter(nodes), "")),
        text(value.get("title")),
        of_seconds(value.get("create_time")),
        [
            message
            for key in _branch(nodes, value.get("current_node"))
            if (message := _message(key, nodes[key], text(value.get("default_model_slug"))))
        ],
    )


def _branch(nodes: dict[str, Any], current: object) -> list[str]:
    """List the nodes that lead to the current one; without one, to the latest that nothing follows."""
    if not isinstance(current, str) or current not in nodes:
        leaves = [key for key, node in nodes.items() if not rows(fields(node).get("children"))]
        current = max(leaves or nodes, key=lambda key: _time(nodes[key]), default=None)
    branch: dict[str, None] = {}  # in order, and each once: a hostile tree may be a circle
    while isinstance(current, str) and current in nodes and current not in branch:
        branch[current] = None
        current = fields(nodes[current]).get("parent")
    return list(reversed(branch))


def _time(node: object) -> float:
    moment = of_seconds(fields(fields(node).get("message")).get("create_time"))
    return moment.timestamp() if moment else -1.0


def _message(key: str, node: object, model: str) -> Message | None:
    message = fields(fields(node).get("message"))
    about, content = fields(message.get("metadata")), fields(message.get("content"))
    role = fields(message.get("author")).get("role")
    if role not in ("user", "assistant") or about.get("is_visually_hidden_from_conversation"):
        return None
    if role == "assistant" and message.get("recipient") not in (None, "all"):  # a call of a tool
        return None
    if content.get("content_type", "text") not in _SHOWN:
        return None
    said = words_of(list(_parts(content)))
    return Message(
        text(message.get("id"), key),
        _CITATION.sub("", said),
        role == "assistant",
        of_seconds(message.get("create_time")),
        text(about.get("model_slug"), model) or None,
    )


def _parts(content: dict[str, Any]) -> Iterator[str]:
    for part in rows(content.get("parts")) or [content.get("text")]:
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            kind = text(part.get("content_type"))
            named = next((mark for word, mark in _KINDS if f"{word}_asset" in kind or f"{word}_container" in kind), "")
            yield named or text(part.get("text"))
