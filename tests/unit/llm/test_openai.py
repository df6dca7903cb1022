from __future__ import annotations

import statistics
import threading
import time

import pytest
from scripted_server import Answer, delta, press_ctrl_c, reply, serving, stream

from memo_jupyter.errors import BrokenReply, PromptTooLong, ServerRefused, ServerTimeout, ServerUnreachable
from memo_jupyter.llm.openai import LLAMA_CPP, OpenAIModel
from memo_jupyter.llm.transport import Transport
from memo_jupyter.types import Delta, Message, Options, Prompt

CHAT = "/v1/chat/completions"
PROMPT = Prompt(
    text="What?",
    messages=(Message("system", "Be brief."), Message("user", "What?")),
    recalled=(),
    dropped=(),
    model="tiny",
    server="x",
    tokens=10,
    window=512,
)


def model_of(server, name="tiny", **rest):
    return OpenAIModel(Transport(server.base_url, timeout=rest.pop("timeout", 10.0)), name, **rest)


def answer_of(*answers, options=Options(), **rest):  # noqa: B008  # frozen
    """Give what the model answered, what it thought, and the usage, from what a server sends."""
    with serving({CHAT: list(answers)}) as server:
        arriving = model_of(server, **rest).stream(PROMPT, options)
        deltas = list(arriving)
    return "".join(one.text for one in deltas), "".join(one.reasoning for one in deltas), arriving.usage


def test_an_answer_streams_with_its_usage():
    first = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": None}, "finish_reason": None}]}
    last = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 2}}
    with serving(
        {CHAT: stream(first, ": ping\n\n", delta("Hello"), delta(" you"), delta(None, "stop"), last)}
    ) as server:
        arriving = model_of(server).stream(PROMPT, Options(temperature=0.5, max_tokens=7))
        assert server.requests == []  # it leaves when it is first read
        assert list(arriving) == [Delta("Hello"), Delta(" you")]
    assert (arriving.usage.prompt_tokens, arriving.usage.answer_tokens, arriving.usage.finish) == (12, 2, "stop")
    assert server.requests[0].body == {
        "model": "tiny",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_tokens": 7,
    }


@pytest.mark.parametrize(
    "told",
    [None, [], {"prompt_tokens": "12", "completion_tokens": 1.5}, {"prompt_tokens": {}, "completion_tokens": True}],
)
def test_usage_that_is_none_is_passed_over(told):
    *_, usage = answer_of(stream(delta("Yes."), delta(None, "stop"), {"choices": [], "usage": told}))
    assert (usage.prompt_tokens, usage.answer_tokens, usage.finish) == (None, None, "stop")


def test_what_the_server_decides_is_left_to_it():
    with serving({CHAT: stream(delta("a", "stop"))}) as server:
        list(model_of(server).stream(PROMPT, Options()))
    assert not {"temperature", "max_tokens", "response_format"} & set(server.requests[0].body)


def test_an_answer_at_its_longest_says_so():
    assert answer_of(stream(delta("a"), delta(None, "length")))[2].finish == "length"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_that_the_server_sends_apart_are_reasoning(field):
    events = stream(delta(None, **{field: "Hm"}), delta("", **{field: ", well"}), delta("Yes."), delta(None, "stop"))
    assert answer_of(events)[:2] == ("Yes.", "Hm, well")
    # … also of a model from which a thought would be expected in the text.
    assert answer_of(events, name="deepseek-r1")[:2] == ("Yes.", "Hm, well")


def test_thoughts_in_the_text_are_reasoning():
    events = stream(delta("<thi"), delta("nk>Hm.</"), delta("think>\n\nYes"), delta("."), delta(None, "stop"))
    assert answer_of(events)[:2] == ("Yes.", "Hm.")


def test_a_thought_that_the_template_opened_is_reasoning():
    events = stream(delta("Hm."), delta("</think>Yes."), delta(None, "stop"))
    assert answer_of(events, name="DeepSeek-R1-Distill")[:2] == ("Yes.", "Hm.")


def test_llama_cpp_is_asked_whether_its_template_opens_the_thought():
    events = stream(delta("Hm.</think>Yes."), delta(None, "stop"))
    template = reply({"prompt": "<|im_start|>assistant\n<think>\n"})
    with serving({CHAT: events, "/apply-template": template}) as server:
        model = model_of(server, kind=LLAMA_CPP)
        for _ in range(2):
            assert list(model.stream(PROMPT, Options())) == [Delta("Yes.", "Hm.")]
    assert len(server.asked("/apply-template")) == 1
    assert b"What?" not in repr(server.asked("/apply-template")[0].body).encode()


def test_an_answer_shows_that_the_template_opens_the_thought():
    events = stream(delta("Hm.\n</think>\n\nYes."), delta(None, "stop"))
    with serving({CHAT: events}) as server:
        model = model_of(server)
        list(model.stream(PROMPT, Options()))
        assert list(model.stream(PROMPT, Options())) == [Delta("Yes.", "Hm.\n")]


def test_json_is_asked_for():
    with serving({CHAT: stream(delta("{}", "stop"))}) as server:
        list(model_of(server).stream(PROMPT, Options(json=True)))
    assert server.requests[0].body["response_format"] == {"type": "json_object"}


SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}


def test_a_schema_is_asked_for():
    with serving({CHAT: stream(delta("{}", "stop"))}) as server:
        list(model_of(server).stream(PROMPT, Options(json=True, schema=SCHEMA)))
    assert server.requests[0].body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
    }


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_server_that_does_not_know_a_schema_is_asked_in_the_other_way_and_then_without(status):
    refuses = reply({"error": "Input should be 'text' or 'json_object'"}, status)
    with serving({CHAT: [refuses, refuses, stream(delta("{}", "stop"))]}) as server:
        assert list(model_of(server).stream(PROMPT, Options(schema=SCHEMA))) == [Delta("{}")]
    assert server.requests[1].body["response_format"] == {"type": "json_object", "schema": SCHEMA}
    assert "response_format" not in server.requests[2].body


def test_a_server_that_breaks_over_a_question_is_not_asked_again():
    with serving({CHAT: reply({"error": "no"}, 500)}) as server, pytest.raises(ServerRefused, match="no"):
        list(model_of(server).stream(PROMPT, Options(json=True)))
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_does_not_know_a_wish_is_asked_again_without(status):
    refuses = reply({"error": "'response_format.type' must be 'json_schema' or 'text'"}, status)
    with serving({CHAT: [refuses, stream(delta("{}", "stop"))]}) as server:
        assert list(model_of(server).stream(PROMPT, Options(json=True))) == [Delta("{}")]
    assert not {"response_format", "stream_options"} & set(server.requests[1].body)


def test_a_server_that_goes_on_refusing_is_asked_twice_and_no_more():
    with serving({CHAT: reply({"error": "no"}, 400)}) as server, pytest.raises(ServerRefused, match="no"):
        list(model_of(server).stream(PROMPT, Options()))
    assert len(server.requests) == 2


def test_a_prompt_that_is_too_long_is_not_sent_again():
    body = {"error": {"message": "x", "type": "exceed_context_size_error", "n_prompt_tokens": 1820, "n_ctx": 512}}
    with serving({CHAT: reply(body, 400)}) as server, pytest.raises(PromptTooLong) as caught:
        list(model_of(server).stream(PROMPT, Options()))
    assert (caught.value.prompt_tokens, caught.value.window) == (1820, 512)
    assert len(server.requests) == 1


def test_a_server_that_does_not_stream_is_understood():
    message = {"role": "assistant", "content": "Hello", "reasoning_content": "Hm"}
    whole = {
        "choices": [{"message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2},
    }
    text, thought, usage = answer_of(reply(whole))
    assert (text, thought, usage.answer_tokens, usage.finish) == ("Hello", "Hm", 2, "stop")


def test_an_error_in_mid_stream_comes_after_what_had_arrived():
    events = stream(delta("Hel"), {"error": {"message": "out of memory", "code": 500}}, done=False)
    with serving({CHAT: events}) as server:
        arriving = iter(model_of(server).stream(PROMPT, Options()))
        assert next(arriving) == Delta("Hel")
        with pytest.raises(ServerRefused, match="out of memory") as caught:
            next(arriving)
    assert caught.value.status == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (stream(delta("Hel"), cut=True, done=False), "broke off"),
        (stream(delta("Hel"), done=False), "broke off"),
        (stream(delta("Hel")), "broke off"),  # [DONE], but no finish_reason: another request took the model
        (stream(delta("Hel"), 'data: {"choices": [\n\n'), "not JSON"),
        (stream(delta("Hel"), "data: [1]\n\n"), "not a chat completion"),
        (stream(delta("Hel"), {"choices": [3]}), "not a chat completion"),
        (stream(delta("Hel"), {"choices": {"a": 1}}), "not a chat completion"),
        (stream(delta("Hel"), {"choices": [{"delta": {"content": 3}}]}), "not a chat completion"),
    ],
)
def test_a_broken_stream_is_said_to_be_and_what_arrived_is_kept(answer, words):
    with serving({CHAT: answer}) as server:
        arriving = iter(model_of(server).stream(PROMPT, Options()))
        assert next(arriving) == Delta("Hel")
        with pytest.raises(BrokenReply, match=words):
            list(arriving)


def test_a_last_part_without_done_is_an_end():
    assert answer_of(stream(delta("Yes."), delta(None, "stop"), done=False))[0] == "Yes."


def test_a_web_page_is_no_answer():
    with pytest.raises(BrokenReply, match="web page"):
        answer_of(Answer(b"<html>", content_type="text/html"))


def test_an_empty_stream_means_most_likely_that_the_prompt_was_too_long():
    with pytest.raises(PromptTooLong, match="too long") as caught:
        answer_of(Answer([], content_type="text/event-stream"), window=512)
    assert caught.value.window == 512


def test_nothing_there():
    with serving() as server:
        model = model_of(server)
    with pytest.raises(ServerUnreachable):
        list(model.stream(PROMPT, Options()))


def test_silence_in_mid_stream_is_given_up():
    with serving({CHAT: stream(delta("Hel"), done=False, hangs=True)}) as server:
        arriving = iter(model_of(server, timeout=0.2).stream(PROMPT, Options()))
        assert next(arriving) == Delta("Hel")
        with pytest.raises(ServerTimeout):
            next(arriving)


def stop_latency(model) -> tuple[float, list[Delta]]:
    arriving, got, ended = model.stream(PROMPT, Options()), [], []

    def read():
        got.extend(arriving)
        ended.append(time.perf_counter())

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(0.1)
    asked = time.perf_counter()
    arriving.stop()
    thread.join()
    return ended[0] - asked, got


@pytest.mark.parametrize(
    ("answer", "arrived"),
    [
        (Answer([], hangs=True), []),
        (stream(delta("Hel"), done=False, hangs=True), [Delta("Hel")]),
    ],
    ids=["before headers", "while streaming"],
)
def test_a_stream_stops_within_100_ms_without_an_error(answer, arrived):
    with serving({CHAT: answer}) as server:
        stops = [stop_latency(model_of(server)) for _ in range(5)]
        assert server.left.wait(5)
    assert statistics.median(seconds for seconds, _ in stops) < 0.1
    assert all(got == arrived for _, got in stops)


def test_a_stream_that_was_stopped_before_it_was_read_sends_nothing():
    with serving({CHAT: stream(delta("a", "stop"))}) as server:
        arriving = model_of(server, kind=LLAMA_CPP).stream(PROMPT, Options())
        arriving.stop()
        arriving.stop()
        assert list(arriving) == []
    assert server.connections == 0


def test_deltas_that_had_arrived_are_not_given_after_a_stop():
    with serving({CHAT: stream(*map(delta, "abcdef"), delta(None, "stop"))}) as server:
        arriving = model_of(server).stream(PROMPT, Options())
        got = []
        for one in arriving:
            got.append(one.text)
            arriving.stop()
    assert got == ["a"]


def test_nobody_reading_on_closes_the_connection():
    with serving({CHAT: stream(delta("Hel"), done=False, hangs=True)}) as server:
        arriving = iter(model_of(server).stream(PROMPT, Options()))
        next(arriving)
        arriving.close()
        assert server.left.wait(5)


def test_keyboard_interrupt_closes_the_connection():
    with serving({CHAT: stream(delta("Hel"), done=False, hangs=True)}) as server:
        timer = press_ctrl_c(after=0.2)
        with pytest.raises(KeyboardInterrupt):
            list(model_of(server).stream(PROMPT, Options()))
        timer.join()
        assert server.left.wait(5)


def test_tokens_are_counted_by_llama_cpp_and_vllm():
    with serving({"/tokenize": [reply({"tokens": [5, 6, 7]}), reply({"count": 4, "max_model_len": 99})]}) as server:
        model = model_of(server)
        assert model.count("some text") == 3
        assert model.count("some text") == 4
    body = server.requests[0].body
    assert body["content"] == body["prompt"] == "some text"


@pytest.mark.parametrize(
    "answer", [reply({"error": "no"}, 404), reply({"error": "Unexpected endpoint"}), Answer(b"<html>"), reply([1])]
)
def test_a_server_that_does_not_count_is_asked_once(answer):
    with serving({"/tokenize": answer}) as server:
        model = model_of(server)
        assert model.count("a") is None
        assert model.count("b") is None
    assert len(server.requests) == 1


def test_a_server_that_only_loads_its_model_is_asked_again():
    loads = reply({"error": {"message": "Loading model", "code": 503}}, 503)
    with serving({"/tokenize": [loads, reply({"tokens": [1]})]}) as server:
        model = model_of(server)
        assert model.count("a") is None
        assert model.count("a") == 1


def test_a_model_says_where_it_runs():
    with serving() as server:
        model = model_of(server, kind=LLAMA_CPP)
    assert model.server == f"llama.cpp at {server.base_url}"
    assert model.window is None
    assert model.window_is_ours is False
    assert model.count("a") is None


def test_half_a_character_is_replaced_where_the_stream_is_read():
    text, _, _ = answer_of(stream(delta("a \ud800 b"), delta("\ud83d\ude00"), delta(None, "stop")))
    assert text == "a \ufffd b\U0001f600"
    assert answer_of(reply({"choices": [{"message": {"content": "\udfff"}, "finish_reason": "stop"}]}))[0] == "\ufffd"
