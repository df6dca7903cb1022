"""Chat files of JupyterLab (``*.chat``), in which Jupyter AI answers since its version 3.

A chat is ``{"messages": [{"id", "body", "sender", "time", "type": "msg", "deleted", "attachments", "mime_model"}],
"users": {name: {"username", "name", "display_name", "bot"}}, "attachments": {id: {"value", "type"}}, "metadata":
{"id"}}``, as ``jupyterlab_chat/ychat.py`` and ``models.py`` write it (jupyterlab-chat 0.6 to 0.25 on PyPI; 0.6 has
neither attachments nor `bot`). A persona of Jupyter AI 3 is a user whose name begins with ``jupyter-ai-personas::``
(``jupyter_ai_persona_manager/base_persona.py``); before, it is called Jupyternaut. Jupyter AI 2 keeps no file; its
server answers ``/api/ai/chats/history`` with messages of type `human`, `agent` and `agent-stream`
(``jupyter_ai/models.py``, 2.28), which are read too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memo_jupyter.imports.conversation import Conversation, Message, words_of
from memo_jupyter.imports.plain import fields, rows, text
from memo_jupyter.imports.times import of_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = "Jupyter chat"

_AGENT = ("agent", "agent-stream")
_TYPES = ("msg", "human", *_AGENT)
_PERSONA = ("jupyter-ai-personas::", "jupyter-ai:")
_DEFAULT = "Jupyternaut"


def is_conversation(value: object) -> bool:
    """Tell whether it is one: its users are named, or each message has a body."""
    chat = fields(value)
    messages = chat.get("messages")
    if not isinstance(messages, list):
        return False
    return isinstance(chat.get("users"), dict) or any(isinstance(fields(one).get("body"), str) for one in messages)


def conversation(value: dict[str, Any], name: str) -> Conversation:
    """Read one; it is called as its file is."""
    messages = [one for one in map(fields, rows(value.get("messages"))) if one.get("type", "msg") in _TYPES]
    users = {key: fields(one) for key, one in fields(value.get("users")).items()}
    senders = [_sender(one) for one in messages]
    bots = {sender for sender, one in zip(senders, messages, strict=True) if _is_bot(sender, one, users)}
    # Where nobody is a bot, whoever spoke first asks, and the others answer.
    asking = senders[0] if senders else ""
    attached = fields(value.get("attachments"))
    times = [of_seconds(one.get("time")) for one in messages]
    return Conversation(
        APP,
        text(fields(value.get("metadata")).get("id"), messages[0].get("id") if messages else ""),
        name,
        next(filter(None, times), None),
        [
            Message(
                text(one.get("id")) or f"message {number}",
                words_of(list(_parts(one, attached))),
                sender in bots if bots else sender != asking,
                moment,
                _name(sender, one, users),
            )
            for number, (sender, one, moment) in enumerate(zip(senders, messages, times, strict=True))
            if not one.get("deleted")
        ],
    )


def _sender(message: dict[str, Any]) -> str:
    if message.get("type") in _AGENT:
        return text(fields(message.get("persona")).get("name")) or _DEFAULT
    return text(message.get("sender"), fields(message.get("client")).get("username"))


def _is_bot(sender: str, message: dict[str, Any], users: dict[str, dict[str, Any]]) -> bool:
    about = users.get(sender, {})
    named = (about.get("name"), about.get("display_name"))
    return message.get("type") in _AGENT or about.get("bot") is True or sender.startswith(_PERSONA) or _DEFAULT in named


def _name(sender: str, message: dict[str, Any], users: dict[str, dict[str, Any]]) -> str | None:
    about = users.get(sender, {})
    model = text(fields(message.get("metadata")).get("model"))
    return text(about.get("display_name"), about.get("name"), model, sender.rpartition("::")[2]) or None


def _parts(message: dict[str, Any], attached: dict[str, Any]) -> Iterator[str]:
    data = fields(fields(message.get("mime_model")).get("data"))
    yield text(data.get("text/markdown"), data.get("text/plain"), message.get("body"))
    for one in rows(message.get("attachments")):
        about = fields(attached.get(one)) if isinstance(one, str) else fields(one)
        if name := text(about.get("value")):
            yield f"[file: {name}]"
