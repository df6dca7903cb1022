"""What memo relies on in LM Studio, tried with a stand-in: it cannot be installed for a test."""

from __future__ import annotations

import json

import pytest
from scripted_server import serving, stream
from stand_ins import (
    ANSWER,
    LOADED,
    NO_MODEL,
    THOUGHT,
    UNLOADED,
    lm_studio,
    lm_studio_end,
    lm_studio_otherwise,
    lm_studio_part,
    lm_studio_refuses,
)

from memo_jupyter.errors import PromptTooLong, ServerRefused
from memo_jupyter.llm.discovery import choose, find_servers
from memo_jupyter.testing import fake_memo
from memo_jupyter.types import Message, Options, Prompt

CUTS = {"an event a piece": None, "a byte a piece": 1, "three bytes a piece": 3, "seven bytes a piece": 7, "at once": 0}
CHAT = "/v1/chat/completions"


@pytest.fixture(params=CUTS)
def studio(request):
    with serving(lm_studio(cut=CUTS[request.param]), otherwise=lm_studio_otherwise()) as server:
        yield server


def studio_that(chat):
    """One that answers a question like this."""
    return serving(lm_studio(chat=chat), otherwise=lm_studio_otherwise())


def chosen(server, wanted=""):
    found, name = choose(find_servers(server.base_url, timeout=10.0), wanted)
    return found.chat_model(name)


def prompt(text="Why is the sky blue?"):
    return Prompt(text, (Message("user", text),), (), (), "x", "x", 10, 2048)


def test_it_is_found_with_the_loaded_model_first_and_none_that_only_embeds(studio):
    (found,) = find_servers(studio.base_url)
    assert (found.kind, found.models, dict(found.windows)) == ("LM Studio", (LOADED, UNLOADED), {LOADED: 4096})


def test_an_answer_streams_with_its_thought_apart_and_its_usage(studio):
    stream = chosen(studio).stream(prompt(), Options(temperature=0.0))
    deltas = list(stream)
    assert "".join(delta.text for delta in deltas) == ANSWER
    assert "".join(delta.reasoning for delta in deltas) == THOUGHT
    assert stream.usage.finish == "stop"
    assert stream.usage.prompt_tokens == 9
    assert stream.usage.answer_tokens > 5


def test_an_answer_is_remembered_without_its_thought(studio, tmp_path):
    with fake_memo(tmp_path, model=chosen(studio), max_tokens=200) as memo:
        answer = memo.ask("Why?")
        assert (answer.text, answer.reasoning) == (ANSWER, THOUGHT)
        assert memo.get(answer.record.id).response == ANSWER
        assert answer.prompt.window == 4096


def test_an_answer_at_its_longest_says_so(studio, tmp_path):
    with fake_memo(tmp_path, model=chosen(studio), max_tokens=5) as memo:
        answer = memo.ask("Why?")
        assert ANSWER.startswith(answer.text)
        assert answer.usage.finish == "length"
        assert "cut at its longest length" in answer.notices[-1]


def test_json_is_asked_for_in_words_where_it_does_not_know_the_wish(studio):
    # It wants a schema, and refuses `json_object`.
    assert list(chosen(studio).stream(prompt(), Options(json=True)))
    first, second = (one.body for one in studio.asked(CHAT))
    assert first["response_format"] == {"type": "json_object"}
    assert "response_format" not in second


def test_a_prompt_longer_than_the_window_is_refused_with_numbers(studio):
    with pytest.raises(PromptTooLong, match="too long") as caught:
        list(chosen(studio).stream(prompt("many words" + " and more" * 4000), Options()))
    assert (caught.value.prompt_tokens, caught.value.window) == (8006, 4096)


def test_a_refusal_for_length_in_mid_stream_is_known_too(tmp_path):
    words = (
        "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context "
        "length of only 4096 tokens, which is not enough."
    )
    event = f"event: error\ndata: {json.dumps({'error': {'message': words}, 'message': words})}\n\n"
    parts = stream(lm_studio_part(role="assistant"), event, done=False)
    with studio_that(parts) as server, pytest.raises(PromptTooLong) as caught:
        list(chosen(server).stream(prompt(), Options()))
    assert (caught.value.prompt_tokens, caught.value.window) == (5000, 4096)


def test_a_model_that_is_not_loaded_is_said_in_its_own_words(tmp_path):
    with (
        studio_that(lm_studio_refuses(NO_MODEL)) as server,
        fake_memo(tmp_path, model=chosen(server, UNLOADED)) as memo,
    ):
        answer = memo.ask("Why?")
        with pytest.raises(ServerRefused, match=r"refused \(400\): No models loaded\. .*lms load") as caught:
            assert answer.text
        assert "\n" not in str(caught.value)
        assert answer.record is None


@pytest.mark.parametrize(
    "event",
    [
        'event: error\ndata: {"error":{"message":"Compute error."},"message":"Compute error."}\n\n',
        'data: {"error":"Compute error."}\n\n',
    ],
)
def test_an_error_in_mid_stream_leaves_the_part_marked_partial(tmp_path, event):
    parts = stream(lm_studio_part(role="assistant"), lm_studio_part(content="Ye"), event, done=False)
    with studio_that(parts) as server, fake_memo(tmp_path, model=chosen(server)) as memo:
        answer = memo.ask("Why?")
        with pytest.raises(ServerRefused, match=r"refused: Compute error\.$"):
            assert answer.text
        (kept,) = (memo.get(row.id) for row in memo.recent())
        assert (kept.response, kept.tags) == ("Ye", ("partial",))


def test_an_older_one_that_gives_no_usage_is_understood(tmp_path):
    last, _ = lm_studio_end("stop", 1, 1)
    with studio_that(stream(lm_studio_part(role="assistant", content="Yes"), last)) as server:
        arriving = chosen(server).stream(prompt(), Options())
        assert "".join(delta.text for delta in arriving) == "Yes"
    assert (arriving.usage.prompt_tokens, arriving.usage.finish) == (None, "stop")


def test_it_is_asked_once_whether_it_counts_tokens(studio):
    model = chosen(studio)
    assert model.count("some text") is None
    assert model.count("more text") is None
    assert len(studio.asked("/tokenize")) == 1
