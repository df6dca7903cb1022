"""What the commands write in a shell."""

import pytest

from memo_jupyter.arguments import read_words
from memo_jupyter.cli import Shell, main
from memo_jupyter.commands import ASK_FLAGS, Call, find
from memo_jupyter.errors import MemoError
from memo_jupyter.testing import fake_memo

FACT = "The robust scaler gave 0.71."


def ask(folder, capsys, reply, *flags):
    given, _ = read_words(flags, ASK_FLAGS)
    with fake_memo(folder, [reply]) as memo:
        memo.remember(FACT)
        Shell().ask(memo, "Which scaler?", given)
    return capsys.readouterr()


def run(folder, capsys, *words):
    command = find(words[0], Shell.prefix)
    given, rest = read_words(words[1:], command.flags)
    shell = Shell()
    with fake_memo(folder) as memo:
        shell.show(command.run(memo, Call(given, " ".join(rest), shell)))
    return capsys.readouterr().out


@pytest.mark.parametrize("reply", ["I would rather not.", "{'a': 1", "[" * 100_000, '{"a": NaN}, yes?', "(" * 5000])
@pytest.mark.parametrize("form", ["code", "json"])
def test_an_answer_that_is_not_what_was_asked_for_is_written_as_it_came(tmp_path, capsys, reply, form):
    written = ask(tmp_path, capsys, reply, "-f", form)
    assert written.out == reply + "\n"
    assert "it is shown as it came" in written.err


def test_code_and_json_are_taken_out(tmp_path, capsys):
    assert ask(tmp_path, capsys, "So:\n```python\nx = 1\n```", "-f", "code").out == "x = 1\n"
    written = ask(tmp_path, capsys, 'So:\n```json\n{"a": "\\ud800"}\n```', "-f", "json")
    assert written.out == '{\n  "a": "\ufffd"\n}\n'
    assert "as it came" not in written.err


def test_an_empty_answer_is_said_to_be_empty(tmp_path, capsys):
    written = ask(tmp_path, capsys, "")
    assert written.out.strip() == ""
    assert "The model gave an empty answer." in written.err
    assert "as it came" not in ask(tmp_path, capsys, "", "-f", "json").err


@pytest.mark.parametrize("form", ["md", "code"])
def test_neither_a_model_nor_a_memory_can_command_the_terminal(tmp_path, capsys, form):
    written = ask(tmp_path, capsys, "a \x1b[2J b \u202e c", "-f", form)
    assert written.out == "a ␛[2J b  c\n"
    run(tmp_path, capsys, "remember", "the scaler \x1b]0;mine\x07 \x9b5n")
    for words in (["list"], ["recall", "scaler"]):
        shown = run(tmp_path, capsys, *words)
        assert "␛]0;mine␇ \ufffd5n" in shown
        assert "\x1b" not in shown


def test_an_error_that_repeats_what_was_typed_cannot_either(capsys):
    assert main(["recal\x1b[2J"]) == 1
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("There is no memory X. %memo list shows those there are.", "jupyter memo list shows"),
        ("Run %memo setup (in a shell: jupyter memo setup), once.", "Run jupyter memo setup, once."),
        ("To wait longer: `%config Memo.timeout = …`.", "`MEMO_TIMEOUT=…`."),
        ("Recall less (Memo.k), or else.", "Recall less (MEMO_K), or else."),
        ("`%config Memo.allow_hosts = ['x']`, or MEMO_ALLOW_HOSTS=x in", "memo: MEMO_ALLOW_HOSTS=x in"),
        ("Write it below %%memo.", "Write it below jupyter memo ask."),
    ],
)
def test_hints_name_what_is_typed_in_a_shell(capsys, message, shown):
    Shell().fail(MemoError(message))
    written = capsys.readouterr().err
    assert shown in written
    assert "%" not in written


def test_the_notice_of_the_quote_model_names_the_variable(tmp_path, capsys):
    given, _ = read_words([], ASK_FLAGS)
    with fake_memo(tmp_path) as memo:
        Shell().ask(memo, "Which scaler?", given)
    assert "MEMO_BASE_URL='http://127.0.0.1:8080'" in " ".join(capsys.readouterr().err.split())


def test_a_memory_may_speak_of_the_magic(tmp_path, capsys):
    run(tmp_path, capsys, "remember", "Use %memo list in the notebook.")
    assert "Use %memo list in the notebook." in run(tmp_path, capsys, "list")


def test_help_shows_no_magic(tmp_path, capsys):
    assert "%memo" not in run(tmp_path, capsys, "help")
    assert "MEMO_K" in run(tmp_path, capsys, "help")


def test_a_list_that_is_empty_for_its_filters_does_not_say_that_there_are_no_memories(tmp_path, capsys):
    assert "There are no memories here yet." in run(tmp_path, capsys, "list", "--tag", "x")
    run(tmp_path, capsys, "remember", FACT)
    assert run(tmp_path, capsys, "list", "--tag", "x") == "No memory is like that. There are others.\n"


def test_one_memory_is_not_several(tmp_path, capsys):
    run(tmp_path, capsys, "remember", FACT)
    assert "anew from 1 memory." in run(tmp_path, capsys, "rebuild")
    run(tmp_path, capsys, "remember", FACT)
    assert "anew from 2 memories." in run(tmp_path, capsys, "rebuild")


def test_a_memory_of_the_last_day_there_is_can_be_shown(tmp_path, capsys, monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        with fake_memo(tmp_path, ["x"]) as memo:
            record = memo.remember(FACT, created="9999-12-31T23:59:59+00:00")
            assert FACT in memo.prepare("Which scaler?").messages[-1].content
        assert "9999-12-31" in run(tmp_path, capsys, "list")
        assert "9999-12-31" in run(tmp_path, capsys, "show", record.id)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("words", [["--from", "/nowhere"], ["--from", "hub"]])
def test_a_source_that_is_not_used_since_the_model_is_ready_is_told_of(tmp_path, capsys, monkeypatch, words):
    monkeypatch.setattr("memo_jupyter.embed.sources._is_done", lambda *_: True)
    shown = " ".join(run(tmp_path, capsys, "setup", *words).split())
    assert f"nothing was taken from {words[1]}. --force makes it anew." in shown
    assert "nothing was taken" not in run(tmp_path, capsys, "setup")
