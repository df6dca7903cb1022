"""A GGUF file that answers in this process: what memo relies on, tried with the real llama-cpp-python."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import statistics
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from kernels import Kernel

from memo_jupyter.cli import Shell
from memo_jupyter.command import Call
from memo_jupyter.commands import find
from memo_jupyter.engine import Memo
from memo_jupyter.errors import BrokenReply, LLMError, PromptTooLong, UnknownModel
from memo_jupyter.interrupts import heard
from memo_jupyter.llm.gguf import GgufModel
from memo_jupyter.testing import HashEmbedder
from memo_jupyter.types import PARTIAL, Message, Options, Prompt

pytestmark = [
    pytest.mark.gguf,
    pytest.mark.skipif(
        not (importlib.util.find_spec("llama_cpp") and importlib.util.find_spec("gguf")),
        reason="no llama-cpp-python here: run `make llama`",
    ),
]

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "kind": {"enum": ["habit", "goal"]},
        "sure": {"type": "boolean"},
        "from": {"type": "array", "items": {"enum": [1, 2, 3]}, "maxItems": 3},
    },
    "required": ["name", "kind", "sure", "from"],
    "additionalProperties": False,
}
REFUSES_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}<|im_start|>{{ message['content'] }}<|im_end|>{% endfor %}"
)


def written(path, **how):
    from tiny_model import write_tiny_model  # needs gguf

    return write_tiny_model(path, **how)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("gguf")


@pytest.fixture(scope="module")
def model(folder):
    """One that all tests share."""
    opened = GgufModel(written(folder / "tiny.gguf"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def endless(folder):
    """A model that does not stop by itself, with a window in which a prompt is evaluated for seconds."""
    opened = GgufModel(written(folder / "endless.gguf", stops=-60.0), window=32768)
    yield opened
    opened.close()


def prompt(text="Hello there", *before):
    return Prompt(text, (*before, Message("user", text)), (), (), "tiny", "x", 10, 2048)


# Each is evaluated from its first word: what two prompts have in common is not evaluated twice.
def long_prompt(number):
    return prompt(f"{number} " + "a computer because the data " * 4500)


def said(stream):
    return "".join(delta.text for delta in stream)


class Reading(threading.Thread):
    """Reads a stream in another thread."""

    def __init__(self, stream):
        super().__init__()
        self.stream = stream
        self.deltas = []
        self.began = threading.Event()
        self.ended_at = 0.0
        self.start()

    def run(self):
        for delta in self.stream:
            self.deltas.append(delta)
            self.began.set()
        self.ended_at = time.perf_counter()

    def stop(self):
        """Stop the stream; give how many seconds that took."""
        asked = time.perf_counter()
        self.stream.stop()
        self.join()
        return self.ended_at - asked


def is_free(model):
    """Ask for three tokens: what still ran would be waited for, and takes ten seconds and more."""
    begun = time.perf_counter()
    assert said(model.stream(prompt("Are you free?"), Options(temperature=0.0, max_tokens=3)))
    return time.perf_counter() - begun < 4


def test_it_knows_its_name_and_window(model, endless, folder):
    assert (model.name, model.server) == ("tiny", "llama.cpp in this process")
    assert model.window == 8192  # trained for 32,768: that much memory is not taken unasked
    assert endless.window == 32768
    much = GgufModel(folder / "tiny.gguf", window=10**6)
    assert much.window == 32768  # never more than trained for
    much.close()


def test_an_answer_arrives_in_pieces_with_its_usage(model):
    stream = model.stream(prompt(), Options(temperature=1.0, max_tokens=40))
    deltas = list(stream)
    assert len(deltas) > 10
    assert all(delta.text and not delta.reasoning for delta in deltas)
    assert stream.usage.finish in ("stop", "length")
    assert 0 < stream.usage.answer_tokens <= 40
    assert 0 < stream.usage.prompt_tokens < 60


def test_pieces_come_as_they_are_written(endless):
    arrived = [time.perf_counter() for _ in endless.stream(prompt(), Options(max_tokens=400))]
    assert arrived[len(arrived) // 2] - arrived[0] > (arrived[-1] - arrived[0]) / 20


def test_at_temperature_0_it_says_the_same_twice_also_when_another_question_came_between(model):
    options = Options(temperature=0.0, max_tokens=60)
    first, second = (said(model.stream(prompt(), options)) for _ in range(2))
    said(model.stream(prompt("Hello, but something else follows"), options))
    assert first == second == said(model.stream(prompt(), options)) != ""


def test_at_temperature_1_it_does_not(model):
    assert len({said(model.stream(prompt(), Options(temperature=1.0, max_tokens=20))) for _ in range(4)}) > 1


def test_tokens_are_counted(model):
    assert model.count("the memory of a computer") == 9
    assert model.count("") == 0
    assert model.count("é 🙂 \u2028 <think>") > 5


def test_tokens_are_counted_while_an_answer_is_written(endless):
    reading = Reading(endless.stream(prompt(), Options()))
    assert reading.began.wait(30)
    begun = time.perf_counter()
    assert endless.count("the memory of a computer") == 9
    assert time.perf_counter() - begun < 4  # the answer takes longer
    reading.stop()


def test_an_answer_that_follows_a_schema_is_valid_ten_times_of_ten(model):
    for _ in range(10):
        stream = model.stream(prompt("Tell me of a habit"), Options(temperature=1.0, max_tokens=300, schema=SCHEMA))
        told = json.loads(said(stream))
        assert stream.usage.finish == "stop"
        assert set(told) == {"name", "kind", "sure", "from"}
        assert (told["kind"] in ("habit", "goal"), type(told["sure"]), len(told["name"]) <= 12) == (True, bool, True)
        assert set(told["from"]) <= {1, 2, 3}


def test_json_is_json(model):
    for _ in range(10):
        stream = model.stream(prompt("Give me JSON"), Options(temperature=1.0, max_tokens=300, json=True))
        text = said(stream)
        if stream.usage.finish == "stop":
            json.loads(text)
            return
    pytest.fail("never came to an end")


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"$ref": "https://example.com/schema.json"}, {"a": {1, 2}}])
def test_a_schema_that_is_none_is_said_to_be_and_does_no_harm(model, schema):
    with pytest.raises(LLMError, match="cannot be turned into a grammar"):
        list(model.stream(prompt(), Options(schema=schema, max_tokens=4)))
    assert is_free(model)


def test_a_prompt_longer_than_the_window_is_refused_with_numbers(model):
    long = "memory " * 9000
    with pytest.raises(PromptTooLong) as caught:
        list(model.stream(prompt(long), Options()))
    assert caught.value.window == 8192
    assert caught.value.prompt_tokens == pytest.approx(model.count(long), rel=0.02)
    assert f"{caught.value.prompt_tokens:,}" in str(caught.value)


def test_a_full_window_ends_the_answer_and_is_said(folder):
    for window in (100, 256):  # the first is none that llama.cpp makes: it rounds up
        small = GgufModel(folder / "endless.gguf", window=window)
        stream = small.stream(prompt(), Options())
        assert said(stream)
        assert stream.usage.finish == "length"
        assert stream.usage.prompt_tokens + stream.usage.answer_tokens == window
        small.close()


def test_stopping_takes_less_than_100_ms_while_it_answers(endless, record_testsuite_property):
    latencies = []
    for _ in range(5):
        reading = Reading(endless.stream(prompt(), Options()))
        assert reading.began.wait(30)
        time.sleep(0.1)
        latencies.append(reading.stop())
        assert reading.deltas
        assert is_free(endless)
    record_testsuite_property("gguf: stop while answering, ms", [round(1000 * one, 1) for one in latencies])
    assert statistics.median(latencies) < 0.1


def test_stopping_takes_less_than_100_ms_while_it_evaluates(endless, record_testsuite_property):
    latencies, free = [], []
    for number in range(5):
        reading = Reading(endless.stream(long_prompt(number), Options()))
        time.sleep(0.4)
        assert not reading.began.is_set()
        latencies.append(reading.stop())
        begun = time.perf_counter()
        assert is_free(endless)  # it really stopped, and did not only look like it
        free.append(time.perf_counter() - begun)
        assert reading.deltas == []
    record_testsuite_property("gguf: stop while evaluating, ms", [round(1000 * one, 1) for one in latencies])
    record_testsuite_property("gguf: then the next answer, ms", [round(1000 * one, 1) for one in free])
    assert statistics.median(latencies) < 0.1


def test_after_a_stop_the_same_question_has_the_same_answer_as_before(endless):
    options = Options(temperature=0.0, max_tokens=20)
    asked = long_prompt("once more")
    expected = said(endless.stream(prompt(asked.text[:20_000]), options))
    reading = Reading(endless.stream(asked, options))
    time.sleep(0.3)
    reading.stop()
    assert said(endless.stream(prompt(asked.text[:20_000]), options)) == expected != ""


def test_ctrl_c_is_heard_while_it_evaluates(endless, record_testsuite_property):
    pressed, latencies = [], []

    def press():
        time.sleep(0.4)
        pressed.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    for number in range(3):
        stream = endless.stream(long_prompt(f"interrupted {number}"), Options())
        pressing = threading.Thread(target=press)
        pressing.start()
        with pytest.raises(KeyboardInterrupt), heard(stream.stop):
            list(stream)
        latencies.append(time.perf_counter() - pressed[-1])
        pressing.join()
    record_testsuite_property("gguf: Ctrl-C while evaluating, ms", [round(1000 * one, 1) for one in latencies])
    assert statistics.median(latencies) < 0.1
    assert is_free(endless)


def test_a_stream_that_nobody_reads_on_stops(endless):
    arriving = iter(endless.stream(prompt(), Options()))
    assert next(arriving).text
    del arriving
    assert is_free(endless)


def test_of_two_questions_at_once_the_second_waits(endless):
    options = Options(temperature=0.0, max_tokens=60)
    alone = [said(endless.stream(prompt(text), options)) for text in ("First", "Second")]
    reading = [Reading(endless.stream(prompt(text), options)) for text in ("First", "Second")]
    for one in reading:
        one.join()
    assert ["".join(delta.text for delta in one.deltas) for one in reading] == alone
    assert alone[0] != alone[1]


def test_what_waits_for_its_turn_can_be_stopped_at_once(endless):
    first = Reading(endless.stream(prompt(), Options()))
    assert first.began.wait(30)
    second = Reading(endless.stream(prompt(), Options()))
    time.sleep(0.2)
    assert not second.began.is_set()
    assert second.stop() < 1
    assert second.deltas == []
    so_far = len(first.deltas)
    time.sleep(0.2)
    assert len(first.deltas) > so_far  # it was not the first that was stopped
    first.stop()
    assert is_free(endless)


def test_a_thought_that_the_template_opened_is_reasoning(folder):
    from tiny_model import THINKS_AT_ONCE

    thinker = GgufModel(written(folder / "thinks.gguf", template=THINKS_AT_ONCE, stops=-60.0), window=512)
    deltas = list(thinker.stream(prompt(), Options(temperature=1.0, max_tokens=60)))
    assert said(deltas) == ""
    assert "".join(delta.reasoning for delta in deltas)
    # Where the answer is forced into JSON, it cannot begin with a thought.
    assert json.loads(said(thinker.stream(prompt(), Options(schema=SCHEMA, max_tokens=300))))
    thinker.close()


def test_a_template_that_knows_no_system_is_given_it_with_the_question(folder):
    strict = GgufModel(written(folder / "strict.gguf", template=REFUSES_SYSTEM), window=512)
    assert said(strict.stream(prompt("Hello", Message("system", "Be brief.")), Options(max_tokens=9)))
    with pytest.raises(LLMError, match=r"chat template of strict\.gguf failed: System role not supported"):
        list(strict.stream(Prompt("x", (Message("system", "x"),), (), (), "", "", 1, 1), Options()))
    strict.close()


def test_a_broken_half_of_a_character_does_no_harm(model):
    assert list(model.stream(prompt("a \ud800 b \x00 c"), Options(max_tokens=2)))
    assert model.count("a \ud800 b")


def test_a_file_that_llama_cpp_cannot_load_is_one_line_that_says_why(folder):
    whole = (folder / "tiny.gguf").read_bytes()
    cut, other = folder / "cut.gguf", folder / "other.gguf"
    cut.write_bytes(whole[:100_000])
    other.write_bytes(whole.replace(b"llama", b"lxama"))
    with pytest.raises(LLMError, match=r"cannot load .*cut\.gguf: .*not within the file bounds") as caught:
        GgufModel(cut)
    assert "\n" not in str(caught.value)
    with pytest.raises(LLMError, match=r"cannot load .*other\.gguf: unknown model architecture: 'lxama'\."):
        GgufModel(other)


def mapped(path):
    maps = Path("/proc/self/maps")
    return str(path) in maps.read_text() if maps.exists() else None


def test_closing_ends_the_answer_and_gives_the_memory_back(folder):
    path = written(folder / "closed.gguf", stops=-60.0)
    closing = GgufModel(path, window=512)
    assert mapped(path) in (True, None)
    arriving = iter(closing.stream(prompt(), Options()))
    assert next(arriving).text
    closing.close()
    closing.close()
    assert mapped(path) in (False, None)
    with pytest.raises(BrokenReply, match="closed before its answer had ended"):
        list(arriving)
    with pytest.raises(LLMError, match="has been closed"):
        list(closing.stream(prompt(), Options()))
    assert closing.count("x") is None


def test_one_that_is_dropped_first_ends_its_answer(folder):
    stream = GgufModel(folder / "tiny.gguf", window=512).stream(prompt(), Options(temperature=0.0, max_tokens=60))
    assert said(stream)
    assert stream.usage.finish


def test_one_that_is_dropped_gives_its_memory_back(folder):
    path = written(folder / "dropped.gguf")
    dropped = GgufModel(path, window=512)
    assert said(dropped.stream(prompt(), Options(max_tokens=2)))
    del dropped
    deadline = time.monotonic() + 5
    while mapped(path) and time.monotonic() < deadline:
        time.sleep(0.01)  # the thread that wrote may hold it for a moment
    assert not mapped(path)


def run(code, *arguments):
    """Run a program of its own: what C code prints passes by Python, and so does how a process ends."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


ASKING = """
    import sys
    from pathlib import Path
    from memo_jupyter.errors import MemoError
    from memo_jupyter.llm.gguf import GgufModel
    from memo_jupyter.types import Message, Options, Prompt

    def prompt(text):
        return Prompt(text, (Message("user", text),), (), (), "tiny", "x", 10, 2048)

    model = GgufModel(Path(sys.argv[1]), window=32768)
"""


def test_llama_cpp_prints_nothing(endless, folder):
    cut = folder / "printing.gguf"
    cut.write_bytes((folder / "endless.gguf").read_bytes()[:100_000])
    code = (
        ASKING
        + """
    import threading
    try:
        GgufModel(Path(sys.argv[2]))
    except MemoError:
        pass
    list(model.stream(prompt("x"), Options(max_tokens=4)))
    stream = model.stream(prompt("the data " * 9000), Options())
    threading.Timer(0.4, stream.stop).start()
    list(stream)
    list(model.stream(prompt("x"), Options(max_tokens=4, json=True)))
    model.close()
    """
    )
    done = run(code, folder / "endless.gguf", cut)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("how", ["while it evaluates", "while it answers", "after an answer"])
def test_python_ends_whatever_it_is_at(endless, folder, how):
    code = (
        ASKING
        + """
    how = sys.argv[2]
    stream = model.stream(prompt("the data " * 9000 if how == "while it evaluates" else "x"), Options())
    arriving = iter(stream)
    if how == "while it answers":
        next(arriving)
    if how == "while it evaluates":
        import threading
        threading.Timer(0.3, stream.stop).start()
        list(arriving)
    if how == "after an answer":
        list(model.stream(prompt("x"), Options(max_tokens=4)))
    print("asked", flush=True)
    """
    )
    begun = time.perf_counter()
    done = run(code, folder / "endless.gguf", how)
    assert (done.returncode, done.stdout, done.stderr) == (0, "asked\n", "")
    assert time.perf_counter() - begun < 10


class _Memo(Memo):
    def _make_embedder(self):
        return HashEmbedder()


def test_memo_asks_a_file_and_closing_it_gives_the_memory_back(tmp_path):
    path = written(tmp_path / "mine.gguf")
    with _Memo(tmp_path / "store", model=str(path), max_tokens=20, temperature=0.0) as memo:
        memo.remember("The robust scaler was best.")
        answer = memo.ask("Which scaler was best?")
        assert answer.text
        assert (answer.model, answer.prompt.window) == ("mine", 8192)
        assert answer.record.author == "mine"
        assert answer.recalled
        assert memo.ask("Which scaler was best, of all?").text
        memo.remember_many([f"scaler {n} " + "is robust and slow " * 120 for n in range(12)], progress=False)
        long = memo.ask("Which scaler is slow?", k=12)
        assert long.text
        assert long.dropped
        with pytest.raises(PromptTooLong, match=r"of its window of 8,192"):
            memo.ask("What? " + "many words " * 9000, recall=False)
        assert mapped(path) in (True, None)
    assert mapped(path) in (False, None)


def test_an_answer_that_memo_is_closed_under_is_kept_and_marked_partial(tmp_path):
    path = written(tmp_path / "endless.gguf", stops=-60.0)
    memo = _Memo(tmp_path / "store", model=str(path))
    answer = memo.ask("Tell me all.")
    words = iter(answer)
    next(words)
    memo.close()
    with pytest.raises(BrokenReply):
        list(words)
    assert PARTIAL in answer.record.tags
    memo.close()


@pytest.mark.model
def test_in_a_notebook_an_interrupt_is_heard_while_it_evaluates_and_llama_cpp_shows_nothing(
    tmp_path, model_folder, endless, folder
):
    settings = {
        "MEMO_MODELS": str(model_folder), "MEMO_MODEL": str(folder / "endless.gguf"), "MEMO_WINDOW": "32768",
        "MEMO_MAX_TOKENS": "20", "MEMO_TEMPERATURE": "0",
    }  # fmt: skip
    with Kernel(tmp_path, **settings) as kernel:
        kernel.run("%load_ext memo")
        pid = int(kernel.run("import os; os.getpid()").text)
        shown = [kernel.run("%%memo\nHello?")]
        assert shown[0].error is None
        assert shown[0].markdown[0].strip()
        interrupt = threading.Timer(3, os.kill, (pid, signal.SIGINT))
        interrupt.start()
        begun = time.perf_counter()
        shown.append(kernel.run("%%memo --no-recall\n" + "a computer because the data " * 4500))
        assert time.perf_counter() - begun < 6  # it would take much longer
        interrupt.join()
        assert shown[1].traceback.startswith("memo: Stopped.")
        shown.append(kernel.run("%%memo\nHello?"))
        assert shown[2].markdown[0].strip()
        assert [output for one in shown for output in one.outputs if output.get("name") == "stderr"] == []


class Notebook(Shell):
    """The commands' face in a notebook, as far as `use` needs it."""

    prefix = "%memo"


def test_use_chooses_a_file_from_wherever_it_is_asked(tmp_path, monkeypatch):
    tiny = written(tmp_path / "tiny.gguf")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()

    def use(name):
        return find("use", "%memo").run(memo, Call({"any": False}, name, Notebook())).text()

    with _Memo(tmp_path / "store", max_tokens=5) as memo:
        assert use("./tiny.gguf").startswith("tiny answers from now on (llama.cpp in this process)")
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert memo.ask("Which?", recall=False).text
        with pytest.raises(UnknownModel):
            use("./none.gguf")
        assert memo.model == str(tiny)


def test_models_lists_the_file_that_answers_and_the_doctor_misses_no_server(tmp_path, monkeypatch):
    monkeypatch.setattr("memo_jupyter.llm.discovery.WELL_KNOWN", ())
    tiny = written(tmp_path / "tiny.gguf")

    def shown(word):
        return find(word, "%memo").run(memo, Call({}, "", Notebook())).text(160)

    with _Memo(tmp_path / "store", model=str(tiny), window=512) as memo:
        (row,) = (line.split() for line in shown("models").splitlines() if "tiny" in line)
        assert row == "answers tiny 512 loaded llama.cpp in this process".split()
        assert "None is running on the usual ports, and none is needed." in shown("doctor")
        assert "tiny answers, window 512 tokens." in shown("doctor")
