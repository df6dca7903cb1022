"""What `%%memo` shows and raises, in a shell without a front end."""

import pytest

from memo_jupyter.errors import PromptTooLong, ServerRefused
from memo_jupyter.notebook.autoremember import AutoRemember
from memo_jupyter.notebook.magics import MemoMagics
from memo_jupyter.notebook.raised import Raised
from memo_jupyter.testing import ScriptedModel, fake_memo
from memo_jupyter.types import Delta, Usage


class Broken(ScriptedModel):
    """Says something, and then breaks."""

    def __init__(self, said, error):
        super().__init__()
        self.said = said
        self.error = error

    def stream(self, prompt, options):
        model = self

        class Stream:
            usage = Usage()

            def __iter__(self):
                yield Delta(model.said)
                raise model.error

            def stop(self):
                pass

        return Stream()


def ask(shell, folder, model, line=""):
    with fake_memo(folder, model=model) as memo:
        MemoMagics(shell, memo, Raised(), AutoRemember(shell, memo)).magic(line, "Which scaler?")


@pytest.mark.parametrize("said", ["", "It was"])
@pytest.mark.parametrize("error", [ServerRefused("No.", 500), PromptTooLong("Too long.", 900, 600)])
def test_an_error_keeps_its_words_and_its_attributes(shell, tmp_path, capsys, said, error):
    with pytest.raises(type(error)) as caught:
        ask(shell, tmp_path, Broken(said, error))
    assert caught.value is error
    shown = capsys.readouterr().out
    assert ("It is kept, marked partial." in shown) == bool(said)
    assert ("partial" in shown) == bool(said)


def test_what_is_not_kept_is_not_said_to_be_kept(shell, tmp_path, capsys):
    with pytest.raises(ServerRefused):
        ask(shell, tmp_path, Broken("It was", ServerRefused("No.")), "--no-remember")
    shown = capsys.readouterr().out
    assert "partial" in shown
    assert "kept" not in shown


def test_an_empty_answer_is_said_to_be_empty(shell, tmp_path, capsys):
    ask(shell, tmp_path, ScriptedModel([""]))
    assert capsys.readouterr().out.strip().startswith("The model gave an empty answer.")


def test_neither_an_answer_nor_a_page_nor_an_error_can_command_a_terminal(shell, tmp_path, capsys):
    with fake_memo(tmp_path, ["It \x1b[2J was", "\x9b5n it"]) as memo:
        magics = MemoMagics(shell, memo, Raised(), AutoRemember(shell, memo))
        magics.magic("remember The scaler \x1b]0;mine\x07 was robust.")
        for _ in range(2):
            magics.magic("", "Which scaler?")
        magics.magic("list")
    shown = capsys.readouterr().out
    assert "It ␛[2J was" in shown
    assert "\ufffd5n it" in shown
    assert "The scaler ␛]0;mine␇ was robust." in shown
    assert not {"\x1b", "\x07", "\x9b"} & set(shown)
    assert ServerRefused("No \x1b[2J.")._render_traceback_() == ["memo: No ␛[2J."]
