"""Turns a server's error into memo's, in the server's own words.

The shapes, as the servers were seen to send them: llama.cpp, vLLM and OpenAI
``{"error": {"message", "type", "code"}}``; Ollama and LM Studio ``{"error": "…"}``; older vLLM ``{"object": "error",
"message"}``; whatever is built on FastAPI ``{"detail": "…"}`` or ``{"detail": [{"msg", "loc"}]}``; and plain text.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from memo_jupyter.errors import PromptTooLong, ServerRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 300  # characters of the server's words

_TOO_LONG = re.compile(
    r"exceeds? the (?:available )?context (?:size|length|window)"  # llama.cpp, Ollama
    r"|context size has been exceeded"  # llama.cpp, when several answers share one cache
    r"|maximum context length"  # vLLM, llama-cpp-python, OpenAI
    r"|longer than the maximum model length"  # vLLM
    r"|context the overflows|context overflows|greater than the context length"  # LM Studio
    r"|exceeded max context length",  # Ollama
    re.IGNORECASE,
)
_TOO_LONG_NAMES = ("exceed_context_size_error", "context_length_exceeded")  # llama.cpp; llama-cpp-python, OpenAI
_WINDOW = re.compile(
    r"(?:maximum context length is|maximum model length of|context length of only|available context size \() ?(\d+)",
    re.IGNORECASE,
)
_TOKENS = re.compile(
    r"(?:\(|has |at least |resulted in )(\d+) (?:in the messages|input tokens|tokens\. Please)"
    r"|request \((\d+) tokens\)|keep the first (\d+) tokens|prompt \(length (\d+)\)",
    re.IGNORECASE,
)
_KEYED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def refusal(body: str | Mapping[str, Any], *, status: int, server: str, secret: str = "") -> ServerRefused:
    """Make the error for what a server answered.

    Parameters
    ----------
    body : str or mapping
        What it sent, or the part of a stream that was an error.
    status : int
        The HTTP status, 0 inside a stream.
    server : str
        Its address, for the message.
    secret : str
        The key that was sent to it. Some servers repeat it; memo does not.
    """
    data = _parsed(body) if isinstance(body, str) else body
    words = _words(data) if data else _plain(body) if isinstance(body, str) else ""
    if secret:
        words = words.replace(secret, "…")
    words = _one_line(words)
    details = data.get("error") if data else None
    details = details if isinstance(details, dict) else data
    if _is_too_long(words, details):
        return _too_long(words, details, server)
    if status == HTTPStatus.SERVICE_UNAVAILABLE and "loading" in words.lower():
        return ServerRefused(f"{server} is still loading its model; try again in a moment.", status)
    if not words:
        words = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "without a word"
    hint = ""
    if status in _KEYED:
        hint = " Check Memo.api_key." if secret else " If it wants a key, set both Memo.base_url and Memo.api_key."
    number = f" ({status})" if status else ""
    return ServerRefused(f"{server} refused{number}: {words.rstrip('.')}.{hint}", status)


def is_error(data: Mapping[str, Any]) -> bool:
    """Tell whether a part of a stream is an error."""
    return bool(data.get("error")) or data.get("object") == "error"


def _parsed(body: str) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _words(data: object) -> str:
    if isinstance(data, str):
        return data
    if isinstance(data, list):
        return "; ".join(filter(None, map(_words, data[:3])))
    if isinstance(data, dict):
        for key in ("error", "detail", "message", "msg"):
            if data.get(key):
                where = data.get("loc")
                field = f"{where[-1]}: " if isinstance(where, list) and where else ""
                return field + _words(data[key])
    return ""


def _plain(body: str) -> str:
    """Give plain text as it is; of a web page nothing is worth showing."""
    return "it answers with a web page" if body.lstrip().startswith("<") else body


def _one_line(text: str) -> str:
    """Leave out line breaks and what a terminal would obey, and cut."""
    shown = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * _LONGEST]).split())
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + " …"


def _is_too_long(words: str, details: Mapping[str, Any]) -> bool:
    named = any(details.get(key) in _TOO_LONG_NAMES for key in ("type", "code"))
    return named or bool(_TOO_LONG.search(words))


def _too_long(words: str, details: Mapping[str, Any], server: str) -> PromptTooLong:
    tokens = _whole(details.get("n_prompt_tokens")) or _number(_TOKENS.search(words))
    window = _whole(details.get("n_ctx")) or _number(_WINDOW.search(words))
    if tokens and window:
        said = f"it takes {tokens:,} tokens, and the window has {window:,}"
    else:
        said = words.rstrip(".") or "it does not fit the window"
    return PromptTooLong(
        f"The prompt is too long for the model at {server}: {said}. Recall less (Memo.k), or start the server with a "
        "larger window.",
        tokens,
        window,
    )


def _number(found: re.Match[str] | None) -> int | None:
    return int(next(group for group in found.groups() if group)[:18]) if found else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
