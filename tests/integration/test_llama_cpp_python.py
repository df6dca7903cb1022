"""What memo relies on, tried with llama-cpp-python's server: a real one, and a sloppy one.

It knows no `/health`, no `/props` and no `/tokenize`, leaves out the usage, finds errors after it has said that all is
well, and ends an answer when the next question comes.
"""

from __future__ import annotations

import json
import threading
import time

import pytest

from memo_jupyter.engine import Memo
from memo_jupyter.errors import BrokenReply, PromptTooLong, ServerRefused
from memo_jupyter.llm.discovery import choose, find_servers
from memo_jupyter.llm.transport import Transport
from memo_jupyter.testing import HashEmbedder
from memo_jupyter.types import PARTIAL, Message, Options, Prompt

pytestmark = pytest.mark.gguf

SCHEMA = {
    "type": "object",
    "properties": {"kind": {"enum": ["habit", "goal"]}, "sure": {"type": "boolean"}},
    "required": ["kind", "sure"],
    "additionalProperties": False,
}


def chat_of(server):
    found, name = choose(find_servers(server.base_url, api_key=server.key))
    return found.chat_model(name)


def prompt(text="Hello there"):
    return Prompt(text, (Message("user", text),), (), (), "tiny", "x", 10, 2048)


def said(deltas):
    return "".join(delta.text for delta in deltas)


def one_line(error):
    return "\n" not in str(error) and len(str(error)) < 500


@pytest.fixture(scope="module")
def endless(sloppy_servers):
    """A server whose answers take seconds."""
    return sloppy_servers.start("--n_ctx", "32768", stops=-60.0)


class _Memo(Memo):
    def _make_embedder(self):
        return HashEmbedder()


def test_it_is_found_with_its_model(sloppy_server):
    (found,) = find_servers(sloppy_server.base_url)
    assert found.models == (sloppy_server.model,)
    assert chat_of(sloppy_server).window is None  # it does not tell


def test_an_answer_arrives_in_pieces_and_its_missing_usage_does_no_harm(sloppy_server):
    stream = chat_of(sloppy_server).stream(prompt(), Options(temperature=1.0, max_tokens=40))
    deltas = list(stream)
    assert len(deltas) > 5
    assert all(delta.text and not delta.reasoning for delta in deltas)
    assert stream.usage.finish in ("stop", "length")


def test_at_temperature_0_it_says_the_same_twice(sloppy_server):
    model = chat_of(sloppy_server)
    first, second = (said(model.stream(prompt(), Options(temperature=0.0, max_tokens=40))) for _ in range(2))
    assert first == second != ""


def test_tokens_cannot_be_counted_and_that_is_known_after_one_question(sloppy_server):
    model = chat_of(sloppy_server)
    assert model.count("the memory of a computer") is None
    begun = time.perf_counter()
    assert [model.count("x") for _ in range(1000)] == [None] * 1000
    assert time.perf_counter() - begun < 0.5


def test_a_schema_is_followed_though_it_knows_only_its_own_way_of_asking(sloppy_server):
    model = chat_of(sloppy_server)
    for _ in range(5):
        stream = model.stream(prompt("Tell me of a habit"), Options(temperature=1.0, max_tokens=200, schema=SCHEMA))
        told = json.loads(said(stream))
        assert (told["kind"] in ("habit", "goal"), type(told["sure"])) == (True, bool)


def test_an_empty_answer_is_a_prompt_that_is_too_long_and_one_clear_line(sloppy_server):
    with pytest.raises(PromptTooLong, match="too long") as caught:
        list(chat_of(sloppy_server).stream(prompt("memory " * 5000), Options()))
    assert one_line(caught.value)
    # It is asked once more, in the way in which it tells the numbers.
    assert caught.value.window == 2048
    assert caught.value.prompt_tokens > 5000


def test_memo_fits_a_question_to_a_window_that_nobody_told_it(sloppy_server, tmp_path):
    # 4,096 tokens are assumed, and there are 2,048: the first try gets an empty answer, the second fits.
    with _Memo(tmp_path, base_url=sloppy_server.base_url, max_tokens=20) as memo:
        memo.remember_many([f"scaler {n} " + "is robust and slow " * 30 for n in range(8)], progress=False)
        answer = memo.ask("Which scaler is slow?", k=8)
        assert answer.text
        assert answer.prompt.window == 2048
        assert answer.dropped


def test_a_second_question_ends_the_first_answer_which_is_kept_and_marked_partial(endless, tmp_path):
    with _Memo(tmp_path, base_url=endless.base_url, max_tokens=20_000) as memo:
        first = memo.ask("Tell me all.")
        words = iter(first)
        arrived = next(words)
        second = threading.Thread(target=lambda: said(chat_of(endless).stream(prompt(), Options(max_tokens=4))))
        second.start()
        with pytest.raises(BrokenReply, match="broke off") as caught:
            for word in words:
                arrived += word
        second.join()
        assert one_line(caught.value)
        assert first.partial
        assert PARTIAL in first.record.tags
        assert first.record.response == arrived


def test_stopping_takes_less_than_100_ms_and_the_next_question_is_answered(endless):
    model = chat_of(endless)
    stream = model.stream(prompt(), Options(max_tokens=20_000))
    arriving = iter(stream)
    next(arriving)
    stopping = time.perf_counter()
    stream.stop()
    assert list(arriving) == []
    assert time.perf_counter() - stopping < 0.1
    assert said(model.stream(prompt(), Options(max_tokens=4)))


def test_a_wrong_key_is_refused_and_not_repeated(sloppy_servers):
    server = sloppy_servers.start("--n_ctx", "512", "--api_key", "sesame")
    with pytest.raises(ServerRefused, match="Invalid API key") as caught:
        find_servers(server.base_url, api_key="open-up")
    assert caught.value.status == 401
    assert "open-up" not in str(caught.value)
    assert one_line(caught.value)
    assert said(chat_of(server).stream(prompt(), Options(max_tokens=4)))


def test_the_plain_500_that_it_answers_bad_json_with_is_one_line(sloppy_server):
    transport = Transport(sloppy_server.base_url)
    sent = transport._sent
    transport._sent = lambda client, url, content, plug: sent(client, url, b"{bad" if content else content, plug)
    with pytest.raises(ServerRefused, match=r"refused \(500\): Internal Server Error\.") as caught:
        transport.ask("/v1/chat/completions", {})
    assert one_line(caught.value)
