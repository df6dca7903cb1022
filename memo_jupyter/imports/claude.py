"""Conversations as Claude exports them (Settings, Privacy, Export data).

A conversation is ``{"uuid", "name", "created_at", "chat_messages": [{"uuid", "sender": "human" or "assistant", "text",
"content": [{"type": "text", "text"} …], "created_at", "attachments": [{"file_name", "extracted_content"}],
"files": [{"file_name"}], "parent_message_uuid"}]}``. Older exports have no `content`, and some no parents. Anthropic
documents none of it; this follows exports of 2023 to 2026 as described in https://github.com/Sinity/polylogue
(docs/providers/claude-ai.md). Blocks of thoughts and tools are left out. Edited questions make branches: the one that
leads to the last message is kept. The export does not name the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memo_jupyter.imports.conversation import Conversation, Message, words_of
from memo_jupyter.imports.plain import fields, rows, text
from memo_jupyter.imports.times import of_text

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = "Claude"


def is_conversation(value: object) -> bool:
    """Tell whether it is one."""
    return isinstance(fields(value).get("chat_messages"), list)


def conversation(value: dict[str, Any]) -> Conversation:
    """Read one."""
    model = text(value.get("model")) or None
    messages = [fields(one) for one in rows(value.get("chat_messages"))]
    branch = _branch(messages, text(value.get("current_leaf_message_uuid")))
    return Conversation(
        APP,
        text(value.get("uuid"), messages[0].get("uuid") if messages else ""),
        text(value.get("name")),
        of_text(value.get("created_at")),
        [
            Message(
                text(one.get("uuid")) or f"message {number}",
                words_of(list(_parts(one))),
                one.get("sender") == "assistant",
                of_text(one.get("created_at")),
                text(one.get("model")) or model,
            )
            for number, one in enumerate(branch)
            if one.get("sender") in ("human", "assistant")
        ],
    )


def _branch(messages: list[dict[str, Any]], leaf: str) -> list[dict[str, Any]]:
    """List the messages that lead to the last one; all of them, where they do not say what they follow."""
    known = {key: one for one in messages if (key := text(one.get("uuid")))}
    parents = [parent for one in known.values() if (parent := text(one.get("parent_message_uuid"))) in known]
    if len(set(parents)) == len(parents):  # nothing branches
        return messages
    current = leaf if leaf in known else next(reversed(known))
    branch: dict[str, None] = {}  # each once: a hostile one may be a circle
    while current in known and current not in branch:
        branch[current] = None
        current = text(known[current].get("parent_message_uuid"))
    return [known[key] for key in reversed(branch)]


def _parts(message: dict[str, Any]) -> Iterator[str]:
    blocks = [fields(one) for one in rows(message.get("content"))]
    said = [text(one.get("text")) if one.get("type") == "text" else _image(one) for one in blocks]
    yield from said if any(said) else [text(message.get("text"))]
    for one in rows(message.get("attachments")):
        about = fields(one)
        yield f"[file: {text(about.get('file_name')) or 'pasted text'}]"
        yield text(about.get("extracted_content"))
    for one in rows(message.get("files")):
        name = text(fields(one).get("file_name"))
        yield "[image]" if fields(one).get("file_kind") == "image" else f"[file: {name}]" if name else ""


def _image(block: dict[str, Any]) -> str:
    return "[image]" if block.get("type") == "image" else ""
