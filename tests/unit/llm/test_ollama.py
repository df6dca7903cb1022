from __future__ import annotations

import pytest
from scripted_server import Answer, ndjson, reply, serving

from memo_jupyter.errors import BrokenReply, PromptTooLong, ServerRefused
from memo_jupyter.llm.ollama import OllamaModel, trained_window
from memo_jupyter.llm.transport import Transport
from memo_jupyter.types import Delta, Message, Options, Prompt, Usage

CHAT = "/api/chat"
PROMPT = Prompt("What?", (Message("user", "What?"),), (), (), "llama3.2:latest", "x", 10, 512)


def part(content="", **more):
    return {"model": "llama3.2", "message": {"role": "assistant", "content": content, **more}, "done": False}


END = {
    "model": "llama3.2",
    "message": {"role": "assistant", "content": ""},
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 26,
    "eval_count": 3,
}


def model_of(server, name="llama3.2:latest"):
    return OllamaModel(Transport(server.base_url, timeout=10), name, window=131_072)


def deltas_of(answer, **rest):
    with serving({CHAT: answer}) as server:
        return list(model_of(server, **rest).stream(PROMPT, Options()))


def test_an_answer_streams_with_its_usage():
    with serving({CHAT: ndjson(part("Hello"), part(" you"), END)}) as server:
        arriving = model_of(server).stream(PROMPT, Options(temperature=0.5, max_tokens=7, window=8192))
        assert list(arriving) == [Delta("Hello"), Delta(" you")]
    assert arriving.usage == Usage(26, 3, "stop")
    body = server.requests[0].body
    assert body["messages"] == [{"role": "user", "content": "What?"}]
    assert body["options"] == {"num_ctx": 8192, "num_predict": 7, "temperature": 0.5}
    assert body["stream"] is True
    # A prompt that does not fit has to be an error, and not to lose its beginning.
    assert body["truncate"] is False


def test_what_the_server_decides_is_left_to_it():
    with serving({CHAT: ndjson(END)}) as server:
        list(model_of(server).stream(PROMPT, Options()))
    assert server.requests[0].body["options"] == {}
    assert "format" not in server.requests[0].body


def test_json_is_asked_for():
    with serving({CHAT: ndjson(END)}) as server:
        list(model_of(server).stream(PROMPT, Options(json=True)))
    assert server.requests[0].body["format"] == "json"


def test_a_schema_is_asked_for():
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    with serving({CHAT: ndjson(END)}) as server:
        list(model_of(server).stream(PROMPT, Options(json=True, schema=schema)))
    assert server.requests[0].body["format"] == schema


def test_thoughts_are_reasoning_apart_or_in_the_text():
    assert deltas_of(ndjson(part(thinking="Hm"), part("Yes."), END)) == [Delta("", "Hm"), Delta("Yes.")]
    assert deltas_of(ndjson(part("<think>Hm</think>"), part("Yes."), END)) == [Delta("", "Hm"), Delta("Yes.")]
    assert deltas_of(ndjson(part("Hm</think>Yes."), END), name="qwq") == [Delta("Yes.", "Hm")]


def test_an_older_server_gives_no_reason():
    end = {name: value for name, value in END.items() if name != "done_reason"}
    with serving({CHAT: ndjson(part("a"), end)}) as server:
        arriving = model_of(server).stream(PROMPT, Options())
        list(arriving)
    assert arriving.usage.finish == "stop"


def test_a_model_that_is_not_there_is_said_in_ollamas_words():
    words = 'model "nope" not found, try pulling it first'
    with pytest.raises(ServerRefused, match="try pulling it first") as caught:
        deltas_of(reply({"error": words}, 404))
    assert caught.value.status == 404


def test_a_prompt_that_is_too_long_is_recognised():
    with pytest.raises(PromptTooLong):
        deltas_of(reply({"error": "the input length exceeds the context length"}, 400))


def test_an_error_in_mid_stream_comes_after_what_had_arrived():
    with serving({CHAT: ndjson(part("Hel"), {"error": "unexpected EOF"})}) as server:
        arriving = iter(model_of(server).stream(PROMPT, Options()))
        assert next(arriving) == Delta("Hel")
        with pytest.raises(ServerRefused, match="unexpected EOF"):
            next(arriving)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (ndjson(part("Hel")), "broke off"),
        (ndjson(part("Hel"), cut=True), "broke off"),
        (ndjson(part("Hel"), '{"message":'), "not JSON"),
        (ndjson(part("Hel"), "[]"), "not Ollama's format"),
        (ndjson(part("Hel"), {"message": "x"}), "not Ollama's format"),
        (ndjson(part("Hel"), {"message": {"content": 1}}), "not Ollama's format"),
        (ndjson(part("Hel"), "<html>"), "web page"),
    ],
)
def test_a_broken_stream_is_said_to_be_and_what_arrived_is_kept(answer, words):
    with serving({CHAT: answer}) as server:
        arriving = iter(model_of(server).stream(PROMPT, Options()))
        assert next(arriving) == Delta("Hel")
        with pytest.raises(BrokenReply, match=words):
            list(arriving)


def test_the_window_a_model_was_trained_for():
    shown = {"model_info": {"general.architecture": "llama", "llama.context_length": 131_072}}
    with serving({"/api/show": reply(shown)}) as server:
        assert trained_window(Transport(server.base_url), "llama3.2", timeout=5) == 131_072
    assert server.requests[0].body == {"model": "llama3.2"}


@pytest.mark.parametrize(
    "answer",
    [reply({}), reply({"model_info": None}), reply({"error": "x"}, 404), Answer(b"<html>"), reply({"model_info": {}})],
)
def test_a_window_that_is_not_told_is_not_known(answer):
    with serving({"/api/show": answer}) as server:
        assert trained_window(Transport(server.base_url), "llama3.2", timeout=5) is None


def test_the_window_is_the_callers_to_choose():
    with serving() as server:
        model = model_of(server)
    assert model.window_is_ours
    assert model.window == 131_072
    assert model.count("text") is None
    assert model.server == f"Ollama at {server.base_url}"
