from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest
from scripted_server import Answer, reply, serving

from memo_jupyter.errors import (
    BadInput,
    BrokenReply,
    HostNotAllowed,
    ServerRefused,
    ServerTimeout,
    ServerUnreachable,
    UnknownModel,
)
from memo_jupyter.llm import discovery
from memo_jupyter.llm.discovery import Server, choose, find_servers
from memo_jupyter.llm.ollama import OllamaModel
from memo_jupyter.llm.openai import OpenAIModel
from memo_jupyter.llm.transport import Transport


def listing(*names, owner="someone", **more):
    entries = [{"id": name, "object": "model", "owned_by": owner, **more} for name in names]
    return reply({"object": "list", "data": entries})


LLAMA_CPP = {
    "/v1/models": listing("/home/me/models/gemma-3-4b-it-Q4_K_M.gguf", owner="llamacpp", meta={"n_ctx": 8192}),
    "/props": reply({"default_generation_settings": {"n_ctx": 4096}, "total_slots": 2}),
    "/api/tags": reply({"models": [{"name": "x"}]}),  # it imitates Ollama's
}
OLLAMA = {
    "/v1/models": listing("nomic-embed-text:latest", "llama3.2:1b", "llama3.2:latest", "qwen3:8b", owner="library"),
    "/api/version": reply({"version": "0.12.6"}),
    "/api/tags": reply(
        {
            "models": [
                {"name": "nomic-embed-text:latest", "details": {"family": "nomic-bert"}},
                {"name": "llama3.2:1b", "details": {"family": "llama"}},
                {"name": "llama3.2:latest", "details": {"family": "llama"}},
                {"name": "qwen3:8b", "details": {"family": "qwen3"}},
            ]
        }
    ),
    "/api/ps": reply({"models": [{"name": "qwen3:8b"}]}),
    "/api/show": reply({"model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40_960}}),
}
OLLAMAS = ("qwen3:8b", "llama3.2:1b", "llama3.2:latest")
NO_MODELS = {"/v1/models": reply({"object": "list", "data": None}), "/api/tags": reply({"models": None})}
UNEXPECTED = reply({"error": "Unexpected endpoint or method. (GET /x). Returning 200 anyway"})
LM_STUDIO = {
    "/v1/models": listing("gemma-3-4b", "qwen3-8b", "text-embedding-nomic", owner="organization_owner"),
    "/api/version": UNEXPECTED,
    "/props": UNEXPECTED,
    "/api/extra/version": UNEXPECTED,
    "/api/v0/models": reply(
        {
            "data": [
                {"id": "gemma-3-4b", "type": "vlm", "state": "not-loaded", "max_context_length": 131_072},
                {"id": "qwen3-8b", "type": "llm", "state": "loaded", "loaded_context_length": 4096},
                {"id": "text-embedding-nomic", "type": "embeddings", "state": "not-loaded"},
            ]
        }
    ),
}
VLLM = {"/v1/models": listing("Qwen/Qwen3-8B", owner="vllm", max_model_len=32_768)}
KOBOLDCPP = {
    "/v1/models": listing("koboldcpp/gemma", owner="koboldcpp"),
    "/api/extra/version": reply({"result": "KoboldCpp", "version": "1.100"}),
    "/api/extra/true_max_context_length": reply({"value": 8192}),
    "/api/version": reply({"version": "0.7.0"}),  # it imitates Ollama
    "/api/tags": reply({"models": [{"name": "koboldcpp"}]}),
    "/props": reply({"default_generation_settings": {"n_ctx": 8192}}),  # and llama.cpp
}
LLAMA_CPP_PYTHON = {"/v1/models": listing("/models/tiny.gguf", owner="me")}


@pytest.mark.parametrize(
    ("answers", "kind", "models", "windows"),
    [
        (LLAMA_CPP, "llama.cpp", ("gemma-3-4b-it-Q4_K_M",), {"gemma-3-4b-it-Q4_K_M": 4096}),
        (OLLAMA, "Ollama", OLLAMAS, {}),
        (LM_STUDIO, "LM Studio", ("qwen3-8b", "gemma-3-4b"), {"qwen3-8b": 4096}),
        (VLLM, "vLLM", ("Qwen/Qwen3-8B",), {"Qwen/Qwen3-8B": 32_768}),
        (KOBOLDCPP, "KoboldCpp", ("koboldcpp/gemma",), {"koboldcpp/gemma": 8192}),
        (LLAMA_CPP_PYTHON, "llama-cpp-python", ("tiny",), {}),
        (
            {"/v1/models": listing("a/b.gguf", "bge-embedding")},
            "OpenAI-compatible server",
            ("a/b.gguf",),
            {},
        ),
        # Their lists name an owner that says nothing.
        (OLLAMA | {"/v1/models": listing("x", owner="hf.co")}, "Ollama", OLLAMAS, {}),
        (OLLAMA | NO_MODELS, "Ollama", (), {}),
        (LM_STUDIO | {"/v1/models": listing("x")}, "LM Studio", ("qwen3-8b", "gemma-3-4b"), {"qwen3-8b": 4096}),
    ],
)
def test_each_server_is_known_by_what_it_answers(answers, kind, models, windows):
    with serving(answers) as server:
        (found,) = find_servers(server.base_url + "/v1")
    assert (found.kind, found.models, dict(found.windows)) == (kind, models, windows)
    assert found.base_url == server.base_url
    assert str(found) == f"{kind} at {server.base_url}"
    assert found.problem == ""


def test_a_model_only_for_embedding_is_given_if_there_is_no_other():
    with serving({"/v1/models": listing("nomic-embed")}) as server:
        assert find_servers(server.base_url)[0].models == ("nomic-embed",)


def test_a_llama_cpp_without_props_is_still_one():
    with serving({"/v1/models": LLAMA_CPP["/v1/models"]}) as server:
        (found,) = find_servers(server.base_url)
    assert (found.kind, found.windows) == ("llama.cpp", {"gemma-3-4b-it-Q4_K_M": 8192})


def test_a_server_gives_its_models_ready_to_be_asked():
    with serving(OLLAMA) as server:
        model = find_servers(server.base_url)[0].chat_model("qwen3:8b")
        assert isinstance(model, OllamaModel)
        assert (model.name, model.window) == ("qwen3:8b", 40_960)
    with serving(LLAMA_CPP) as server:
        model = find_servers(server.base_url)[0].chat_model("gemma-3-4b-it-Q4_K_M")
        assert isinstance(model, OpenAIModel)
        assert (model.window, model.server) == (4096, f"llama.cpp at {server.base_url}")


@pytest.fixture
def ports(monkeypatch):
    """Say on which ports servers are looked for."""

    def look_at(*ports):
        kinds = ("Ollama", "LM Studio", "llama.cpp", "vLLM", "Jan", "KoboldCpp", "GPT4All")
        monkeypatch.setattr(discovery, "WELL_KNOWN", tuple(zip(kinds, ports, strict=False)))

    return look_at


@contextlib.contextmanager
def tarpit(*, accepting=True):
    """Listen, and never say a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening, contextlib.ExitStack() as fillers:
        port = listening.getsockname()[1]
        if not accepting:
            for _ in range(4):  # then the queue is full, and a connection hangs
                filler = fillers.enter_context(socket.socket())
                filler.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    filler.connect(("127.0.0.1", port))
        yield port


def timed(**rest):
    start = time.perf_counter()
    found = find_servers(**rest)
    return found, time.perf_counter() - start


def test_servers_are_found_in_a_stable_order_and_fast(ports):
    with serving(OLLAMA) as ollama, serving(LM_STUDIO) as studio, serving(LLAMA_CPP) as llama, serving(VLLM) as vllm:
        ports(ollama.port, studio.port, llama.port, vllm.port)
        for _ in range(3):
            found, seconds = timed(budget=5.0)
            assert [server.kind for server in found] == ["Ollama", "LM Studio", "llama.cpp", "vLLM"]
            assert seconds < 2.5
    assert [server.base_url for server in found] == [one.base_url for one in (ollama, studio, llama, vllm)]


def test_nobody_there_costs_next_to_nothing(ports):
    free = []
    for _ in range(6):
        with socket.create_server(("127.0.0.1", 0)) as server:
            free.append(server.getsockname()[1])
    ports(*free)
    found, seconds = timed()
    assert found == []
    assert seconds < 0.3


@pytest.mark.parametrize("accepting", [True, False])
def test_ports_that_say_nothing_cost_the_budget_and_no_more(ports, accepting):
    with contextlib.ExitStack() as stack:
        ports(*(stack.enter_context(tarpit(accepting=accepting)) for _ in range(6)))
        found, seconds = timed(budget=0.3)
    assert found == []
    assert 0.25 < seconds < 0.45


def test_a_silent_port_does_not_hide_a_server(ports):
    with tarpit() as silent, serving({"/v1/models": Answer([], hangs=True)}) as hung, serving(LLAMA_CPP) as llama:
        ports(silent, hung.port, llama.port)
        (found,), _ = timed(budget=1.0)
        assert hung.left.wait(5)
    assert found.kind == "llama.cpp"


def test_no_thread_goes_on_looking_when_the_time_is_up(ports):
    with serving({"/v1/models": Answer([b"["] * 1000, pause=0.02)}) as drips:
        ports(drips.port)
        assert find_servers(budget=0.3) == []
        deadline = time.monotonic() + 5
        while any(thread.name.startswith("memo-probe") for thread in threading.enumerate()):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_what_is_known_when_the_time_is_up_is_given(ports):
    with serving(LLAMA_CPP | {"/props": Answer([], hangs=True)}) as slow:
        ports(slow.port)
        (found,) = find_servers(budget=1.0)
    assert (found.kind, found.models) == ("llama.cpp", ("gemma-3-4b-it-Q4_K_M",))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>My app</html>", content_type="text/html"),
        reply({"detail": "Not Found"}, 404),
        Answer(b"nope", 404, content_type="text/plain"),
        Answer(b"", 302, headers={"Location": "/login"}),
        Answer(b"", 401, headers={"WWW-Authenticate": "Basic"}),
        reply({"message": "Unauthorized"}, 401),
        reply({"data": [1, 2]}),
        reply({"data": [{"name": "a"}]}),
        reply({"data": "x"}),
        reply([]),
        reply("ok"),
        reply({"status": "ok"}),
        Answer(b"", 204),
        Answer(b"Internal Server Error", 500, content_type="text/plain"),
        Answer([b'{"data":'], cut=True),
    ],
)
def test_an_unrelated_web_server_is_not_taken_for_one(ports, answer):
    with serving({"/v1/models": answer, "/props": answer, "/api/tags": answer}) as server:
        ports(server.port)
        assert find_servers(budget=2.0) == []
        with pytest.raises((BrokenReply, ServerRefused)) as caught:
            find_servers(server.base_url)
    assert "\n" not in str(caught.value)
    assert server.base_url in str(caught.value)


def test_the_key_goes_to_the_server_that_was_named_and_to_no_other(ports):
    with serving(LLAMA_CPP) as server:
        ports(server.port)
        (probed,) = find_servers(api_key="sk-1", budget=5.0)
        probed.chat_model(probed.models[0]).count("text")
        assert len(server.requests) >= 3
        assert not any("Authorization" in request.headers for request in server.requests)
        server.requests.clear()
        (named,) = find_servers(server.base_url, api_key="sk-1")
        named.chat_model(named.models[0]).count("text")
        assert all(request.headers["Authorization"] == "Bearer sk-1" for request in server.requests)
    assert "sk-1" not in repr(named) + repr(named.chat_model(named.models[0]))


LOADS = reply({"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}, 503)
WANTS_KEY = reply({"error": {"message": "Invalid API Key", "type": "authentication_error", "code": 401}}, 401)


def test_a_server_that_loads_its_model_is_said_to(ports):
    with serving({"/v1/models": LOADS}) as server:
        with pytest.raises(ServerRefused, match=r"still loading its model; try again in a moment\.$"):
            find_servers(server.base_url)
        ports(1, 2, server.port)
        found = find_servers(budget=2.0)
    assert [(one.kind, one.models) for one in found] == [("llama.cpp", ())]
    with pytest.raises(ServerRefused, match="still loading its model"):
        choose(found)


def test_a_server_that_wants_a_key_is_said_to(ports):
    with serving({"/v1/models": WANTS_KEY}) as server:
        ports(1, 2, server.port)
        found = find_servers(api_key="sk-1", budget=2.0)
        with pytest.raises(ServerRefused, match=r"Check Memo\.api_key"):
            find_servers(server.base_url, api_key="sk-2")
    with pytest.raises(ServerRefused, match=r"set both Memo\.base_url and Memo\.api_key"):
        choose(found)


def test_a_server_that_was_named_and_is_not_there_is_an_error():
    with serving() as server:
        pass
    with pytest.raises(ServerUnreachable, match="Nothing answers at"):
        find_servers(server.base_url)


def test_a_server_that_was_named_and_says_nothing_is_waited_for_two_seconds(monkeypatch):
    monkeypatch.setattr(discovery, "_PATIENCE", 0.3)
    drips = Answer([b"["] * 100, pause=0.1)
    for answer in (Answer([], hangs=True), drips):
        with serving({"/v1/models": answer}) as server, pytest.raises(ServerTimeout, match=r"more than 0\.3 seconds"):
            find_servers(server.base_url)


def test_another_computer_is_refused_and_a_bad_address_said_to_be_one():
    with pytest.raises(HostNotAllowed):
        find_servers("http://example.com")
    with pytest.raises(BadInput):
        find_servers("ftp://127.0.0.1")


def servers_with(*models_of_each):
    return [
        Server("llama.cpp", f"http://127.0.0.1:{port}", models, {}, transport=Transport(f"http://127.0.0.1:{port}"))
        for port, models in enumerate(models_of_each, start=1)
    ]


@pytest.mark.parametrize(
    ("wanted", "port", "name"),
    [
        ("", 2, "llama3.2:1b"),
        ("qwen3:8b", 2, "qwen3:8b"),
        ("QWEN3:8B", 2, "qwen3:8b"),
        ("gemma", 3, "Gemma-3-4B"),
        ("llama3.2", 2, "llama3.2:latest"),
        ("3-4b", 3, "Gemma-3-4B"),
        ("shared", 2, "shared"),
        ("phi-4", 2, "phi-4"),  # also the beginning of another's name
        (" phi-4 ", 2, "phi-4"),
    ],
)
def test_a_model_is_chosen_by_name(wanted, port, name):
    there = servers_with(
        (), ("llama3.2:1b", "llama3.2:latest", "qwen3:8b", "shared", "phi-4", "phi-4-mini"), ("Gemma-3-4B", "shared")
    )
    server, chosen = choose(there, wanted)
    assert (server.base_url, chosen) == (f"http://127.0.0.1:{port}", name)


def test_a_name_that_fits_several_models_is_said_with_them():
    with pytest.raises(UnknownModel, match=r"Several models match 'llama': llama-a, llama-b\."):
        choose(servers_with(("llama-a", "llama-b", "qwen")), "llama")


def test_an_unknown_model_is_said_in_one_line_with_those_there_are():
    names = tuple(f"model-{number}" + "x" * 100 for number in range(20))
    with pytest.raises(
        UnknownModel, match=r"No reachable server has a model 'gpt'\. There are: model-0.* and 12 more"
    ) as caught:
        choose(servers_with(names), "gpt")
    assert len(str(caught.value)) < 800
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wanted", ["!!!", "模型", "/", "llama 模型"])
def test_where_there_is_one_model_not_every_name_is_its_name(wanted):
    with serving({"/v1/models": reply({"data": [{"id": "llama", "owned_by": "x"}]})}) as server:
        servers = find_servers(server.base_url)
    with pytest.raises(UnknownModel, match="No reachable server has a model"):
        choose(servers, wanted)


def test_no_server_and_no_model_are_said():
    with pytest.raises(ServerUnreachable, match="ollama serve"):
        choose([])
    with pytest.raises(UnknownModel, match="no language model"):
        choose(servers_with(()))
