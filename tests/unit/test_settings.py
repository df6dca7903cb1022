"""Settings that are changed while memo is in use."""

from pathlib import Path

import pytest
from traitlets.config import Config

from memo_jupyter.engine import Memo
from memo_jupyter.errors import BadInput
from memo_jupyter.testing import HashEmbedder, fake_memo

KEY = "sk-very-secret"
FACT = "The robust scaler gave an accuracy of 0.71 on the churn data."


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store") as opened:
        yield opened


def test_another_store_is_used_from_the_next_call_on(memo, tmp_path):
    memo.remember(FACT)
    memo.home = str(tmp_path / "other")
    assert memo.recent() == []
    kept = memo.remember("Something else.")
    assert [row.id for row in memo.recent()] == [kept.id]
    memo.home = str(tmp_path / "store")
    assert [row.opening for row in memo.recent()] == [FACT]


def test_another_place_of_the_index_is_used_from_the_next_call_on(memo, tmp_path):
    memo.remember(FACT)
    memo.index = str(tmp_path / "index")
    assert memo.recall("scaler")[0].record.text == FACT
    used = Path(memo.stats()["index"])
    assert used.parent == tmp_path / "index"  # each store has a folder of its own there
    assert (used / "catalog.sqlite3").exists()


@pytest.mark.parametrize("setting", ["embedder", "models"])
def test_another_embedding_model_is_used_from_the_next_call_on(memo, monkeypatch, setting):
    memo.remember(FACT)
    made = []
    monkeypatch.setattr(memo, "_make_embedder", lambda: made.append(HashEmbedder(32)) or made[-1])
    assert memo.recall("scaler")
    assert made == []
    setattr(memo, setting, "another")
    assert memo.recall("scaler")[0].record.text == FACT
    assert memo.recall("scaler")
    assert len(made) == 1


def test_an_answer_that_was_asked_before_the_store_was_changed_is_kept_where_it_was_asked(memo, tmp_path):
    memo.remember(FACT)
    answer = memo.ask("Which scaler gave the accuracy?")
    memo.home = str(tmp_path / "other")
    memo.remember("Something else.")
    assert answer.text
    assert len(memo.recent()) == 1
    memo.home = str(tmp_path / "store")
    assert {row.kind for row in memo.recent()} == {"note", "chat"}


def by_keyword(tmp_path, monkeypatch):
    return Memo(tmp_path, api_key=KEY)


def by_config(tmp_path, monkeypatch):
    return Memo(tmp_path, config=Config({"Memo": {"api_key": KEY}}))


def by_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("MEMO_API_KEY", KEY)
    return Memo(tmp_path)


def by_config_magic(tmp_path, monkeypatch):
    memo = Memo(tmp_path)
    memo.update_config(Config({"Memo": {"api_key": KEY}}))  # what `%config Memo.api_key = …` does
    return memo


@pytest.mark.parametrize("give", [by_keyword, by_config, by_environment, by_config_magic])
def test_the_key_works_however_it_is_given_and_is_never_shown(tmp_path, monkeypatch, give):
    memo = give(tmp_path, monkeypatch)
    assert memo.api_key == KEY
    assert f"Bearer {memo.api_key}" == f"Bearer {KEY}"
    shown = type(memo).class_get_help(memo)  # what `%config Memo` prints
    assert "Current: '(hidden)'" in shown
    assert KEY not in shown + repr(memo.api_key)


def test_that_there_is_no_key_is_shown(tmp_path):
    assert repr(Memo(tmp_path).api_key) == "''"


def test_a_key_of_the_wrong_type_is_refused_without_showing_it(tmp_path):
    with pytest.raises(BadInput, match="api_key is a text, not bytes") as caught:
        Memo(tmp_path, api_key=KEY.encode())
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_store_that_is_a_file_is_one_line(tmp_path, below):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="file is a file, and the store is a folder") as caught:
        Memo(tmp_path / "file" / below).remember(FACT)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize("address", ["not a url", "http:/127.0.0.1:8080", "hello world/", "x" * 300, "localhost:abc"])
def test_an_address_that_is_none_is_one_line_that_shows_how_to_write_one(tmp_path, address):
    with pytest.raises(BadInput, match="is not the address of a server") as caught:
        Memo(tmp_path, base_url=address).language_models()
    assert len(str(caught.value)) < 250
