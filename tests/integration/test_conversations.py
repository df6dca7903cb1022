"""Several conversations at once, and learning of the user, with the real llama-server and the real embedding model."""

import json
import threading
import time

import pytest

from memo_jupyter import Memo
from memo_jupyter.profile import distilling
from memo_jupyter.types import Options, Prompt

pytestmark = [pytest.mark.model, pytest.mark.llama]

NOTES = (
    "Please answer briefly, and with a plot.",
    "By 'the board' I mean our steering committee.",
    "The churn model has to be done by spring.",
    "I always set random_state=7.",
    "Use polars, not pandas.",
    "The board wants one number, and its interval.",
)


def test_two_conversations_go_on_at_the_same_time_and_do_not_mix(tmp_path, model_folder, llama_servers):
    server = llama_servers.start("-c", "8192", "-np", "2")
    answers, overlaps = {}, []
    with Memo(tmp_path, base_url=server.base_url, models=str(model_folder), temperature=0, max_tokens=60) as memo:

        def converse(thread):
            answers[thread] = []
            for number in range(3):
                answer = memo.ask(f"Question {number} of {thread}?", thread=thread)
                for place, _ in enumerate(answer):
                    if place == 3:
                        overlaps.append(server.busy_slots())
                answers[thread].append(answer)

        both = [threading.Thread(target=converse, args=(thread,)) for thread in ("left", "right")]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        for thread, other in (("left", "right"), ("right", "left")):
            last = answers[thread][-1].prompt.messages
            turns = [message.content for message in last[1:-1] if message.role == "user"]
            assert turns == [f"Question 0 of {thread}?", f"Question 1 of {thread}?"]
            assert [message.content for message in last[1:-1] if message.role == "assistant"] == [
                answer.text for answer in answers[thread][:2]
            ]
            assert all(f"of {other}" not in turn for turn in turns)
            assert all(answer.record.thread == thread for answer in answers[thread])
        assert sorted((one.name, one.questions) for one in memo.threads()) == [("left", 3), ("right", 3)]
    assert 2 in overlaps, "they never were answered at the same time"


def test_random_weights_give_json_of_the_form_that_is_asked_for(llama_servers, tmp_path, model_folder):
    server = llama_servers.start("-c", "8192", "-np", "1")
    with Memo(tmp_path, base_url=server.base_url, models=str(model_folder)) as memo:
        records = [memo.remember(text) for text in NOTES]
        chat = memo.language_model()
        asked = distilling.messages(records, [])
        schema = distilling.schema(records, [])
        whole = 0
        for seed in range(3):
            prompt = Prompt("", asked, (), (), chat.name, chat.server, 0, 8192)
            options = Options(temperature=seed / 2, max_tokens=2000, json=True, schema=schema)
            stream = chat.stream(prompt, options)
            reply = "".join(delta.text for delta in stream)
            if stream.usage.finish == "stop":  # random words need not come to an end
                whole += 1
                lines = json.loads(reply)["lines"]
                assert all(set(line) == {"sort", "topic", "text", "memories", "replaces"} for line in lines)
                assert all(1 <= number <= len(records) for line in lines for number in line["memories"])
                distilling.read(reply, records, [])
        assert whole


def test_learning_with_a_model_of_random_weights_harms_nothing_and_a_question_ends_it_at_once(
    tmp_path, model_folder, llama_servers
):
    server = llama_servers.start("-c", "8192", "-np", "1", stops=-60)  # its answers do not end by themselves
    with Memo(tmp_path, base_url=server.base_url, models=str(model_folder), max_tokens=5, learn_after=0.3) as memo:
        assert memo.ask("Which board?").text
        for text in NOTES:
            memo.remember(text)
        until = time.monotonic() + 20
        while not server.busy_slots():
            assert time.monotonic() < until, "nothing was distilled"
            time.sleep(0.005)
        start = time.monotonic()
        assert memo.ask("And why?").text
        assert time.monotonic() - start < 5  # it did not wait for the pass
        done = memo.learn()
        assert done.read == len(NOTES) + 2  # the questions too
        assert done.problem or done.added >= 0
        assert all(line.text.isprintable() for line in memo.profile())
        assert [hit.record.text for hit in memo.recall("random_state", k=1)] == [NOTES[3]]
