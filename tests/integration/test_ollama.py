"""What memo relies on in Ollama: tried with a stand-in, and with a real one where `MEMO_TEST_OLLAMA` says where it is.

ollama pull llama3.2:1b
MEMO_TEST_OLLAMA=http://127.0.0.1:11434 MEMO_TEST_OLLAMA_MODEL=llama3.2:1b pytest tests/integration/test_ollama.py
"""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass

import pytest
from scripted_server import Request, ScriptedServer, ndjson, reply, serving
from stand_ins import (
    ANSWER,
    CHATS,
    EMBEDS,
    JSON,
    THINKS,
    THOUGHT,
    lm_studio,
    ollama,
    ollama_end,
    ollama_is_full,
    ollama_part,
)

from memo_jupyter.errors import BrokenReply, PromptTooLong, ServerRefused, ServerTimeout, UnknownModel
from memo_jupyter.llm.discovery import choose, find_servers
from memo_jupyter.testing import fake_memo
from memo_jupyter.types import Message, Options, Prompt

CUTS = {"a line a piece": None, "a byte a piece": 1, "three bytes a piece": 3, "seven bytes a piece": 7, "at once": 0}
REAL = os.environ.get("MEMO_TEST_OLLAMA", "")


@dataclass(frozen=True)
class Ollama:
    """An Ollama, or what stands in for one."""

    base_url: str
    wanted: str
    allowed: tuple[str, ...] = ()
    stand_in: ScriptedServer | None = None

    def chosen(self, wanted=""):
        """Give a model, ready to be asked."""
        server, name = choose(find_servers(self.base_url, allow_hosts=self.allowed), wanted or self.wanted)
        return server.chat_model(name)


@pytest.fixture(params=[*CUTS, "real"])
def server(request):
    if request.param != "real":
        with serving(ollama(cut=CUTS[request.param])) as stand_in:
            yield Ollama(stand_in.base_url, CHATS, stand_in=stand_in)
    elif REAL:
        # It may be on another computer of the developer's own, which is allowed as a user would.
        allowed = tuple(filter(None, os.environ.get("MEMO_ALLOW_HOSTS", "").split(",")))
        yield Ollama(REAL, os.environ.get("MEMO_TEST_OLLAMA_MODEL", ""), allowed)
    else:
        pytest.skip(
            "no real Ollama: MEMO_TEST_OLLAMA=http://127.0.0.1:11434 runs this on one, with the model "
            "MEMO_TEST_OLLAMA_MODEL, or its first"
        )


def prompt(text="Why is the sky blue?"):
    return Prompt(text, (Message("user", text),), (), (), "x", "x", 10, 2048)


def said(deltas):
    return "".join(delta.text for delta in deltas)


def thought(deltas):
    return "".join(delta.reasoning for delta in deltas)


def test_it_is_found_with_its_models_and_their_windows(server):
    (found,) = find_servers(server.base_url + "/v1", allow_hosts=server.allowed)
    assert found.kind == "Ollama"
    assert found.models
    model = server.chosen()
    assert model.name in found.models
    assert model.window > 512
    assert model.window_is_ours
    if server.stand_in:
        assert found.models == (THINKS, CHATS)  # the one in memory first, and none that only embeds
        assert model.window == 131_072
        assert server.stand_in.asked("/api/show")[0].body == {"model": CHATS}


def test_an_answer_arrives_in_pieces_with_its_usage(server):
    stream = server.chosen().stream(prompt(), Options(temperature=0.0, max_tokens=200, window=2048))
    deltas = list(stream)
    assert len(deltas) > 3
    assert stream.usage.finish in ("stop", "length")
    assert 0 < stream.usage.answer_tokens <= 200
    assert 0 < stream.usage.prompt_tokens < 100
    if server.stand_in:
        assert said(deltas) == ANSWER


def test_an_answer_at_its_longest_says_so(server):
    stream = server.chosen().stream(prompt("Tell me a long story."), Options(max_tokens=2, window=2048))
    assert said(stream) + thought(stream)
    assert stream.usage.finish == "length"
    assert stream.usage.answer_tokens <= 2


def test_a_prompt_longer_than_the_window_that_was_asked_for_is_refused_and_not_cut(server):
    stream = server.chosen().stream(prompt("many words " * 2000), Options(max_tokens=2, window=512))
    with pytest.raises(PromptTooLong, match="too long") as caught:
        list(stream)
    assert "\n" not in str(caught.value)
    assert caught.value.window in (512, None)  # older ones give no numbers
    assert (caught.value.prompt_tokens or 9999) > 512


def test_json_is_json(server):
    stream = server.chosen().stream(prompt("Give me JSON."), Options(max_tokens=300, window=2048, json=True))
    text = said(stream)
    if stream.usage.finish == "stop":
        json.loads(text)
    if server.stand_in:
        assert text == JSON


def test_a_model_that_is_not_there_is_said_in_its_own_words(server):
    model = server.chosen()
    model.name = "no-such-model"
    with pytest.raises(ServerRefused, match=r"refused \(404\): .*not found") as caught:
        list(model.stream(prompt(), Options()))
    assert caught.value.status == 404
    assert "\n" not in str(caught.value)


def test_a_question_without_a_word_only_loads_the_model(server):
    stream = server.chosen().stream(Prompt("", (), (), (), "x", "x", 0, 512), Options(window=512))
    assert said(stream) == ""
    assert stream.usage.finish == "load"


def test_a_stream_that_is_stopped_ends_at_once_and_the_next_is_answered(server):
    model = server.chosen()
    stream = model.stream(prompt("Tell me everything."), Options(window=2048))
    arriving = iter(stream)
    next(arriving)
    asked = time.perf_counter()
    stream.stop()
    assert list(arriving) == []
    assert time.perf_counter() - asked < 1
    assert list(model.stream(prompt(), Options(max_tokens=2, window=2048)))


def test_two_are_answered_at_once(server):
    model, answers = server.chosen(), []

    def ask():
        answers.append(list(model.stream(prompt(), Options(temperature=0.0, max_tokens=20, window=2048))))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 2
    assert all(answers)


def test_binary_in_a_prompt_does_no_harm(server):
    text = "a \x00 b \ud800 c \x1b[31m \uffff d"
    assert list(server.chosen().stream(prompt(text), Options(max_tokens=2, window=2048)))
    if server.stand_in:
        sent = server.stand_in.asked("/api/chat")[0].body["messages"][0]["content"]
        assert sent == "a \x00 b ? c \x1b[31m \uffff d"


def test_an_answer_is_asked_for_within_the_users_window_and_remembered(server, tmp_path):
    model = server.chosen()
    with fake_memo(tmp_path, model=model, window=512, max_tokens=50) as memo:
        memo.remember_many(["The robust scaler gave 0.71. " + "It was tried. " * 60] * 4, progress=False)
        answer = memo.ask("Which scaler? " + "Tell me more. " * 30)
        assert answer.text
        assert answer.dropped
        assert answer.prompt.window == 512
        assert answer.usage.prompt_tokens + 50 <= 512
        assert memo.get(answer.record.id).response == answer.text
    if server.stand_in:
        assert server.stand_in.asked("/api/chat")[0].body["options"]["num_ctx"] == 512


@pytest.fixture(params=CUTS)
def cut(request):
    return CUTS[request.param]


@pytest.fixture
def stand_in(cut):
    with serving(ollama(cut=cut)) as stand_in:
        yield Ollama(stand_in.base_url, CHATS, stand_in=stand_in)


def test_a_thinking_models_thoughts_are_told_apart_and_not_remembered(stand_in, tmp_path):
    deltas = list(stand_in.chosen(THINKS).stream(prompt(), Options()))
    assert (said(deltas), thought(deltas)) == (ANSWER, THOUGHT)
    with fake_memo(tmp_path, model=stand_in.chosen(THINKS)) as memo:
        answer = memo.ask("Why?")
        assert (answer.text, answer.reasoning) == (ANSWER, THOUGHT)
        assert memo.get(answer.record.id).response == ANSWER


def test_a_model_that_only_embeds_is_not_offered_and_refuses_in_one_line(stand_in):
    model = stand_in.chosen()
    model.name = EMBEDS
    with pytest.raises(ServerRefused, match=r'refused \(400\): "nomic-embed-text:latest" does not support chat\.$'):
        list(model.stream(prompt(), Options()))


def test_where_there_is_only_a_model_that_embeds_the_line_says_how_to_get_one_that_writes():
    answers = ollama()
    for path, key in (("/api/tags", "models"), ("/v1/models", "data")):
        listed = json.loads(answers[path].body)
        answers[path] = reply(listed | {key: [one for one in listed[key] if EMBEDS in one.values()]})
    with serving(answers) as server, pytest.raises(UnknownModel, match="ollama pull") as caught:
        Ollama(server.base_url, "").chosen()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("answers", [ollama, lm_studio])
def test_a_stand_in_tears_characters_and_lines_apart(answers):
    body = {"model": CHATS, "messages": [{"role": "user", "content": "Why?"}]}
    asked = Request("POST", "/", {}, body)
    (path,) = (path for path in answers() if "chat" in path)
    pieces = answers(cut=7)[path](asked).body
    assert b"".join(pieces) == b"".join(answers()[path](asked).body)
    assert any("\ufffd" in piece.decode("utf-8", "replace") for piece in pieces)
    assert sum(b"\n" not in piece for piece in pieces) > len(pieces) / 2


def streamed(*parts, **rest):
    """An Ollama that answers these."""
    return ollama() | {"/api/chat": ndjson(*parts, **rest)}


def asked(folder, answers, **settings):
    """Ask it, through memo; give the answer, what was raised, and what was remembered."""
    with serving(answers) as server:
        server_found, name = choose(find_servers(server.base_url, timeout=settings.pop("timeout", 10.0)), CHATS)
        with fake_memo(folder, model=server_found.chat_model(name), **settings) as memo:
            answer = memo.ask("Why?", recall=False)
            with pytest.raises((BrokenReply, ServerRefused, ServerTimeout)) as caught:
                for _ in answer:
                    pass
            assert "\n" not in str(caught.value)
            return answer, caught.value, [memo.get(row.id) for row in memo.recent()]


def test_an_error_in_mid_stream_leaves_the_part_marked_partial(tmp_path):
    # docs/api/errors.mdx: the status stays 200.
    parts = [ollama_part(CHATS, " Yes"), ollama_part(CHATS, "."), {"error": "an error was encountered while running"}]
    answer, error, (kept,) = asked(tmp_path, streamed(*parts))
    assert "an error was encountered while running" in str(error)
    assert error.status == 0
    assert (kept.response, kept.tags) == (" Yes.", ("partial",))
    assert answer.partial


def test_a_stream_that_stalls_is_given_up_after_the_timeout_and_the_part_kept(tmp_path):
    start = time.perf_counter()
    _, error, (kept,) = asked(tmp_path, streamed(ollama_part(CHATS, "Yes"), hangs=True), timeout=0.3)
    assert time.perf_counter() - start < 5
    assert isinstance(error, ServerTimeout)
    assert "silent for 0.3 seconds" in str(error)
    assert kept.response == "Yes"


@pytest.mark.parametrize(
    "parts",
    [[ollama_part(CHATS, "Yes")], [ollama_part(CHATS, "Yes"), '{"model": "llama3.2", "mess']],
    ids=["between lines", "in a line"],
)
def test_a_stream_that_is_cut_leaves_the_part_marked_partial(tmp_path, parts):
    _, error, (kept,) = asked(tmp_path, streamed(*parts, cut=True))
    assert isinstance(error, BrokenReply)
    assert (kept.response, kept.tags) == ("Yes", ("partial",))


def test_empty_lines_between_the_parts_are_passed_over(tmp_path):
    parts = ["", ollama_part(CHATS, "Yes"), "", "\r", ollama_part(CHATS, "."), "", ollama_end(CHATS, "stop", 9, 2), ""]
    with serving(streamed(*parts)) as server:
        assert said(Ollama(server.base_url, CHATS).chosen().stream(prompt(), Options())) == "Yes."


def test_an_answer_that_is_only_a_load_is_said_to_be_empty(tmp_path):
    with serving(streamed(ollama_end(CHATS, "load", 0, 0))) as server:
        model = Ollama(server.base_url, CHATS).chosen()
        with fake_memo(tmp_path, model=model) as memo:
            answer = memo.ask("Why?")
            assert answer.text == ""
            assert answer.record is None
            assert answer.notices == [
                "The model gave an empty answer. There is nothing to keep of it; asking again may help."
            ]


def test_a_prompt_that_it_counts_longer_than_memo_does_is_fitted_again_once(tmp_path):
    answers = ollama()
    well = answers["/api/chat"]
    answers["/api/chat"] = lambda request: (
        ollama_is_full(4000, 2048) if len(server.asked("/api/chat")) == 1 else well(request)
    )
    with serving(answers) as server, fake_memo(tmp_path, model=Ollama(server.base_url, CHATS).chosen()) as memo:
        memo.remember_many([f"Scaler {number}: " + "it was slow, " * 300 for number in range(6)], progress=False)
        answer = memo.ask("Which scaler was slow?")
        assert answer.text == ANSWER
        first, second = (json.dumps(one.body["messages"]) for one in server.asked("/api/chat"))
    assert len(second) < len(first) / 1.5


def test_an_older_one_lists_none_that_run(tmp_path):
    answers = ollama()
    del answers["/api/ps"]
    with serving(answers) as server:
        assert set(find_servers(server.base_url)[0].models) == {CHATS, THINKS}
