import errno
import os
import shutil
import time
from datetime import datetime, timezone

import pytest

from memo_jupyter.config import store_folder
from memo_jupyter.engine import Memo
from memo_jupyter.errors import (
    BadInput,
    BrokenReply,
    EmbeddingModelMissing,
    PromptTooLong,
    ServerUnreachable,
    StoreUnwritable,
    UnknownId,
)
from memo_jupyter.records.disk import Disk
from memo_jupyter.testing import HashEmbedder, ScriptedModel, fake_memo
from memo_jupyter.types import PARTIAL

FACT = "The robust scaler gave an accuracy of 0.71 on the churn data."


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store", ["It was the robust scaler [1]."]) as opened:
        yield opened


def test_what_is_remembered_is_recalled_with_reasons(memo):
    record = memo.remember(FACT, thread="churn", source={"notebook": "a.ipynb"}, tags=["x"])
    (hit, *_) = memo.recall("which scaler was accurate?")
    assert hit.record.id == record.id
    assert hit.record.vectors
    assert hit.score == pytest.approx(sum(hit.why.values()))
    assert hit.excerpt == FACT


def test_it_is_there_after_closing_and_opening(tmp_path):
    with fake_memo(tmp_path) as memo:
        record = memo.remember(FACT)
    with fake_memo(tmp_path) as memo:
        assert memo.get(record.id).text == FACT
        assert memo.recall("scaler")[0].record.id == record.id


def test_two_handles_see_one_memory(tmp_path):
    with fake_memo(tmp_path) as one, fake_memo(tmp_path) as other:
        assert other.recall("scaler") == []
        record = one.remember(FACT)
        assert [hit.record.id for hit in other.recall("scaler")] == [record.id]
        one.forget(record.id)
        assert other.recall("scaler") == []
        with pytest.raises(UnknownId):
            other.get(record.id)


def test_asking_streams_uses_memory_and_stores_the_interaction(memo):
    noted = memo.remember(FACT)
    answer = memo.ask("Which scaler was best?", thread="churn")
    assert len(list(answer)) > 3
    assert answer.text == "It was the robust scaler [1]."
    assert [hit.record.id for hit in answer.recalled] == [noted.id]
    assert FACT in answer.prompt.messages[-1].content
    kept = memo.get(answer.record.id)
    assert (kept.kind, kept.prompt, kept.response) == ("chat", "Which scaler was best?", answer.text)
    assert (kept.author, kept.thread) == ("scripted", "churn")


def test_nothing_is_sent_before_the_answer_is_wanted(tmp_path):
    model = ScriptedModel(["x"])
    with fake_memo(tmp_path, model=model) as memo:
        answer = memo.ask("hello")
        memo.prepare("hello")
        assert model.prompts == []
        assert answer.text == "x"
        assert len(model.prompts) == 1


def test_no_recall_and_no_remember(memo):
    memo.remember(FACT)
    answer = memo.ask("Which scaler?", recall=False, remember=False)
    assert answer.text
    assert answer.recalled == ()
    assert answer.record is None
    assert [row.kind for row in memo.recent()] == ["note"]


def test_a_thread_goes_on_and_does_not_mix_with_another(tmp_path):
    model = ScriptedModel(["first", "second", "third"])
    with fake_memo(tmp_path, model=model) as memo:
        for prompt, thread in [("one", "a"), ("two", "a"), ("three", "b")]:
            assert memo.ask(prompt, thread=thread, recall=False).text
    roles = [[message.content for message in prompt.messages[1:]] for prompt in model.prompts]
    assert roles == [["one"], ["one", "first", "two"], ["three"]]


def test_a_quoted_answer_is_neither_recalled_nor_a_turn(tmp_path):
    with fake_memo(tmp_path) as memo:
        memo.remember(FACT)
        assert "0.71" in memo.ask("Which scaler accuracy?").text
    model = ScriptedModel(["x"])
    with fake_memo(tmp_path, model=model) as memo:
        answer = memo.ask("Which scaler accuracy?")
        assert answer.text
        assert [hit.record.kind for hit in answer.recalled] == ["note"]
        assert len(model.prompts[0].messages) == 2


def test_a_thread_goes_on_over_quotes_a_restart_and_two_hundred_turns(tmp_path):
    model = ScriptedModel(["answer"])
    with fake_memo(tmp_path, model=model) as memo:
        for number in range(200):
            assert memo.ask(f"question {number}", thread="t 🧪", recall=False).text
    with fake_memo(tmp_path) as memo:  # the server is gone for a while, and memories are quoted
        memo.remember(FACT)
        for _ in range(5):
            assert "0.71" in memo.ask("Which scaler accuracy?", thread="t 🧪").text
    model = ScriptedModel(["answer"])
    with fake_memo(tmp_path, model=model) as memo:
        assert memo.ask("and now?", thread="t 🧪", recall=False).text
        assert memo.ask("a new one", thread="t 🧪", recall=False, fresh=True).text
        assert memo.ask("and this?", thread="t 🧪", recall=False).text
    asked = [[one.content for one in prompt.messages[1:] if one.role == "user"] for prompt in model.prompts]
    assert asked == [
        [*(f"question {number}" for number in range(196, 200)), "and now?"],
        ["a new one"],
        ["a new one", "and this?"],
    ]


def test_a_turn_that_is_sent_as_such_is_not_recalled_beside_itself(tmp_path):
    with fake_memo(tmp_path, ["The robust scaler, with 0.71."]) as memo:
        first = memo.ask("Which scaler was best?", thread="a").record
        assert first.id not in [hit.record.id for hit in memo.ask("Which scaler was best?", thread="a").recalled]
        assert first.id in [hit.record.id for hit in memo.ask("Which scaler was best?", thread="b").recalled]


def test_the_quote_model_says_that_it_quotes_and_how_to_start_a_model(tmp_path):
    with fake_memo(tmp_path) as memo:
        memo.remember(FACT)
        answer = memo.ask("Which scaler gave the accuracy?")
        assert answer.text.startswith(f"> {FACT} [1]")
        assert "ollama serve" in answer.notices[0]


@pytest.mark.parametrize(("setting", "model"), [("", "quote"), ("quote", None)])
def test_the_quote_model_that_was_chosen_does_not_say_that_no_model_is_running(tmp_path, setting, model):
    from memo_jupyter.status import status_page

    with fake_memo(tmp_path) as memo:
        memo.remember(FACT)
        memo.model = setting
        answer = memo.ask("Which scaler gave the accuracy?", model=model)
        assert answer.text
        assert answer.notices[0].startswith("As chosen, the model quote answers")
        assert ("quote, as chosen" in status_page(memo, "%memo").text()) == bool(setting)


def test_a_stopped_answer_is_kept_marked_partial(memo):
    answer = memo.ask("x", recall=False)
    for _ in answer:
        answer.stop()
    assert answer.partial
    assert answer.so_far == "It"
    assert memo.get(answer.record.id).tags == (PARTIAL,)


class Cut(ScriptedModel):
    """A server that is gone in mid-stream."""

    def stream(self, prompt, options):
        stream = super().stream(prompt, options)

        def cut():
            for number, delta in enumerate(type(stream).__iter__(stream)):
                if number == 2:
                    raise BrokenReply("The answer was cut.")
                yield delta

        class Stream:
            usage = stream.usage
            stop = stream.stop
            __iter__ = staticmethod(cut)

        return Stream()


def test_a_cut_answer_is_kept_marked_partial_and_the_error_is_told(tmp_path):
    with fake_memo(tmp_path, model=Cut(["one two three four"])) as memo:
        answer = memo.ask("x")
        with pytest.raises(BrokenReply):
            assert answer.text
        assert answer.so_far == "one two"
        assert memo.get(answer.record.id).tags == (PARTIAL,)


def test_a_prompt_that_the_server_finds_too_long_is_fitted_once_more(tmp_path):
    model = ScriptedModel([PromptTooLong("too long", prompt_tokens=900, window=600), "fine"], window=None)
    with fake_memo(tmp_path, model=model) as memo:
        memo.remember_many([f"note {number} " + "word " * 200 for number in range(5)], progress=False)
        answer = memo.ask("note word?")
        assert answer.text == "fine"
        assert model.prompts[1].window == 600
        assert model.prompts[1].tokens <= 450
        assert answer.dropped


def test_if_it_is_still_too_long_the_error_is_told(tmp_path):
    with fake_memo(tmp_path, [PromptTooLong("too long")]) as memo, pytest.raises(PromptTooLong):
        assert memo.ask("hello").text


def test_a_server_that_is_gone_is_looked_for_once_more(tmp_path):
    with fake_memo(tmp_path, [ServerUnreachable("gone"), "back"]) as memo:
        assert memo.ask("hello").text == "back"


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t\n"])
def test_an_empty_prompt_is_one_line(memo, prompt):
    with pytest.raises(BadInput, match="prompt is empty"):
        memo.ask(prompt)
    with pytest.raises(BadInput, match="query is empty"):
        memo.recall(prompt)
    with pytest.raises(BadInput, match="nothing to remember"):
        memo.remember(prompt)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "nut"}, "There is no kind 'nut'; a memory is one of chat"),
        ({"created": "yesterday-ish"}, "Write it like 2026-05-07"),
        ({"created": "1901-01-01"}, "before 1970"),
        ({"tags": "churn"}, "Tags are a list"),
        ({"author": 5}, "The author of a memory is a text"),
        ({"source": {"page": 1.5}}, "a source is a dict"),
    ],
)
def test_a_field_that_does_not_fit_is_one_line_and_nothing_is_kept(memo, fields, words):
    with pytest.raises(BadInput, match=words):
        memo.keep(text="x", **fields)
    assert memo.recent() == []


def test_created_may_be_given_and_orders_the_list(memo):
    memo.remember("new")
    old = memo.remember("old", created=datetime(2023, 5, 7, tzinfo=timezone.utc))
    assert [row.opening for row in memo.recent()] == ["new", "old"]
    assert memo.get(old.id).created.year == 2023
    assert [row.opening for row in memo.recent(until="2024-01-01")] == ["old"]


def test_many_are_remembered_in_the_order_given(memo):
    records = memo.remember_many((f"fact {number}" for number in range(150)), progress=False)
    assert [record.text for record in records] == [f"fact {number}" for number in range(150)]
    assert memo.recall("fact 77", k=1)[0].record.id == records[77].id
    with pytest.raises(BadInput, match=r"no field 'txt'\. Did you mean text"):
        memo.remember_many([{"txt": "x"}], progress=False)


def test_forgetting_is_for_good(tmp_path):
    with fake_memo(tmp_path) as memo:
        gone = memo.remember("the zanzibar constant is 42")
        memo.remember(FACT)
        memo.recall("zanzibar")
        vector = memo.get(gone.id).vectors[0].values
        assert memo.forget(gone.short_id) == [gone.id]
        for path in tmp_path.rglob("*"):
            if path.is_file():
                assert b"zanzibar" not in path.read_bytes().lower(), path
                assert vector not in path.read_bytes(), path
        assert [hit.record.text for hit in memo.recall("zanzibar scaler")] == [FACT]


def test_forgetting_an_unknown_id_forgets_nothing(memo):
    record = memo.remember(FACT)
    with pytest.raises(UnknownId):
        memo.forget([record.id, "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
    with pytest.raises(BadInput, match="Name what to forget"):
        memo.forget()
    assert memo.get(record.id)


def test_a_thread_or_a_time_is_forgotten_whole(memo):
    memo.remember("a", thread="t")
    memo.remember("b", created="2020-01-01")
    kept = memo.remember("c")
    assert len(memo.forget(thread="t")) == 1
    assert len(memo.forget(before="2021-01-01")) == 1
    assert [row.id for row in memo.recent()] == [kept.id]


def test_a_store_that_is_deleted_while_it_is_open_is_made_anew(tmp_path):
    with fake_memo(tmp_path / "s") as memo:
        memo.remember(FACT)
        memo.recall(FACT)
        shutil.rmtree(tmp_path / "s")
        assert memo.recall(FACT) == []
        kept = memo.remember("something new")
        assert [row.id for row in memo.recent()] == [kept.id]
        assert memo.recall("something new", k=1)[0].record.id == kept.id
        assert memo.verify() == []


def test_an_id_may_be_given_by_its_ending_if_that_is_clear(memo):
    record = memo.remember(FACT)
    assert memo.get(record.short_id.lower()).id == record.id  # only the id: it may be embedded in between
    for wrong in ("", "x", "ZZZZZZZZ", "../../x"):
        with pytest.raises(UnknownId):
            memo.get(wrong)


def test_a_lost_index_is_made_anew_without_embedding_again(tmp_path):
    with fake_memo(tmp_path / "s") as memo:
        records = memo.remember_many([FACT, "something else"], progress=False)
    for path in sorted((tmp_path / "s/index").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()

    class Counting(HashEmbedder):
        texts = 0

        def embed(self, texts):
            self.texts += len(texts)
            return super().embed(texts)

    embedder = Counting()
    with fake_memo(tmp_path / "s", embedder=embedder) as memo:
        assert memo.recall("scaler")[0].record.id == records[0].id
        assert embedder.texts == 1


def test_a_damaged_catalog_is_made_anew_and_the_user_is_told(tmp_path):
    with fake_memo(tmp_path) as memo:
        record = memo.remember(FACT)
    for path in (tmp_path / "index").glob("catalog.sqlite3*"):
        path.write_bytes(b"garbage" * 1000)
    with fake_memo(tmp_path) as memo:
        assert memo.recall("scaler")[0].record.id == record.id
        assert "made anew" in memo.take_notices()[0]
        assert memo.take_notices() == []


def test_a_garbage_record_is_reported_and_the_rest_goes_on(tmp_path):
    with fake_memo(tmp_path) as memo:
        bad, good = memo.remember_many([FACT, FACT + " Again."], progress=False)
        (tmp_path / "records" / f"{bad.created:%Y/%m/%d}" / f"{bad.id}.memo").write_bytes(b"garbage")
        assert [hit.record.id for hit in memo.recall("scaler")] == [good.id]
        assert "set aside" in memo.take_notices()[0]
        assert memo.stats()["damaged"] == [bad.id]
        assert [hit.record.id for hit in memo.recall("scaler")] == [good.id]
        assert memo.take_notices() == []
        assert memo.forget(bad.id) == [bad.id]
        assert memo.stats()["damaged"] == []


def test_a_record_whose_writer_died_before_indexing_is_found_at_the_next_opening(tmp_path):
    with fake_memo(tmp_path) as memo:
        memo.remember("first")
        record = memo.remember(FACT)
        memo._open().index.remove([record.id])  # as if the process had died in between
    with fake_memo(tmp_path) as memo:
        assert memo.recall("scaler")[0].record.id == record.id


def test_a_vector_that_is_in_the_record_and_waits_in_the_index_is_nothing_amiss(tmp_path):
    with fake_memo(tmp_path / "store") as memo:
        record = memo.remember("The kernel died between the two.")
        memo._open().indexer.catch_up()
        with memo._open().index.catalog.transaction(write=True) as db:
            db.execute("INSERT INTO waiting SELECT chunk FROM vectors")
            db.execute("DELETE FROM vectors")
        memo._open().indexer.close()
        assert memo.get(record.id).vectors
        assert memo.verify() == []


def test_verify_finds_what_is_missing_and_mends_it(tmp_path):
    with fake_memo(tmp_path) as memo:
        one, two = memo.remember_many([FACT, "other"], progress=False)
        assert memo.verify() == []
        memo._open().index.remove([one.id])
        memo._open().store.path(two.id).unlink()
        assert len(memo.verify()) == 2
        assert memo.verify() == []
        assert memo.recall("scaler")[0].record.id == one.id


class FullDisk(Disk):
    def write(self, path, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_answer_that_cannot_be_stored_is_still_shown_and_that_is_said(memo):
    memo.remember(FACT)
    memo._open().store.disk = FullDisk()
    answer = memo.ask("Which scaler?")
    assert answer.text == "It was the robust scaler [1]."
    assert answer.record is None
    assert "not remembered" in answer.notices[-1]
    with pytest.raises(StoreUnwritable, match="full"):
        memo.remember("x")


class NoModel(HashEmbedder):
    def embed(self, texts):
        raise EmbeddingModelMissing("The embedding model is not set up. Run %memo setup.")


def test_without_an_embedding_model_notes_are_kept_and_questions_say_what_to_run(tmp_path):
    with fake_memo(tmp_path, embedder=NoModel()) as memo:
        record = memo.remember(FACT)
        (many,) = memo.remember_many(["another"], progress=False)
        with pytest.raises(EmbeddingModelMissing, match="memo setup"):
            memo.recall("scaler")
        with pytest.raises(EmbeddingModelMissing, match="memo setup"):
            memo.ask("scaler")
    with fake_memo(tmp_path) as memo:
        assert memo.recall("scaler", k=1)[0].record.id == record.id
        assert memo.get(many.id).vectors


def test_settings_come_from_keywords_then_config_then_environment(tmp_path, monkeypatch):
    from traitlets.config import Config

    monkeypatch.setenv("MEMO_K", "3")
    monkeypatch.setenv("MEMO_MODEL", "from-environment")
    monkeypatch.setenv("MEMO_ALLOW_HOSTS", "a.example, b.example")
    monkeypatch.setenv("MEMO_TEMPERATURE", "0")
    memo = Memo(
        tmp_path, config=Config({"Memo": {"model": "from-config", "base_url": "http://x"}}), base_url="http://y"
    )
    assert (memo.k, memo.model, memo.base_url) == (3, "from-config", "http://y")
    assert memo.allow_hosts == ["a.example", "b.example"]
    assert memo.temperature == 0.0


def test_a_setting_that_does_not_fit_is_one_line(tmp_path, monkeypatch):
    with pytest.raises(BadInput, match="Did you mean base_url"):
        Memo(tmp_path, base_ulr="http://x")
    with pytest.raises(BadInput, match="k"):
        Memo(tmp_path, k="many")
    monkeypatch.setenv("MEMO_TIMEOUT", "soon")
    with pytest.raises(BadInput, match="MEMO_TIMEOUT='soon'"):
        Memo(tmp_path)


def test_the_store_is_the_nearest_memo_folder_unless_one_is_named(tmp_path, monkeypatch):
    (tmp_path / ".memo").mkdir()
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert store_folder("", inner) == tmp_path / ".memo"
    assert store_folder(str(tmp_path / "x"), inner) == tmp_path / "x"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / ".memo").rmdir()
    assert store_folder("", inner).is_relative_to(tmp_path / "data")


def test_a_long_text_is_found_by_its_tail(memo):
    text = "\n\n".join(f"Paragraph {number} is about nothing much at all." for number in range(100)) + "\n\nZanzibar!"
    memo.remember_many(["other"] * 3 + [text], progress=False)
    (hit, *_) = memo.recall("zanzibar")
    assert "Zanzibar" in hit.excerpt
    assert hit.record.text == text


def test_the_index_is_published_in_the_background(tmp_path):
    with fake_memo(tmp_path, publish_after=50) as memo:
        memo.remember_many([f"fact {number}" for number in range(80)], progress=False)
        until = time.monotonic() + 20
        while not (tmp_path / "index/CURRENT").exists() and time.monotonic() < until:
            time.sleep(0.02)
        assert (tmp_path / "index/CURRENT").exists()
        assert memo.recall("fact 33", k=1)[0].record.text == "fact 33"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda memo: memo.remember(None), "nothing to remember"),
        (lambda memo: memo.remember("x", tags="ab"), "Tags are a list"),
        (lambda memo: memo.remember("x", tags=5), "Tags are a list"),
        (lambda memo: memo.remember("x", source="here"), "a source is a dict"),
        (lambda memo: memo.remember_many("abc"), "Many memories are a list"),
        (lambda memo: memo.remember_many(None), "Many memories are a list"),
        (lambda memo: memo.remember_many([None], progress=False), "a dict of its fields, not NoneType"),
        (lambda memo: memo.recall(None), "The query is a text, not NoneType"),
        (lambda memo: memo.recall("x", k=0), "k, how many memories to find, is a whole number, 1 or more, not 0"),
        (lambda memo: memo.recall("x", k=-1), "1 or more, not -1"),
        (lambda memo: memo.recall("x", k="3"), "whole number, 1 or more, not '3'"),
        (lambda memo: memo.recall("x", thread=5), "The thread is a text, not int"),
        (lambda memo: memo.recall("x", tags=[5]), "One of the tags is a text, not int"),
        (lambda memo: memo.recall("x", kinds=5), "The kinds are a list of texts, not int"),
        (lambda memo: memo.recent(limit=-1), "The limit, how many memories to list, is a whole number, 1 or more"),
        (lambda memo: memo.recent(0), "1 or more, not 0"),
        (lambda memo: memo.ask(None), "The prompt is a text, not NoneType"),
        (lambda memo: memo.ask("x", k=-1), "k, how many memories to recall, is a whole number, 0 or more, not -1"),
        (lambda memo: memo.prepare("x", k=2.5), "0 or more, not 2.5"),
        (lambda memo: memo.ask("x", thread=5), "The thread is a text"),
        (lambda memo: memo.ask("x", model=5), "The model is a text"),
        (lambda memo: memo.get(None), "The id of a memory is a text, not NoneType"),
    ],
)
def test_an_argument_that_does_not_fit_is_one_line(memo, call, words):
    with pytest.raises(BadInput, match=words) as caught:
        call(memo)
    assert "\n" not in str(caught.value)
    assert memo.recent() == []


def test_arguments_that_are_unusual_and_clear_are_taken(memo):
    record = memo.remember(FACT, tags=(tag for tag in ("a", "b")))
    assert memo.get(record.id).tags == ("a", "b")
    assert memo.get(memo.remember("x", tags=None).id).tags == ()
    assert [row.id for row in memo.recent(10**30, tags="a", kinds="note")] == [record.id]
    assert [hit.record.id for hit in memo.recall("scaler", k=10**9, tags="b")] == [record.id]
    assert memo.ask("scaler", k=0).recalled == ()
