"""What may be wrong with a question, a model or a server is one line, and costs nothing that had arrived."""

from __future__ import annotations

import json
import os
import signal
import threading
import time

import pytest
from kernels import Kernel
from scripted_server import Answer, delta, reply, serving, stream

from memo_jupyter.errors import BrokenReply, LLMError, PromptTooLong, ServerRefused, ServerTimeout
from memo_jupyter.llm.discovery import choose, find_servers
from memo_jupyter.testing import fake_memo

CHAT = "/v1/chat/completions"
FACT = "The robust scaler beat the standard scaler on the churn data."
BINARY = "a \x00 b \ud800 c \udfff d \x1b[31m e \x07 \uffff \u202e f"


def listing(owner="someone", **more):
    return reply({"object": "list", "data": [{"id": "tiny", "object": "model", "owned_by": owner, **more}]})


def good(text="Yes."):
    return {"/v1/models": listing(), CHAT: stream(delta(text), delta(None, "stop"))}


def chosen(server, **rest):
    found, name = choose(find_servers(server.base_url, **rest))
    return found.chat_model(name)


@pytest.fixture
def kernel(tmp_path):
    with Kernel(tmp_path, MEMO_MODELS=str(tmp_path / "none"), MEMO_MODEL="") as started:
        started.run("%load_ext memo")
        yield started


def one_line(kernel, base_url):
    """Ask in the kernel, at this address; give the line that is shown."""
    kernel.run(f"%config Memo.base_url = {base_url!r}")
    shown = kernel.run("%%memo --no-recall\nWhich scaler?")
    assert shown.traceback.startswith("memo: ")
    assert len(shown.traceback.splitlines()) == 1
    return shown.traceback


def test_in_a_notebook_every_wrong_server_is_one_line(kernel):
    page = Answer(b"<!doctype html><h1>Welcome</h1>", content_type="text/html")
    with serving({"/": page, "/v1/models": page}) as site, serving(good()) as right:
        assert "Nothing answers at" in one_line(kernel, "http://127.0.0.1:1")
        assert "lists no models" in one_line(kernel, site.base_url)
        assert "refused (404)" in one_line(kernel, f"{right.base_url}/elsewhere")
        assert "is not the address of a server" in one_line(kernel, "ftp://127.0.0.1")
        assert "No secure connection" in one_line(kernel, right.base_url.replace("http:", "https:"))
        assert "MEMO_ALLOW_HOSTS" in one_line(kernel, "http://192.168.0.1:8080")
        # None of that stands in the way of the right one.
        kernel.run(f"%config Memo.base_url = {right.base_url!r}")
        assert kernel.run("%%memo --no-recall\nWhich scaler?").error is None


def test_in_a_notebook_a_server_that_loads_its_model_is_waited_for_until_ctrl_c(kernel):
    loading = reply({"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}, 503)
    with serving({"/v1/models": loading}) as server:
        kernel.run(f"%config Memo.base_url = {server.base_url!r}")
        pid = int(kernel.run("import os; os.getpid()").text)
        interrupt = threading.Timer(1.0, os.kill, (pid, signal.SIGINT))
        interrupt.start()
        begun = time.monotonic()
        assert kernel.run("%%memo --no-recall\nWhich scaler?").traceback == "memo: Stopped."
        assert time.monotonic() - begun < 5
        interrupt.join()


def test_a_stream_that_stalls_is_given_up_after_the_timeout_and_the_part_kept(tmp_path):
    answers = good() | {CHAT: stream(delta("It was"), done=False, hangs=True)}
    with serving(answers) as server, fake_memo(tmp_path, model=chosen(server, timeout=0.3)) as memo:
        answer = memo.ask("Which?", recall=False)
        with pytest.raises(ServerTimeout, match=r"silent for 0\.3 seconds.*Memo\.timeout"):
            assert answer.text
        (kept,) = (memo.get(row.id) for row in memo.recent())
        assert (kept.response, kept.tags) == ("It was", ("partial",))
        assert server.left.wait(5)


def test_a_server_that_takes_the_question_and_says_nothing_is_given_up_and_nothing_kept(tmp_path):
    answers = good() | {CHAT: Answer([], hangs=True)}
    with serving(answers) as server, fake_memo(tmp_path, model=chosen(server, timeout=0.3)) as memo:
        answer = memo.ask("Which?", recall=False)
        with pytest.raises(ServerTimeout):
            assert answer.text
        assert answer.record is None
        assert memo.recent() == []


def test_comments_that_keep_a_connection_alive_are_no_silence(tmp_path):
    # A model that is being loaded, or reads a long prompt, sends them for minutes.
    pings = [": ping\n\n"] * 10
    answers = good() | {CHAT: stream(*pings, delta("Yes."), delta(None, "stop"), pause=0.15)}
    with serving(answers) as server, fake_memo(tmp_path, model=chosen(server, timeout=1.0)) as memo:
        assert memo.ask("Which?", recall=False).text == "Yes."


@pytest.mark.parametrize("counts", [True, False], ids=["it counts tokens", "it does not"])
def test_in_a_window_of_512_an_answer_fits_beside_what_is_sent(tmp_path, counts):
    answers = good() | {"/v1/models": listing("vllm", max_model_len=512)}
    if counts:
        answers["/tokenize"] = lambda request: reply({"count": len(request.body["prompt"].encode()) // 2})
    with serving(answers) as server, fake_memo(tmp_path, model=chosen(server)) as memo:
        memo.remember_many([f"{FACT} {number} " + "It was slow. " * 60 for number in range(8)], progress=False)
        assert memo.ask("Which scaler was it? " * 5, thread="main").text
        answer = memo.ask("Which scaler?")
        assert answer.text == "Yes."
        sent = answer.prompt
        assert sent.window == 512
        assert sent.tokens < 512
        if counts:
            told = sum(len(message.content.encode()) // 2 for message in sent.messages)
            assert told < 512 - 64
        assert sent.messages[-1].role == "user"
        assert sent.messages[-1].content.endswith("Which scaler?")
        assert answer.notices[0].startswith("To fit the model's window: ")


@pytest.mark.parametrize("asked", ["Which scaler? " + "Many words. " * 3000, "長い質問" * 2000])
def test_a_question_longer_than_a_window_of_512_is_one_line_and_nothing_is_sent(tmp_path, asked):
    with serving(good() | {"/v1/models": listing("vllm", max_model_len=512)}) as server:
        with fake_memo(tmp_path, model=chosen(server)) as memo:
            with pytest.raises(PromptTooLong, match=r"of its window of 512 can be a question\. Nothing was sent\."):
                memo.ask(asked)
            assert memo.recent() == []
        assert server.asked(CHAT) == []


def test_binary_in_a_question_is_sent_answered_remembered_and_found(tmp_path):
    with serving(good(f"You said {FACT}")) as server, fake_memo(tmp_path, model=chosen(server)) as memo:
        memo.remember(f"{FACT} {BINARY}")
        answer = memo.ask(f"Which scaler? {BINARY}")
        assert answer.text == f"You said {FACT}"
        assert answer.recalled
        kept = memo.get(answer.record.id)
        assert "\x00" in kept.prompt
        sent = json.dumps(server.asked(CHAT)[0].body)
        assert "\\ud800" not in sent
        assert "Which scaler? a \\u0000 b " in sent
        assert memo.recall("robust scaler")
    with fake_memo(tmp_path) as again:
        assert again.get(kept.id).prompt == kept.prompt


def test_a_model_that_the_server_has_not_loaded_is_said_in_its_own_words(tmp_path):
    refusal = reply({"error": {"message": "Model 'tiny' is not loaded", "type": "invalid_request_error"}}, 404)
    with serving(good() | {CHAT: refusal}) as server, fake_memo(tmp_path, model=chosen(server)) as memo:
        answer = memo.ask("Which?")
        with pytest.raises(ServerRefused, match=r"refused \(404\): Model 'tiny' is not loaded\.$"):
            assert answer.text
        assert len(server.asked(CHAT)) == 1
        assert answer.record is None


@pytest.mark.parametrize(
    "answer",
    [
        reply({"embedding": [0.1, 0.2]}),
        reply([]),
        reply({"choices": [{"text": "a completion of the old kind", "finish_reason": "stop"}]}),
        reply("ok"),
        Answer(b"", 204),
        Answer(b"OK", content_type="text/plain"),
        Answer(b"\x00\x01\x02\xff" * 300, content_type="application/octet-stream"),
        Answer(b"\x1f\x8b\x08\x00 not gzip at all", headers={"Content-Encoding": "gzip"}),
    ],
    ids=["embedding", "list", "old completion", "text in JSON", "nothing", "text", "binary", "not gzip"],
)
def test_an_answer_that_is_none_is_one_line_and_nothing_is_kept(tmp_path, answer):
    with serving(good() | {CHAT: answer}) as server, fake_memo(tmp_path, model=chosen(server)) as memo:
        asked = memo.ask("Which?")
        try:
            assert asked.text == ""
        except LLMError as error:
            assert "\n" not in str(error)
            assert server.base_url in str(error)
        assert asked.record is None
        assert memo.recent() == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"OK", content_type="text/plain"),
        Answer(b"\x00\x01\x02\xff" * 300, content_type="application/octet-stream"),
        reply({"embedding": [0.1, 0.2]}),
    ],
    ids=["text", "binary", "another JSON"],
)
def test_what_is_no_answer_is_not_called_too_long_a_prompt_nor_a_broken_stream(tmp_path, answer):
    with serving(good() | {CHAT: answer}) as server, fake_memo(tmp_path, model=chosen(server)) as memo:
        asked = memo.ask("Which?")
        with pytest.raises(BrokenReply, match="not a chat completion"):
            assert asked.text


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (  # llama.cpp, started with `--embeddings`, in versions until 2025
            reply({"error": {"code": 501, "message": "This server does not support completions.", "type": "x"}}, 501),
            r"refused \(501\): This server does not support completions\.$",
        ),
        (  # vLLM
            reply({"object": "error", "message": "The model does not support Chat Completions API", "code": 400}, 400),
            r"refused \(400\): The model does not support Chat Completions API\.$",
        ),
    ],
)
def test_a_model_that_only_embeds_is_one_line(tmp_path, refusal, words):
    with serving(good() | {CHAT: refusal}) as server, fake_memo(tmp_path, model=chosen(server)) as memo:
        answer = memo.ask("Which?")
        with pytest.raises(ServerRefused, match=words):
            assert answer.text
        assert answer.record is None


@pytest.mark.llama
def test_a_real_server_takes_binary_and_a_window_of_512(llama_servers, tmp_path):
    server = llama_servers.start("-c", "512", "-np", "1")
    with fake_memo(tmp_path, model=chosen(server), max_tokens=20, temperature=0.0) as memo:
        memo.remember_many([f"{FACT} {number} " + "It was slow. " * 60 for number in range(4)], progress=False)
        for question in ("\x00" * 2000, "\ud800" * 2000, "many words " * 2000):
            with pytest.raises(PromptTooLong):
                memo.ask(question)
        for question in ("Which?", "\x00\x01", "\ud800 b"):
            answer = memo.ask(question)
            assert answer.text.strip() or answer.usage.answer_tokens
            assert answer.usage.prompt_tokens + 20 <= 512
    server.kill()
