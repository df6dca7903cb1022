"""`%memo` and `%%memo` in a real kernel, with the real embedding model and the real index."""

import os
import re
import signal
import time

import pytest
from kernels import Kernel

pytestmark = pytest.mark.model

FACT = "The robust scaler beat the standard scaler on the churn data: accuracy 0.71 against 0.66."


@pytest.fixture
def kernel(tmp_path, model_folder):
    with Kernel(tmp_path, MEMO_MODELS=str(model_folder)) as started:
        assert started.run("%load_ext memo").outputs == []
        yield started


def ids(shown):
    return re.findall(r"\b[0-9A-Z]{8}\b", shown.text)


def test_notes_survive_a_restart_and_answer_a_question_in_the_new_kernel(kernel):
    kernel.run(f"%memo remember {FACT}")
    kernel.run("%memo remember The sensor in room 4 drifts after 14:00.")
    kernel.restart()
    assert kernel.run("%load_ext memo_jupyter").outputs == []
    shown = kernel.run("%%memo\nWhich scaler was better on the churn data?")
    assert shown.error is None
    assert "0.71" in shown.markdown[0]
    assert "sensor" not in shown.markdown[0]
    assert re.search(r"\[1\] .*meaning 0\.\d\d .*recency 0\.03", shown.text)
    assert "<details" in shown.html
    listed = kernel.run("%memo list")
    assert "chat, main" in listed.text
    assert len(ids(listed)) == 3


def test_the_words_of_memo_do_what_they_say(kernel):
    (short,) = ids(kernel.run(f"%memo remember -t churn --tag scaling {FACT}"))
    assert FACT[:40] in " ".join(kernel.run("%memo recall why was the scaler good?").text.split())
    shown = kernel.run(f"%memo show {short}")
    assert FACT in shown.text
    assert "in thread churn" in shown.text
    assert "scaling" in shown.text
    assert "Nothing in memory" in kernel.run("%memo recall -t other scaler").text
    status = kernel.run("%memo status").text
    assert re.search(r"memories +1 \(1 note\)", status)
    assert re.search(r"leaves this computer +nothing", status)
    assert "Forgotten for good: 1 memory." in kernel.run(f"%memo forget {short}").text
    assert "no memories" in kernel.run("%memo list").text


def test_what_the_last_cells_do_shifts_what_is_recalled_and_can_be_left_out(kernel):
    kernel.run("%memo remember The scaler of the fish survey was the standard one.")
    kernel.run("%memo remember The scaler of the churn model was the robust one.")
    kernel.run("churn_model = 'churn model'")
    shown = " ".join(kernel.run("%memo recall -k 1 which scaler?").text.split())
    assert "churn model was the robust one" in shown
    assert "context 0.0" in shown
    assert "context" not in kernel.run("%memo recall --no-context which scaler?").text
    kernel.run("fish_survey = 'fish survey'\ncount = 3")
    kernel.run("survey = fish_survey")
    kernel.run("fish = survey")
    assert "fish survey was the standard one" in " ".join(kernel.run("%memo recall -k 1 which scaler?").text.split())


def test_every_page_is_html_and_plain_text(kernel):
    kernel.run(f"%memo remember {FACT} <script>alert(1)</script>")
    for line in ("recall scaler", "list", "status", "help", "help recall"):
        shown = kernel.run(f"%memo {line}")
        assert shown.html.startswith("<div")
        assert "<script" not in shown.html
        assert shown.text.strip()


def test_a_line_may_end_in_a_question_mark(kernel):
    kernel.run(f"%memo remember {FACT}")
    shown = kernel.run("%memo recall which scaler?")
    assert "robust scaler" in shown.text
    assert "x = 1" not in kernel.run("%memo recall?").text
    assert "find memories" in kernel.run("%memo help recall").text


def test_values_code_and_errors_are_filled_into_the_prompt(kernel):
    kernel.run("threshold = 0.75; curly = '{threshold}'")
    kernel.run("1 / 0")
    kernel.run("threshold * 2")
    shown = kernel.run(
        "%%memo --dry-run --no-recall\n"
        't={threshold} c={curly} none={nothing} {Err[-1]} json={"a": 1} $HOME {Out[4]} {In[2]}'
    )
    text = shown.text
    assert "t=0.75 c={threshold} none={nothing}" in text
    assert "ZeroDivisionError: division by zero" in text
    assert "site-packages/IPython" not in text
    assert 'json={"a": 1} $HOME 1.5 threshold = 0.75' in text


def test_a_dry_run_shows_the_messages_and_keeps_nothing(kernel):
    kernel.run(f"%memo remember {FACT}")
    shown = kernel.run("%%memo --dry-run\nWhich scaler?")
    assert "Not sent." in shown.text
    assert "system" in shown.text
    assert FACT in shown.text
    assert "chat" not in kernel.run("%memo list").text


def test_what_would_not_fit_is_said_before_it_is_sent_too(kernel):
    for number in range(3):
        kernel.run(f"cell = {number}  # " + "the loss went down again " * 30)
    kernel.run("%config Memo.window = 600")
    shown = kernel.run("%%memo --dry-run\nWhich scaler?").text
    assert "To fit the model's window: " in shown
    assert "3 cells left out" in shown


def test_a_servers_key_that_a_cell_sets_never_stands_in_a_prompt(kernel):
    kernel.run("x = 1  # the first")
    kernel.run("%config Memo.api_key = 'sk-trait'")
    kernel.run("y = 2\n%env MEMO_API_KEY=sk-environment\nz = 3  # the third")
    kernel.run("from memo_jupyter import Memo\nother = Memo(api_key='sk-keyword')")
    shown = kernel.run("%%memo --dry-run\nWhich scaler?").text
    assert "sk-" not in shown
    assert "# the first" in shown
    assert "y = 2\nz = 3  # the third" in "\n".join(map(str.strip, shown.splitlines()))


def test_a_long_cell_is_sent_with_a_mark_where_it_is_cut(kernel):
    kernel.run("x = 1  # " + "a" * 2000)
    assert f"{'a' * 30} …" in kernel.run("%%memo --dry-run\nWhich scaler?").text.replace("\n", " ")


def test_no_recall_no_remember_k_and_into(kernel):
    for number in range(5):
        kernel.run(f"%memo remember Scaler number {number} was tried on the churn data.")
    kernel.run("%%memo -k 2 --into answer\nWhich scaler was tried on the churn data?")
    assert "2 quote True" in kernel.run("print(len(answer.recalled), answer.model, answer.record is not None)").text
    kernel.run("%%memo --no-recall --no-remember --into answer\nWhich scaler?")
    assert "0 None" in kernel.run("print(len(answer.recalled), answer.record)").text
    assert len([line for line in kernel.run("%memo list").text.splitlines() if "chat" in line]) == 1


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("%%memo --no-recal\nx", "There is no flag --no-recal. Did you mean --no-recall?"),
        ("%%memo -f yaml\nx", "-f is one of md, text, code, json, not 'yaml'."),
        ("%%memo -m gpt-99\nx", "so there is no 'gpt-99'"),
        ("%%memo\n   ", "The prompt is empty"),
        ("%memo recal x", "There is no %memo recal. Did you mean recall?"),
        ("%memo show ZZZZZZZZ", "There is no memory ZZZZZZZZ."),
        ("%memo forget", "Which memory? Give its id"),
        ("%memo remember", "There is nothing to remember"),
        ("%memo recall", "The query is empty"),
        ("%memo status now", "%memo status takes no 'now'."),
    ],
)
def test_bad_input_is_one_line_and_no_traceback(kernel, cell, line):
    shown = kernel.run(cell)
    assert line in shown.traceback
    assert shown.traceback.startswith("memo: ")
    assert len(shown.traceback.splitlines()) == 1
    assert kernel.run("1 + 1").text == "2"


def test_settings_are_shown_and_changed_with_config(kernel):
    assert "Memo.base_url" in kernel.run("%config Memo").text
    kernel.run("%config Memo.k = 1")
    kernel.run("%config Memo.model = 'quote'")
    for number in range(3):
        kernel.run(f"%memo remember Scaler {number} was tried.")
    kernel.run("%%memo --into answer\nWhich scaler was tried?")
    assert kernel.run("len(answer.recalled)").text == "1"
    kernel.run("%config Memo.base_url = 'http://example.com'")
    kernel.run("%config Memo.model = ''")
    assert "MEMO_ALLOW_HOSTS" in kernel.run("%%memo\nx").traceback


def test_unloading_undoes_everything(kernel):
    look = (
        "ip = get_ipython()\n"
        "print(sorted(k for kind in ip.magics_manager.magics.values() for k in kind if 'memo' in k), "
        "[type(c).__name__ for c in ip.configurables if 'emo' in type(c).__name__], "
        "[f for f in ip.input_transformers_cleanup if 'question' in repr(f)], "
        "[c for c in ip.events.callbacks['post_run_cell'] if 'Raised' in repr(c)], "
        "[m for m in ip.Completer.custom_matchers if 'memo' in repr(m)])"
    )
    assert "[]" not in kernel.run(look).text
    kernel.run("%unload_ext memo")
    assert kernel.run(look).text.strip() == "[] [] [] [] []"
    assert "not found" in kernel.run("%memo status").text + kernel.run("%memo status").traceback
    kernel.run("%load_ext memo")
    kernel.run("%load_ext memo_jupyter")
    assert kernel.run("%memo status").error is None
    kernel.run("%reload_ext memo")
    assert kernel.run("%memo status").error is None


def test_two_kernels_share_one_memory_at_once(kernel, model_folder):
    with Kernel(kernel.folder, MEMO_MODELS=str(model_folder)) as other:
        other.run("%load_ext memo")
        assert "Nothing" in other.run("%memo recall scaler").text
        kernel.run(f"%memo remember {FACT}")
        assert "robust scaler" in other.run("%memo recall scaler").text
        (short, *_) = ids(other.run("%memo list"))
        other.run(f"%memo forget {short}")
        assert "Nothing" in kernel.run("%memo recall scaler").text


def test_without_the_embedding_model_one_line_names_the_command(tmp_path):
    with Kernel(tmp_path, MEMO_MODELS=str(tmp_path / "none")) as kernel:
        kernel.run("%load_ext memo")
        assert "Remembered" in kernel.run(f"%memo remember {FACT}").text
        shown = kernel.run("%%memo\nWhich scaler?")
        assert "%memo setup" in shown.traceback
        assert len(shown.traceback.splitlines()) == 1
        assert "not set up" in kernel.run("%memo status").text


def test_a_crashed_kernel_loses_nothing_that_was_acknowledged(kernel):
    pid = int(kernel.run("import os; os.getpid()").text)
    kernel.run(f"%memo remember {FACT}")
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
    kernel.restart()
    kernel.run("%load_ext memo")
    assert "robust scaler" in kernel.run("%memo recall scaler").text


def test_tab_completes_words_flags_choices_and_ids(kernel):
    (short,) = ids(kernel.run(f"%memo remember -t churn {FACT}"))

    tab = kernel.complete
    assert {"recall", "remember", "rebuild"} <= set(tab("%memo re"))
    assert "--thread" in tab("%memo recall --th")
    assert set(tab("%memo recall --kind ")) == {"chat", "cell", "note", "document", "fix", "profile", "error"}
    assert short in tab("%memo show ")
    assert short in tab(f"%memo forget {short[:3]}")
    assert "--dry-run" in tab("%%memo --d")
    assert "json" in tab("%%memo -f ")
    assert "churn" in tab("%%memo -t ")
    assert "quote" in tab("%%memo -m ")
    assert "recall" in tab("%memo help rec")
