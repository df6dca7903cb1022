from __future__ import annotations

import json

import pytest

from memo_jupyter.errors import PromptTooLong, ServerRefused
from memo_jupyter.llm.refusals import is_error, refusal

SERVER = "http://127.0.0.1:8080"


def refused(body, status=400, secret=""):
    text = body if isinstance(body, str) else json.dumps(body)
    error = refusal(text, status=status, server=SERVER, secret=secret)
    assert "\n" not in str(error)
    assert len(str(error)) < 500
    return error


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "Model not loaded", "type": "x", "code": 400}}, "Model not loaded"),
        ({"error": 'model "x" not found, try pulling it first'}, 'model "x" not found, try pulling it first'),
        ({"object": "error", "message": "No such model", "code": 404}, "No such model"),
        ({"detail": "Invalid API key"}, "Invalid API key"),
        ({"detail": [{"loc": ["body", "messages"], "msg": "field required"}]}, "messages: field required"),
        ({"detail": {"msg": "Server is busy", "type": "service_unavailable"}}, "Server is busy"),
        ({"error": {"message": ["odd", "list"]}}, "odd; list"),
        ("Internal Server Error", "Internal Server Error"),
        ("<!doctype html><h1>Not here</h1>", "it answers with a web page"),
        ("", "Bad Request"),
        ("{}", "{}"),
        ("[1, 2]", "[1, 2]"),
        ({"error": None, "detail": "why"}, "why"),
    ],
)
def test_the_servers_own_words_are_in_the_line(body, words):
    error = refused(body)
    assert str(error).startswith(f"{SERVER} refused (400): {words}")
    assert error.status == 400
    assert type(error) is ServerRefused


def test_words_are_made_one_short_line_that_a_terminal_does_not_obey():
    error = refused({"error": "one\ntwo\x1b[31m\r" + "x" * 5000})
    assert "one two [31m x" in str(error)
    assert "\x1b" not in str(error)


def test_a_key_that_the_server_repeats_is_not_shown():
    error = refused({"error": {"message": "Incorrect API key provided: sk-123"}}, status=401, secret="sk-123")
    assert "sk-123" not in str(error)
    assert "Check Memo.api_key" in str(error)


def test_who_sent_no_key_is_told_how():
    assert "set both Memo.base_url and Memo.api_key" in str(refused({"error": "no"}, status=401))


def test_a_server_that_loads_its_model_is_said_to():
    body = {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}
    assert str(refused(body, 503)) == f"{SERVER} is still loading its model; try again in a moment."


@pytest.mark.parametrize(
    ("body", "tokens", "window"),
    [
        (  # llama.cpp
            {
                "error": {
                    "code": 400,
                    "message": "request (1820 tokens) exceeds the available context size (512 tokens), try …",
                    "type": "exceed_context_size_error",
                    "n_prompt_tokens": 1820,
                    "n_ctx": 512,
                }
            },
            1820,
            512,
        ),
        (  # llama.cpp's words without its numbers
            "request (1820 tokens) exceeds the available context size (512 tokens), try increasing it",
            1820,
            512,
        ),
        (  # older llama.cpp
            {"error": {"message": "the request exceeds the available context size. try increasing it"}},
            None,
            None,
        ),
        ({"error": {"message": "Context size has been exceeded.", "code": 500}}, None, None),
        (  # llama-cpp-python
            {
                "error": {
                    "message": "This model's maximum context length is 512 tokens. However, you requested 1836 tokens "
                    "(1820 in the messages, 16 in the completion). Please reduce the length of the messages.",
                    "type": "invalid_request_error",
                    "code": "context_length_exceeded",
                }
            },
            1820,
            512,
        ),
        (  # vLLM
            {
                "object": "error",
                "message": "This model's maximum context length is 4096 tokens. However, your request has 5000 input "
                "tokens. Please reduce the length of the input messages.",
                "code": 400,
            },
            5000,
            4096,
        ),
        ("The decoder prompt (length 5000) is longer than the maximum model length of 4096.", 5000, 4096),
        (  # LM Studio
            {
                "error": "Trying to keep the first 6547 tokens when context the overflows. However, the model is "
                "loaded with context length of only 4096 tokens, which is not enough."
            },
            6547,
            4096,
        ),
        (
            {"error": "The number of tokens to keep from the initial prompt is greater than the context length."},
            None,
            None,
        ),
        ({"error": "the input length exceeds the context length"}, None, None),  # Ollama, with truncate: false
        ({"error": {"message": "?", "code": "context_length_exceeded"}}, None, None),
    ],
)
def test_a_prompt_that_is_too_long_is_recognised_in_every_wording(body, tokens, window):
    error = refused(body)
    assert type(error) is PromptTooLong
    assert (error.prompt_tokens, error.window) == (tokens, window)
    assert "too long" in str(error)


def test_numbers_of_the_wrong_type_are_passed_over():
    error = refused(
        {"error": {"type": "exceed_context_size_error", "n_prompt_tokens": "many", "n_ctx": None, "code": []}}
    )
    assert (error.prompt_tokens, error.window) == (None, None)


@pytest.mark.parametrize(
    ("chunk", "expected"),
    [
        ({"error": {"message": "x"}}, True),
        ({"object": "error", "message": "x"}, True),
        ({"choices": [], "error": None}, False),
        ({"choices": []}, False),
    ],
)
def test_an_error_inside_a_stream_is_recognised(chunk, expected):
    assert is_error(chunk) is expected
