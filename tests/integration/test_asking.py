"""`%%memo` in a real kernel, answered by the real llama-server."""

import json
import os
import re
import signal
import threading
import time

import pytest
from kernels import Kernel

from memo_jupyter import Memo
from memo_jupyter.errors import BrokenReply, PromptTooLong, ServerRefused

pytestmark = [pytest.mark.model, pytest.mark.llama]

FACT = "The robust scaler beat the standard scaler on the churn data."


@pytest.fixture
def memo(tmp_path, model_folder, llama_server):
    with Memo(tmp_path / "store", base_url=llama_server.base_url, models=str(model_folder), temperature=0) as opened:
        yield opened


@pytest.fixture
def kernel(tmp_path, model_folder, llama_server):
    settings = {
        "MEMO_MODELS": str(model_folder), "MEMO_BASE_URL": llama_server.base_url, "MEMO_MODEL": "",
        "MEMO_TEMPERATURE": "0", "MEMO_MAX_TOKENS": "40",
    }  # fmt: skip
    with Kernel(tmp_path, **settings) as started:
        started.run("%load_ext memo")
        yield started


def test_an_answer_streams_into_one_display_lists_its_memories_and_is_stored(kernel, llama_server):
    kernel.run(f"%memo remember {FACT}")
    shown = kernel.run("%%memo --into answer\nWhich scaler was better?")
    assert shown.error is None
    assert len(shown.markdown) == 1
    assert shown.outputs[0]["data"]["text/plain"].strip()
    title = re.search(r"<summary[^>]*>(.*?)</summary>", shown.html)[1]
    assert re.fullmatch(
        r"1 memory (cited|recalled, none cited) · \d+ tokens read, [\d,]+ written, [\d,]+ a second", title
    )
    assert "chat, main" in kernel.run("%memo list").text
    told = kernel.run("print(answer.model, answer.usage.answer_tokens, answer.record.response == answer.text)").text
    assert told.split() == [llama_server.model, "40", "True"]


def test_at_temperature_0_the_same_question_has_the_same_answer(memo):
    memo.remember(FACT)
    first, second = (memo.ask("Which scaler?", remember=False) for _ in range(2))
    assert first.text == second.text != ""


def test_the_words_arrive_one_after_the_other(memo):
    times = []
    for _ in memo.ask("Which scaler?", remember=False):
        times.append(time.perf_counter())
    assert len(times) > 5
    assert times[-1] > times[0]


def test_a_long_conversation_and_long_memories_always_fit_and_what_is_left_out_is_said(memo):
    memo.max_tokens = 20
    memo.remember_many(
        [f"Scaler number {n} was tried. " + "It was slow and then fast. " * 80 for n in range(8)], progress=False
    )
    for number in range(4):
        answer = memo.ask(f"Question {number} about the scaler number {number}: " + "please tell me more " * 12)
        assert answer.text
        assert answer.usage.prompt_tokens <= answer.prompt.tokens <= 2048
    assert answer.dropped
    assert answer.notices[0].startswith("To fit the model's window: ")


def test_a_question_longer_than_the_window_is_refused_before_anything_is_sent(memo, llama_server):
    before = llama_server.get("/slots")
    with pytest.raises(PromptTooLong, match=r"The question is too long for \S+: .* of its window of 2,048") as caught:
        memo.ask("Why? " + "many words " * 3000 + "Explain.", recall=False)
    assert caught.value.prompt_tokens > 6000
    assert llama_server.get("/slots") == before
    assert memo.recent() == []


def test_a_dry_run_posts_nothing(kernel, llama_server):
    before = llama_server.get("/slots")
    shown = kernel.run("%%memo --dry-run\nWhich scaler?")
    assert f"Not sent. {llama_server.model}" in shown.text
    assert llama_server.get("/slots") == before


def start_endless(llama_servers):
    """Start a server whose model does not end by itself, but at its window's end: 2,048 tokens would take a second."""
    return llama_servers.start("-c", "32768", "-np", "1", stops=-60)


def endless(kernel, llama_servers):
    """Have the kernel ask such a server."""
    server = start_endless(llama_servers)
    kernel.run(f"%config Memo.base_url = {server.base_url!r}")
    kernel.run("%config Memo.max_tokens = 0")
    return server


def test_an_interrupt_stops_the_answer_and_the_server_at_once_and_keeps_the_part(kernel, llama_servers):
    server = endless(kernel, llama_servers)
    pid = int(kernel.run("import os, time; os.getpid()").text)
    moment = []
    cells = kernel.client.nb.cells
    number = len(cells)  # the next cell's

    def interrupt():
        until = time.monotonic() + 60
        while not (cells[number:] and cells[number].outputs) and time.monotonic() < until:
            time.sleep(0.01)  # words are shown after a moment, which is longer on a busy machine
        moment.append(time.time())
        os.kill(pid, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    shown = kernel.run("%%memo --into answer\nTell me everything.")
    thread.join()
    assert shown.traceback == "memo: Stopped. What had arrived is kept."
    assert shown.markdown[0].strip()
    assert "partial" in shown.text
    assert time.time() - moment[0] < 1.5  # with the kernel's own round trips; the next test times the stopping alone
    until = time.monotonic() + 0.5
    while server.busy_slots() and time.monotonic() < until:
        time.sleep(0.01)
    assert server.busy_slots() == 0
    listed = kernel.run("%memo list --kind chat").text
    (short,) = re.findall(r"\b[0-9A-Z]{8}\b", listed)
    assert "(partial)" in kernel.run(f"%memo show {short}").text
    assert kernel.run("1 + 1").text == "2"


def test_an_interrupt_takes_less_than_100_ms_until_the_part_is_stored(tmp_path, model_folder, llama_servers):
    server = start_endless(llama_servers)
    delays = []
    with Memo(tmp_path, base_url=server.base_url, models=str(model_folder)) as memo:
        memo.remember(FACT)
        for _ in range(5):
            answer = memo.ask("Tell me everything.")
            stopped = []

            def stop(answer=answer, stopped=stopped):
                stopped.append(time.perf_counter())
                answer.stop()

            timer = threading.Timer(0.5, stop)
            timer.start()
            for _ in answer:
                pass
            delays.append(time.perf_counter() - stopped[0])
            timer.join()
            assert answer.partial
            assert memo.get(answer.record.id).response == answer.so_far != ""
    assert sorted(delays)[2] < 0.1, delays


def test_a_server_killed_in_mid_stream_leaves_the_part_marked_partial(tmp_path, model_folder, llama_servers):
    server = start_endless(llama_servers)
    with Memo(tmp_path, base_url=server.base_url, models=str(model_folder)) as memo:
        answer = memo.ask("Tell me everything.", recall=False)
        with pytest.raises(BrokenReply) as caught:
            for number, _ in enumerate(answer):
                if number == 5:
                    server.kill()
        assert "\n" not in str(caught.value)
        assert answer.partial
        assert memo.recent()[0].tags == ("partial",)


def test_a_server_that_is_gone_is_one_line(kernel, llama_servers):
    server = endless(kernel, llama_servers)
    server.kill()
    shown = kernel.run("%%memo\nWhich scaler?")
    assert shown.traceback.startswith("memo: Nothing answers at http://127.0.0.1")
    assert len(shown.traceback.splitlines()) == 1


def test_an_unknown_model_lists_those_there_are(kernel, llama_server):
    shown = kernel.run("%%memo -m gpt-99\nWhich scaler?")
    assert shown.traceback == (f"memo: No reachable server has a model 'gpt-99'. There are: {llama_server.model}.")


def test_a_wrong_key_is_one_line_that_does_not_show_it(tmp_path, model_folder, llama_servers):
    server = llama_servers.start("-c", "512", "--api-key", "right-key")
    with Memo(tmp_path, base_url=server.base_url, models=str(model_folder), api_key="wrong-key-1234") as memo:
        with pytest.raises(ServerRefused) as caught:
            assert memo.ask("x", recall=False).text
        assert "wrong-key-1234" not in str(caught.value)
        memo.api_key = "right-key"
        memo.max_tokens = 5
        assert memo.ask("x", recall=False).text
    assert all(b"right-key" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_json_is_asked_for_forced_and_shown_as_json(kernel):
    kernel.run("%config Memo.max_tokens = 200")
    shown = kernel.run("%%memo -f json --no-recall\nA list of two numbers.")
    data = shown.outputs[0]["data"]
    if "application/json" in data:
        assert json.loads(data["text/plain"]) == data["application/json"]
    else:  # random weights may not end their JSON within 200 tokens, and that is said
        assert "The answer is not JSON" in shown.text


def test_code_is_shown_and_put_into_the_next_cell(kernel):
    kernel.run(
        "from memo_jupyter.testing import ScriptedModel\n"
        "magics = get_ipython().configurables[-2]\n"
        "memo = magics.memo\n"
        "model = ScriptedModel(['Use this: ```python' + chr(10) + 'x = 41 + 1' + chr(10) + '```'])\n"
        "memo._models().pick = lambda wanted: model"
    )
    shown = kernel.run("%%memo -f code\nHow?")
    assert shown.error is None, shown.traceback
