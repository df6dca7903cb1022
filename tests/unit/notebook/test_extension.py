"""What stays of a shell's settings, and Tab, in a shell without a front end."""

import pytest
from IPython.core.completer import CompletionContext, provisionalcompleter
from traitlets.config import Config

from memo_jupyter.engine import Memo
from memo_jupyter.notebook.completion import completer
from memo_jupyter.testing import fake_memo


def memo_of(shell):
    (found,) = [one for one in shell.configurables if isinstance(one, Memo)]
    return found


def test_a_refused_value_does_not_keep_memo_from_being_loaded_again(shell, capsys):
    shell.run_cell("%load_ext memo_jupyter")
    for line in ("k = 1000", "timeout = 'x'", "history = 2", "api_key = b'secret'"):
        shell.run_cell(f"%config Memo.{line}")
    capsys.readouterr()
    assert shell.run_cell("%reload_ext memo_jupyter").success
    memo = memo_of(shell)
    assert (memo.k, memo.timeout, memo.history, memo.api_key) == (6, 300.0, 2, "")
    told = capsys.readouterr().err
    assert "Memo.k is left as it is by default" in told
    assert "Memo.timeout is left" in told
    assert "secret" not in told
    shell.run_cell("%config Memo.k = 0")
    assert shell.run_cell("%reload_ext memo_jupyter").success
    assert memo_of(shell).k == 0


def test_the_key_is_not_shown_by_config(shell, capsys):
    shell.run_cell("%load_ext memo_jupyter")
    shell.run_cell("%config Memo.api_key = 'sk-very-secret'")
    shell.run_cell("%config Memo")
    shell.run_cell("%config Memo.api_key")
    shown = capsys.readouterr().out
    assert "(hidden)" in shown
    assert "sk-very-secret" not in shown
    assert memo_of(shell).api_key == "sk-very-secret"


def test_settings_of_a_configuration_file_are_read(shell):
    shell.config.merge(Config({"Memo": {"k": 3}}))
    shell.config.Memo.allow_hosts.append("a.example")
    shell.run_cell("%load_ext memo_jupyter")
    assert (memo_of(shell).k, memo_of(shell).allow_hosts) == (3, ["a.example"])


@pytest.mark.parametrize("line", ["%memo re", "    %memo re", "\t%memo re"])
def test_tab_completes_a_line_that_is_indented(tmp_path, line):
    with fake_memo(tmp_path) as memo, provisionalcompleter():
        context = CompletionContext(token="re", full_text=line, cursor_position=len(line), cursor_line=0, limit=None)
        offered = completer(memo)(context)["completions"]
    assert "remember" in [one.text for one in offered]
