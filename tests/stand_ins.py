"""Servers that cannot be installed for tests, as their documentation and their source say that they answer.

Ollama: https://github.com/ollama/ollama/blob/main/docs/api.md (chat, load, tags, show, ps, version), api/types.go,
docs/api/errors.mdx (errors in mid-stream), docs/capabilities/thinking.mdx, and server/routes.go for what it refuses.

LM Studio: https://lmstudio.ai/docs/developer/rest/endpoints (`/api/v0/models`),
https://lmstudio.ai/docs/developer/openai-compat/chat-completions, and the API changelog (`reasoning_content` since
0.3.9, `stream_options` and errors in OpenAI's form since 0.3.18). No stream is shown there; its parts are OpenAI's
(https://platform.openai.com/docs/api-reference/chat-streaming), and its refusals are those that users report.

What a network does to an answer is documented nowhere, so it is an argument here: `cut` says of how many bytes each
piece of a stream is, whatever that tears apart.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

from scripted_server import Answer, ndjson, reply, stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripted_server import Answers, Request

ANSWER = 'Naïve Bäume — 🙂 日本語 \u2028 \x85 and „quotes“ "too" \\ é'
"""Characters of one to four bytes, and two that Unicode takes for the end of a line."""

THOUGHT = "Hm … 🤔 </p>"
JSON = '{"answer": "é 🙂"}'
DEFAULT_WINDOW = 4096
_MOMENT = "2026-08-04T08:52:19.385406455-07:00"


def recut(answer: Answer, size: int | None) -> Answer:
    """Stream the same bytes in pieces of another size; None leaves them as they are, 0 makes one of all."""
    if size is None or isinstance(answer.body, bytes):
        return answer
    whole = b"".join(answer.body)
    pieces = [whole[place : place + size] for place in range(0, len(whole), size)] if size else [whole]
    return dataclasses.replace(answer, body=pieces)


def _raw(part: dict[str, Any]) -> str:
    """Write JSON as these servers do: in UTF-8, and not escaped, so that a cut can tear a character apart."""
    return json.dumps(part, ensure_ascii=False)


def words(text: str) -> list[str]:
    """Take a text apart, as a tokenizer would."""
    return re.findall(r"\s*\S+|\s+$", text)


# ---- Ollama ----

CHATS, THINKS, EMBEDS = "llama3.2:latest", "qwen3:8b", "nomic-embed-text:latest"

_OLLAMAS = {
    CHATS: ("llama", 131_072, ["completion", "tools"]),
    THINKS: ("qwen3", 40_960, ["completion", "tools", "thinking"]),
    EMBEDS: ("nomic-bert", 2048, ["embedding"]),
}


def ollama(*, cut: int | None = None, running: tuple[str, ...] = (THINKS,)) -> Answers:
    """Answer as Ollama does.

    Parameters
    ----------
    cut : int or None
        See `recut`.
    running : tuple of str
        The models in memory.
    """
    return {
        "/api/version": reply({"version": "0.34.4"}),
        "/api/tags": reply({"models": [_ollama_model(name) for name in _OLLAMAS]}),
        "/api/ps": reply(
            {
                "models": [
                    _ollama_model(name)
                    | {"expires_at": _MOMENT, "size_vram": 5_137_025_024, "context_length": DEFAULT_WINDOW}
                    for name in running
                ]
            }
        ),
        "/api/show": _ollama_shows,
        "/api/chat": lambda request: recut(_ollama_answers(request), cut),
        "/v1/models": reply(
            {
                "object": "list",
                "data": [
                    {"id": name, "object": "model", "created": 1_754_322_739, "owned_by": "library"}
                    for name in _OLLAMAS
                ],
            }
        ),
    }


def ollama_part(name: str, content: str = "", **more: str) -> dict[str, Any]:
    """Make one part of a streamed answer."""
    said = {"role": "assistant", "content": content, **more}
    return {"model": name, "created_at": _MOMENT, "message": said, "done": False}


def ollama_end(name: str, reason: str, prompt_tokens: int, answer_tokens: int) -> dict[str, Any]:
    """Make the last part of a streamed answer."""
    return {
        "model": name,
        "created_at": _MOMENT,
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": reason,
        "total_duration": 4_883_583_458,
        "load_duration": 1_334_875,
        "prompt_eval_count": prompt_tokens,
        "prompt_eval_duration": 342_546_000,
        "eval_count": answer_tokens,
        "eval_duration": 4_535_599_000,
    }


def ollama_is_full(prompt_tokens: int, window: int) -> Answer:
    """Refuse a prompt as Ollama 0.34 does: llama-server's error, as a text inside its own."""
    inner = {
        "error": {
            "code": 400,
            "message": f"request ({prompt_tokens} tokens) exceeds the available context size ({window} tokens), "
            "try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": prompt_tokens,
            "n_ctx": window,
        }
    }
    return reply({"error": json.dumps(inner, separators=(",", ":"))}, 400)


def _ollama_model(name: str) -> dict[str, Any]:
    family, _, _ = _OLLAMAS[name]
    return {
        "name": name,
        "model": name,
        "modified_at": _MOMENT,
        "size": 3_825_819_519,
        "digest": "fe938a131f40e6f6d40083c9f0f430a515233eb2edaa6d72eb85c50d64f2300e",
        "details": {
            "parent_model": "",
            "format": "gguf",
            "family": family,
            "families": [family],
            "parameter_size": "8.0B",
            "quantization_level": "Q4_0",
        },
    }


def _known(name: str) -> str | None:
    """Give a model's whole name: where no tag is said, `:latest` is meant."""
    return next((one for one in (name, f"{name}:latest") if one in _OLLAMAS), None)


def _ollama_shows(request: Request) -> Answer:
    name = _known(request.body["model"])
    if name is None:
        return reply({"error": f"model '{request.body['model']}' not found"}, 404)
    family, window, capabilities = _OLLAMAS[name]
    info = {"general.architecture": family, f"{family}.context_length": window, f"{family}.vocab_size": 128_256}
    return reply({"details": _ollama_model(name)["details"], "model_info": info, "capabilities": capabilities})


def _ollama_answers(request: Request) -> Answer:
    body = request.body
    name = _known(body["model"])
    if name is None:
        return reply({"error": f"model '{body['model']}' not found"}, 404)
    if "completion" not in _OLLAMAS[name][2]:
        return reply({"error": f'"{body["model"]}" does not support chat'}, 400)
    if not body["messages"]:
        loaded = {name: value for name, value in ollama_part(body["model"]).items() if name != "done"}
        return reply(loaded | {"done_reason": "load", "done": True})
    options = body.get("options", {})
    window = options.get("num_ctx", DEFAULT_WINDOW)
    asked = sum(len(words(message["content"])) + 4 for message in body["messages"])
    if asked > window and body.get("truncate") is False:
        return ollama_is_full(asked, window)
    thoughts = words(THOUGHT) if "thinking" in _OLLAMAS[name][2] else []
    said = [JSON] if body.get("format") == "json" else words(ANSWER)
    parts = [ollama_part(name, thinking=one) for one in thoughts] + [ollama_part(name, one) for one in said]
    most = options.get("num_predict", len(parts))
    reason = "length" if most < len(parts) else "stop"
    parts = parts[:most]
    return ndjson(*map(_raw, [*parts, ollama_end(name, reason, min(asked, window), len(parts))]))


# ---- LM Studio ----

LOADED, UNLOADED, EMBEDDING = (
    "qwen2-vl-7b-instruct",
    "meta-llama-3.1-8b-instruct",
    "text-embedding-nomic-embed-text-v1.5",
)
NO_MODEL = "No models loaded. Please load a model in the developer page or use the 'lms load' command."
_UNEXPECTED = "Unexpected endpoint or method. ({} {}). Returning 200 anyway"


def lm_studio(*, cut: int | None = None, chat: Callable[[Request], Answer] | Answer | None = None) -> Answers:
    """Answer as LM Studio does; see `lm_studio_otherwise` for what it does not know.

    Parameters
    ----------
    cut : int or None
        See `recut`.
    chat : Answer, or callable
        How it answers a question, if not well.
    """
    made = chat or _lm_studio_answers
    return {
        "/v1/models": reply(
            {
                "object": "list",
                "data": [
                    {"id": name, "object": "model", "owned_by": "organization_owner"}
                    for name in (LOADED, UNLOADED, EMBEDDING)
                ],
            }
        ),
        "/api/v0/models": reply(
            {
                "object": "list",
                "data": [
                    _lm_studio_model(UNLOADED, "llm", "llama", 131_072),
                    _lm_studio_model(LOADED, "vlm", "qwen2_vl", 32_768)
                    | {"state": "loaded", "loaded_context_length": DEFAULT_WINDOW},
                    _lm_studio_model(EMBEDDING, "embeddings", "nomic-bert", 2048),
                ],
            }
        ),
        "/v1/chat/completions": lambda request: recut(made if isinstance(made, Answer) else made(request), cut),
    }


def lm_studio_otherwise() -> Answer:
    """Answer what LM Studio answers to a path that it does not know: 200, and an error."""
    return reply({"error": _UNEXPECTED.format("GET", "/props")})


def lm_studio_refuses(message: str, status: int = 400) -> Answer:
    """Refuse in OpenAI's form."""
    return reply(
        {"error": {"message": message, "type": "invalid_request_error", "param": "model", "code": None}}, status
    )


def lm_studio_part(**delta: str | None) -> dict[str, Any]:
    """Make one part of a streamed answer."""
    return _part({"index": 0, "delta": delta, "logprobs": None, "finish_reason": None})


def lm_studio_end(reason: str, prompt_tokens: int, answer_tokens: int) -> list[dict[str, Any]]:
    """Make the last two parts of a streamed answer."""
    usage = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": answer_tokens,
        "total_tokens": prompt_tokens + answer_tokens,
        "completion_tokens_details": {"reasoning_tokens": 0},
    }
    return [
        _part({"index": 0, "delta": {}, "logprobs": None, "finish_reason": reason}),
        _part(None) | {"usage": usage},
    ]


def _part(choice: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "id": "chatcmpl-i3gkjwthhw96whukek9tz",
        "object": "chat.completion.chunk",
        "created": 1_731_990_317,
        "model": LOADED,
        "system_fingerprint": LOADED,
        "choices": [] if choice is None else [choice],
    }


def _lm_studio_model(name: str, kind: str, arch: str, most: int) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "type": kind,
        "publisher": "lmstudio-community",
        "arch": arch,
        "compatibility_type": "gguf",
        "quantization": "Q4_K_M",
        "state": "not-loaded",
        "max_context_length": most,
    }


def _lm_studio_answers(request: Request) -> Answer:
    body = request.body
    wanted = body.get("response_format", {"type": "text"})["type"]
    if wanted not in ("json_schema", "text"):
        return lm_studio_refuses("'response_format.type' must be 'json_schema' or 'text'")
    asked = sum(len(words(message["content"])) + 4 for message in body["messages"])
    if asked > DEFAULT_WINDOW:
        return lm_studio_refuses(
            f"Trying to keep the first {asked} tokens when context the overflows. However, the model is loaded with "
            f"context length of only {DEFAULT_WINDOW} tokens, which is not enough. Try to load the model with a larger "
            "context length, or provide a shorter input."
        )
    thought = [lm_studio_part(reasoning_content=one) for one in words(THOUGHT)]
    said = [lm_studio_part(content=one) for one in words(ANSWER)]
    most = body.get("max_tokens", len(thought + said))
    parts = (thought + said)[:most]
    last, usage = lm_studio_end("length" if most < len(thought + said) else "stop", asked, len(parts))
    wants_usage = body.get("stream_options", {}).get("include_usage")
    every = [lm_studio_part(role="assistant"), *parts, last, *([usage] if wants_usage else [])]
    # Comments and empty lines keep a connection alive through whatever stands between; a reader passes them over.
    return stream(*(line for part in every for line in (f"data: {_raw(part)}\n\n", ": keep-alive\n\n", "\n")))
