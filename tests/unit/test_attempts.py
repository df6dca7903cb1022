"""A server that is busy, gone or too small: what is tried again, how often, and what is said of it."""

import threading
import time

import pytest
from scripted_server import Answer, delta, ndjson, reply, serving, stream

from memo_jupyter import attempts
from memo_jupyter.engine import Memo
from memo_jupyter.errors import PromptTooLong, ServerRefused, UnknownModel
from memo_jupyter.llm import discovery
from memo_jupyter.testing import HashEmbedder

CHAT = "/v1/chat/completions"
MODELS = {"/v1/models": reply({"data": [{"id": "some", "owned_by": "x", "max_model_len": 4096}]})}
BUSY = reply({"error": {"message": "no slot is free", "code": 503}}, 503)
MANY = reply({"error": "too many requests"}, 429)
GOOD = stream(delta("It was"), delta(" good."), delta(finish="stop"))


class WordsMemo(Memo):
    def _make_embedder(self):
        return HashEmbedder()


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(attempts, "_PAUSES", (0.01, 0.02, 0.04))


def asked(folder, server, **how):
    with WordsMemo(folder, base_url=server.base_url) as memo:
        answer = memo.ask("Which scaler?", **how)
        assert answer.text
        return answer


@pytest.mark.parametrize(("busy", "told"), [([BUSY], "(503)"), ([MANY, MANY], "(429)")])
def test_a_busy_server_is_asked_again_and_that_is_said(tmp_path, quick, busy, told):
    with serving(MODELS | {CHAT: [*busy, GOOD]}) as server:
        answer = asked(tmp_path, server)
    assert answer.text == "It was good."
    assert len(server.asked(CHAT)) == len(busy) + 1
    times = " 2 times" if len(busy) > 1 else ""
    assert answer.notices == [f"The server was busy {told}, and was asked again{times}."]
    assert not answer.partial


def test_a_server_that_stays_busy_is_one_line_in_the_end_and_nothing_is_kept(tmp_path, quick):
    with serving(MODELS | {CHAT: BUSY}) as server, WordsMemo(tmp_path, base_url=server.base_url) as memo:
        answer = memo.ask("Which scaler?")
        with pytest.raises(ServerRefused, match="no slot is free"):
            list(answer)
        assert memo.recent() == []
    assert len(server.asked(CHAT)) == 4


def test_it_is_waited_for_as_long_as_the_server_says_but_not_for_ever(tmp_path, quick):
    patient = Answer(BUSY.body, 429, headers={"Retry-After": "1"})
    with serving(MODELS | {CHAT: [patient, GOOD]}) as server:
        start = time.monotonic()
        assert asked(tmp_path, server).text
        assert 1.0 <= time.monotonic() - start < 3.0
    late = Answer(BUSY.body, 429, headers={"Retry-After": "3600"})
    with serving(MODELS | {CHAT: [late, GOOD]}) as server, pytest.raises(ServerRefused):
        asked(tmp_path, server)


def test_stopping_ends_the_wait_at_once(tmp_path):
    patient = Answer(BUSY.body, 503, headers={"Retry-After": "20"})
    with serving(MODELS | {CHAT: patient}) as server, WordsMemo(tmp_path, base_url=server.base_url) as memo:
        answer = memo.ask("Which scaler?")
        timer = threading.Timer(0.3, answer.stop)
        timer.start()
        start = time.monotonic()
        assert answer.text == ""
        assert time.monotonic() - start < 2.0
        timer.join()
        assert answer.partial
        assert memo.recent() == []


LOADING = reply({"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}, 503)


@pytest.mark.parametrize(
    ("first", "told"),
    [([LOADING], "(503), and was asked again."), ([LOADING, MANY], "(429), and was asked again 2 times.")],
)
def test_a_server_that_cannot_yet_list_its_models_is_asked_again_too(tmp_path, quick, first, told):
    with serving({"/v1/models": [*first, MODELS["/v1/models"]], CHAT: GOOD}) as server:
        answer = asked(tmp_path, server)
    assert answer.text == "It was good."
    assert answer.notices == [f"The server was busy {told}"]


def test_a_server_that_was_found_while_it_loads_its_model_is_waited_for(tmp_path, quick, monkeypatch):
    with serving({"/v1/models": [LOADING, MODELS["/v1/models"]], CHAT: GOOD}) as server:
        monkeypatch.setattr(discovery, "WELL_KNOWN", (("llama.cpp", server.port),))
        with WordsMemo(tmp_path) as memo:
            assert memo.ask("Which scaler?").text == "It was good."


def test_a_server_that_goes_on_loading_is_one_line_in_the_end(tmp_path, quick):
    with serving({"/v1/models": LOADING}) as server, WordsMemo(tmp_path, base_url=server.base_url) as memo:
        with pytest.raises(ServerRefused, match="still loading its model"):
            memo.ask("Which scaler?")
        assert len(server.asked("/v1/models")) == 4


def test_a_server_that_was_found_and_wants_a_key_is_not_waited_for(tmp_path, monkeypatch):
    wants = reply({"error": {"message": "Invalid API Key", "type": "authentication_error", "code": 401}}, 401)
    with serving({"/v1/models": wants}) as server:
        monkeypatch.setattr(discovery, "WELL_KNOWN", (("llama.cpp", server.port),))
        start = time.monotonic()
        with WordsMemo(tmp_path) as memo, pytest.raises(ServerRefused, match=r"Memo\.api_key"):
            memo.ask("Which scaler?")
        assert time.monotonic() - start < 0.5


def test_a_model_that_was_fetched_since_the_servers_were_looked_for_is_found(tmp_path):
    names = [{"id": "some", "owned_by": "x"}, {"id": "other", "owned_by": "x"}]
    answers = {"/v1/models": reply({"data": names[:1]}), CHAT: GOOD}
    with serving(answers) as server, WordsMemo(tmp_path, base_url=server.base_url) as memo:
        assert memo.ask("Which scaler?", model="some").text
        server.answers["/v1/models"] = reply({"data": names})
        assert memo.ask("Which scaler?", model="other").model == "other"
        looked = len(server.asked("/v1/models"))
        with pytest.raises(UnknownModel):
            memo.ask("Which scaler?", model="third")
        assert len(server.asked("/v1/models")) == looked + 1


def test_another_refusal_is_not_repeated(tmp_path, quick):
    refused = reply({"error": {"message": "no such thing"}}, 404)
    with serving(MODELS | {CHAT: refused}) as server, pytest.raises(ServerRefused, match="no such thing"):
        asked(tmp_path, server)
    assert len(server.asked(CHAT)) == 1


def test_a_prompt_the_server_finds_too_long_is_fitted_to_its_window_once(tmp_path):
    error = {"code": 400, "message": "request (3000 tokens) exceeds the available context size (2048 tokens)",
             "type": "exceed_context_size_error", "n_prompt_tokens": 3000, "n_ctx": 2048}  # fmt: skip
    long = reply({"error": error}, 400)
    with serving(MODELS | {CHAT: [long, GOOD]}) as server, WordsMemo(tmp_path, base_url=server.base_url) as memo:
        memo.remember_many([f"scaler {n} " + "is robust and slow " * 60 for n in range(8)], progress=False)
        answer = memo.ask("Which scaler?", k=8)
        assert answer.text
        first, second = (len(str(request.body["messages"])) for request in server.asked(CHAT))
        assert second < 0.7 * first
        assert answer.prompt.window == 2048
        assert answer.notices[0].startswith("To fit the model's window")
        server.answers[CHAT] = long
        with pytest.raises(PromptTooLong):
            list(memo.ask("Which scaler?", k=8))
        assert len(server.asked(CHAT)) == 4


def test_once_words_have_come_nothing_is_asked_again(tmp_path):
    full = {"error": {"message": "context size has been exceeded", "type": "exceed_context_size_error"}}
    with serving(MODELS | {CHAT: stream(delta("It was"), full, done=False)}) as server:
        with WordsMemo(tmp_path, base_url=server.base_url) as memo:
            answer = memo.ask("Which scaler?")
            with pytest.raises(PromptTooLong):
                list(answer)
            assert (answer.record.response, answer.partial) == ("It was", True)
        assert len(server.asked(CHAT)) == 1


@pytest.mark.parametrize(("chosen", "window"), [(0, 4096), (1024, 1024), (100_000, 4096)])
def test_a_window_that_the_user_chooses_is_never_taken_for_more_than_the_server_has(tmp_path, chosen, window):
    with serving(MODELS | {CHAT: GOOD}) as server, WordsMemo(tmp_path, base_url=server.base_url) as memo:
        memo.window = chosen
        assert memo.prepare("Which scaler?").window == window


def too_long(**told):
    return reply({"error": {"message": "no", "type": "context_length_exceeded", **told}}, 400)


@pytest.mark.parametrize(
    "told",
    [{}, {"n_prompt_tokens": 5000}, {"n_ctx": 4000}, {"n_prompt_tokens": 2200, "n_ctx": 2048}],
    ids=["nothing", "how long it is", "its window", "both"],
)
@pytest.mark.parametrize("counts", [True, False], ids=["it counts tokens", "it does not"])
def test_a_prompt_that_is_refused_as_too_long_is_never_sent_again_as_it_was(tmp_path, told, counts):
    # By memo's own count all of these fit easily.
    answers = MODELS | {CHAT: [too_long(**told), GOOD]}
    if counts:
        answers["/tokenize"] = lambda request: reply({"count": len(request.body["prompt"]) // 4})
    with serving(answers) as server, WordsMemo(tmp_path, base_url=server.base_url) as memo:
        memo.remember_many([f"scaler {n} " + "is robust and slow " * 60 for n in range(2)], progress=False)
        answer = memo.ask("Which scaler?")
        assert answer.text == "It was good."
        first, second = (str(request.body["messages"]) for request in server.asked(CHAT))
        assert len(second) < 0.95 * len(first)
        assert second.rstrip("'\"}]").endswith("Which scaler?")
        assert answer.notices[0].startswith("To fit the model's window")


def test_a_question_that_cannot_be_made_shorter_is_refused_in_the_servers_words(tmp_path):
    with serving(MODELS | {CHAT: too_long(n_prompt_tokens=700, n_ctx=512)}) as server:
        with WordsMemo(tmp_path, base_url=server.base_url) as memo, pytest.raises(PromptTooLong, match="takes 700 tok"):
            list(memo.ask("Which scaler? " * 100))
        assert len(server.asked(CHAT)) == 1


OLLAMA = {
    "/v1/models": reply({"data": [{"id": "qwen3:8b", "owned_by": "library"}]}),
    "/api/version": reply({"version": "0.12.6"}),
    "/api/tags": reply({"models": [{"name": "qwen3:8b", "details": {"family": "qwen3"}}]}),
    "/api/ps": reply({"models": []}),
    "/api/show": reply({"model_info": {"general.architecture": "qwen3", "qwen3.context_length": 32_768}}),
    "/api/chat": ndjson(
        {"message": {"content": "Yes."}, "done": True, "done_reason": "stop", "prompt_eval_count": 9, "eval_count": 1}
    ),
}


def windows_asked_for(server):
    return [request.body["options"]["num_ctx"] for request in server.asked("/api/chat")]


def test_ollama_is_asked_for_the_window_that_the_prompt_needs_and_never_for_less_than_before(tmp_path):
    with serving(OLLAMA) as server, WordsMemo(tmp_path, base_url=server.base_url, history=0) as memo:
        for length in (1, 1500, 12_000, 1):
            assert memo.ask("word " * length, recall=False).text
        assert windows_asked_for(server) == [4096, 4096, 32_768, 32_768]
        with pytest.raises(PromptTooLong):
            memo.ask("word " * 40_000, recall=False)
        memo.window = 2048
        assert memo.ask("Why?", recall=False).prompt.window == 2048


def test_what_is_recalled_alone_never_makes_ollamas_window_larger_than_8192(tmp_path):
    with serving(OLLAMA) as server, WordsMemo(tmp_path, base_url=server.base_url) as memo:
        memo.remember_many([f"scaler {n} " + "is robust and slow " * 80 for n in range(60)], progress=False)
        answer = memo.ask("Which scaler?", k=60)
        assert answer.text
        assert answer.dropped
        assert windows_asked_for(server) == [8192]
