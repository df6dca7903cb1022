"""What is said about an answer: only what is true."""

import pytest

from memo_jupyter.errors import BrokenReply, ServerRefused
from memo_jupyter.testing import ScriptedModel, fake_memo
from memo_jupyter.types import PARTIAL, Delta, Usage

PARTIAL_LINE = "The answer is partial: it ended before its end."


class Stream:
    """What arrives, and the error after it, if there is one."""

    def __init__(self, pieces, error=None):
        self.usage = Usage()
        self.pieces = pieces
        self.error = error

    def __iter__(self):
        yield from self.pieces
        if self.error:
            raise self.error
        self.usage = Usage(finish="stop")

    def stop(self):
        pass


class Model(ScriptedModel):
    def __init__(self, *pieces, error=None):
        super().__init__()
        self.streams = lambda: Stream(pieces, error)

    def stream(self, prompt, options):
        return self.streams()


def asked(folder, model, **how):
    with fake_memo(folder, model=model) as memo:
        answer = memo.ask("Which scaler?", recall=False, **how)
        for _ in answer:
            pass
        return answer, memo.recent()


def failed(folder, model, error, **how):
    with fake_memo(folder, model=model) as memo:
        answer = memo.ask("Which scaler?", recall=False, **how)
        with pytest.raises(type(error)) as caught:
            for _ in answer:
                pass
        assert caught.value is error
        return answer, memo.recent()


def test_a_part_that_is_kept_is_said_to_be_kept(tmp_path):
    error = BrokenReply("cut")
    answer, kept = failed(tmp_path, Model(Delta("It was"), error=error), error)
    assert answer.notices == [f"{PARTIAL_LINE} It is kept, marked partial."]
    assert kept[0].tags == (PARTIAL,)


def test_a_part_that_is_not_kept_is_not_said_to_be_kept(tmp_path):
    error = BrokenReply("cut")
    answer, kept = failed(tmp_path, Model(Delta("It was"), error=error), error, remember=False)
    assert answer.notices == [PARTIAL_LINE]
    assert kept == []


@pytest.mark.parametrize("pieces", [(), (Delta(reasoning="Well."),), (Delta("\n"),)])
def test_a_refused_request_is_no_partial_answer(tmp_path, pieces):
    error = ServerRefused("no", 500)
    answer, kept = failed(tmp_path, Model(*pieces, error=error), error)
    assert answer.notices == []
    assert kept == []


@pytest.mark.parametrize("pieces", [(), (Delta(reasoning="Well."),), (Delta(" \n"),)])
def test_an_empty_answer_is_said_to_be_empty_and_not_kept(tmp_path, pieces):
    answer, kept = asked(tmp_path, Model(*pieces))
    assert answer.notices[0].startswith("The model gave an empty answer.")
    assert not answer.partial
    assert answer.record is None
    assert kept == []


def test_an_answer_that_has_not_been_read_is_not_called_empty(tmp_path):
    with fake_memo(tmp_path, ["x"]) as memo:
        answer = memo.ask("Which scaler?", recall=False)
        assert answer.notices == []
        answer.close()
        assert answer.text == ""
        assert answer.notices == []
        assert memo.recent() == []
