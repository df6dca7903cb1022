"""What is said about an answer: only what is true."""

import time

import pytest

from memo_jupyter.errors import BrokenReply, ServerRefused
from memo_jupyter.pages import linked, used
from memo_jupyter.testing import ScriptedModel, fake_memo
from memo_jupyter.types import PARTIAL, Delta, Usage
from memo_jupyter.views import Link, Page

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


class Telling(Model):
    """Takes 20 ms for each of its words, and says how many they were."""

    def __init__(self, *words):
        super().__init__()

        class Slow(Stream):
            def __iter__(self):
                for word in words:
                    time.sleep(0.02)
                    yield Delta(word)
                self.usage = Usage(1204, len(words), "stop")

        self.streams = lambda: Slow(())


def test_what_an_answer_took_is_told_in_a_few_words(tmp_path):
    answer, _ = asked(tmp_path, Telling(*["word "] * 11))
    read, written, speed = answer.figures.split(", ")[0], *answer.figures.split(", ")[1:]
    assert (read, written) == ("1,204 tokens read", "11 written")
    assert 20 <= int(speed.removesuffix(" a second")) <= 56
    assert asked(tmp_path, Model(Delta("x")))[0].figures == ""


def test_a_marker_without_a_memory_is_said_to_stand_for_none(tmp_path):
    answer, _ = asked(tmp_path, Model(Delta("So [1] and [7].")))
    assert answer.notices == ["[1], [7] in the answer stand for no memory: none was given."]
    with fake_memo(tmp_path / "other", ["It is the robust one [1], not [2]."]) as memo:
        memo.remember("The robust scaler was best.")
        answer = memo.ask("Which scaler?")
        assert answer.text
        assert answer.cited == [1, 2]
        assert answer.notices == ["[2] in the answer stands for no memory: one was given."]


def test_cited_memories_are_listed_apart_from_those_that_were_only_recalled(tmp_path):
    with fake_memo(tmp_path, ["It is the robust one [2]."]) as memo:
        for text in ("The robust scaler was best.", "The standard scaler was slow.", "A scaler scales."):
            memo.remember(text)
        answer = memo.ask("Which scaler?")
        assert answer.text
    (folded,) = used(answer)
    assert folded.title == "1 memory cited, 2 more recalled"
    first, line, rest = folded.blocks
    assert [row[0] for row in first.rows] == ["[2]"]
    assert line.text == "Recalled, and not cited:"
    assert [row[0] for row in rest.rows] == ["[1]", "[3]"]


def test_a_memory_leads_to_its_notebook_and_cell_if_that_is_beside_this_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my churn.ipynb").write_text("{}")
    shown = []
    with fake_memo(tmp_path / "store", ["Yes [1]."]) as memo:
        for notebook in ("my churn.ipynb", "gone.ipynb", "../x.ipynb", "javascript:alert(1)"):
            source = {"notebook": notebook, "cell": 'a"b', "execution_count": 3}
            memo.forget(kinds=["note"])
            memo.remember("The robust scaler was best.", source=source)
            answer = memo.ask("Which scaler?", remember=False)
            assert answer.text
            shown.append(Page(used(answer)).html())
    assert '<a href="my%20churn.ipynb#cell-id=a%22b">note, my churn.ipynb [3]</a>' in shown[0]
    assert not [page for page in shown[1:] if "href" in page]


def test_a_notebook_of_the_same_name_in_another_folder_is_not_led_to(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "churn.ipynb").write_text("{}")
    with fake_memo(tmp_path / "store") as memo:
        for folder, leads in ((tmp_path, True), (tmp_path / "other", False)):
            source = {"notebook": "churn.ipynb", "cell": "a", "folder": str(folder)}
            shown = linked(memo.remember("The robust scaler was best.", source=source))
            assert isinstance(shown, Link) is leads


def test_a_fresh_question_begins_its_thread_anew_for_good_and_others_go_on(tmp_path):
    model = ScriptedModel(["one", "two", "three", "four"])
    with fake_memo(tmp_path, model=model) as memo:
        assert memo.ask("first?", thread="a").text
        assert memo.ask("other?", thread="b").text
        assert memo.ask("second?", thread="a", fresh=True).text
        assert memo.ask("third?", thread="a").text
        assert memo.ask("fourth?", thread="b").text
        sent = [
            [message.content for message in prompt.messages if message.role != "system"] for prompt in model.prompts
        ]
    assert len(sent[2]) == 1
    assert sent[3][:-1] == ["second?", "three"]
    assert sent[4][:-1] == ["other?", "two"]
    with fake_memo(tmp_path, model=ScriptedModel(["x"])) as memo:  # also after a restart
        assert [message.content for message in memo.prepare("sixth?", thread="a", recall=False).messages[1:-1]] == [
            "second?", "three", "third?", "four",
        ]  # fmt: skip
        assert len(memo.prepare("seventh?", thread="a", recall=False, fresh=True).messages) == 2
