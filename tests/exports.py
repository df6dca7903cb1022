"""Files as other programs write them, for tests; where each shape comes from is told in the module that reads it."""

import json
import zipfile

STEPS = 1_715_076_000.25  # 2024-05-07T10:00:00.25Z
TERMINAL = "--simple-prompt --no-banner --colors=NoColor --no-confirm-exit".split()


def chatgpt_message(role, text, when, key, *, model=None, kind="text", parts=None, recipient="all", **about):
    return {
        "id": key,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": when,
        "update_time": None,
        "content": {"content_type": kind, "parts": [text] if parts is None else parts},
        "status": "finished_successfully",
        "end_turn": None,
        "weight": 1.0,
        "metadata": {**({"model_slug": model} if model else {}), **about},
        "recipient": recipient,
    }


def chatgpt(title="Churn scaling", key="conv-1", messages=None, **fields):
    """A conversation with a root, a hidden system message, then `messages`, one after the other."""
    said = messages or [
        chatgpt_message("user", "Which scaler for the churn data?", STEPS + 5, f"{key}-q1"),
        chatgpt_message("assistant", "Use the robust scaler.", STEPS + 9, f"{key}-a1", model="gpt-4o"),
        chatgpt_message("user", "Why?", STEPS + 60, f"{key}-q2"),
        chatgpt_message("assistant", "It ignores outliers.", STEPS + 66, f"{key}-a2", model="gpt-4o"),
    ]
    mapping = {
        "root": {"id": "root", "message": None, "parent": None, "children": ["system"]},
        "system": {
            "id": "system",
            "message": chatgpt_message("system", "", None, "system", is_visually_hidden_from_conversation=True),
            "parent": "root",
            "children": [],
        },
    }
    last = "system"
    for message in said:
        mapping[last]["children"].append(message["id"])
        mapping[message["id"]] = {"id": message["id"], "message": message, "parent": last, "children": []}
        last = message["id"]
    return {
        "title": title,
        "create_time": STEPS,
        "update_time": STEPS + 100,
        "mapping": mapping,
        "moderation_results": [],
        "current_node": last,
        "plugin_ids": None,
        "conversation_id": key,
        "default_model_slug": "gpt-4o-mini",
        "is_archived": False,
        "safe_urls": [],
        "id": key,
        **fields,
    }


def claude_message(sender, text, when, key, **fields):
    return {
        "uuid": key,
        "text": text,
        "content": [{"start_timestamp": when, "stop_timestamp": when, "type": "text", "text": text, "citations": []}],
        "sender": sender,
        "created_at": when,
        "updated_at": when,
        "attachments": [],
        "files": [],
        **fields,
    }


def claude(name="Trains", key="claude-1", messages=None, **fields):
    return {
        "uuid": key,
        "name": name,
        "summary": "",
        "created_at": "2024-06-01T08:00:00.000000Z",
        "updated_at": "2024-06-01T08:01:00.000000Z",
        "account": {"uuid": "account-1"},
        "chat_messages": messages
        or [
            claude_message("human", "Which train goes to Basel?", "2024-06-01T08:00:01.123456Z", f"{key}-q1"),
            claude_message("assistant", "The one at 9:04 from platform 3.", "2024-06-01T08:00:09.5Z", f"{key}-a1"),
        ],
        **fields,
    }


PERSONA = "jupyter-ai-personas::jupyter_ai::JupyternautPersona"


def jupyter_chat(**fields):
    """What jupyterlab-chat 0.25 with Jupyter AI 3 writes."""
    return {
        "messages": [
            {
                "body": "@Jupyternaut how do I read a parquet file?", "id": "m1", "time": STEPS, "sender": "ada",
                "type": "msg", "raw_time": False, "mentions": [PERSONA], "attachments": ["att-1"],
            },
            {
                "body": "Call `pandas.read_parquet`.", "id": "m2", "time": STEPS + 4, "sender": PERSONA, "type": "msg",
                "mentions": [], "raw_time": False,
            },
            {"body": "", "id": "m3", "time": STEPS + 9, "sender": "ada", "type": "msg", "deleted": True},
        ],
        "users": {
            "ada": {"username": "ada", "name": "Ada", "display_name": "Ada L.", "initials": "AL", "bot": False},
            PERSONA: {"username": PERSONA, "name": "Jupyternaut", "display_name": "Jupyternaut", "bot": True},
        },
        "attachments": {"att-1": {"value": "work/load.ipynb", "type": "notebook", "mimetype": None, "cells": None}},
        "metadata": {"id": "chat-1"},
        **fields,
    }  # fmt: skip


def put(path, value):
    """Write JSON to a file."""
    path.write_text(json.dumps(value), "utf-8")
    return path


def zipped(path, **files):
    """Write an export's zip; underscores in a name stand for its dots and slashes as `conversations_json`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("chat.html", "<html></html>")
        packed.writestr("user.json", '{"id": "user-1"}')
        for name, value in files.items():
            packed.writestr(name, value if isinstance(value, (str, bytes)) else json.dumps(value))
    return path


def chats(memo, thread=None):
    """The memories of a thread, or all, in order."""
    return [memo.get(row.id) for row in reversed(memo.recent(10_000, thread=thread))]
