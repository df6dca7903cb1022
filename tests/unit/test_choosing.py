"""What `%memo models`, `%memo use` and `%memo doctor` tell, with servers on the usual ports or none."""

import time
from pathlib import Path

import pytest
from scripted_server import reply, serving

from memo_jupyter.arguments import read_line
from memo_jupyter.cli import Shell, main
from memo_jupyter.commands import Call, find
from memo_jupyter.engine import Memo
from memo_jupyter.errors import BadInput, EmbeddingError, EmbeddingModelMissing, UnknownModel
from memo_jupyter.llm import discovery
from memo_jupyter.testing import HashEmbedder

OLLAMA = {
    "/v1/models": reply({"object": "list", "data": [{"id": "qwen3:8b", "owned_by": "library"}]}),
    "/api/version": reply({"version": "0.12.6"}),
    "/api/tags": reply(
        {
            "models": [
                {"name": "llama3.2:1b", "details": {"family": "llama", "quantization_level": "Q8_0"}},
                {"name": "qwen3:8b", "details": {"family": "qwen3", "quantization_level": "Q4_K_M"}},
                {"name": "qwen3:30b", "details": {"family": "qwen3", "quantization_level": "Q4_K_M"}},
            ]
        }
    ),
    "/api/ps": reply({"models": [{"name": "qwen3:8b"}]}),
    "/api/show": reply({"model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40_960}}),
}
LOADING = {"/v1/models": reply({"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}, 503)}


class Notebook(Shell):
    """The commands' face in a notebook, as far as these commands need it."""

    prefix = "%memo"


class WordsMemo(Memo):
    """A real `Memo`, but for the embedding model."""

    def _make_embedder(self):
        return HashEmbedder()


@pytest.fixture
def ports(monkeypatch):
    def look_at(*ports):
        kinds = ("Ollama", "LM Studio", "llama.cpp", "vLLM", "Jan", "KoboldCpp", "GPT4All")
        monkeypatch.setattr(discovery, "WELL_KNOWN", tuple(zip(kinds, ports, strict=False)))

    look_at()
    return look_at


@pytest.fixture
def memo(tmp_path, ports):
    with WordsMemo(tmp_path) as made:
        yield made


def run(memo, line, face=None):
    word, _, rest = line.partition(" ")
    command = find(word, "%memo")
    given, text = read_line(rest, command.flags)
    return command.run(memo, Call(given, text, face or Notebook())).text(160)


def port_of(server):
    return int(server.base_url.rpartition(":")[2])


def rows(shown):
    return {line.split()[1 if line.startswith("answers") else 0]: line.split() for line in shown.splitlines()[1:]}


def test_models_lists_each_with_what_its_server_tells_and_marks_the_one_that_answers(memo, ports):
    with serving(OLLAMA) as server:
        ports(port_of(server))
        shown = run(memo, "models")
        memo.model = "llama"
        chosen = run(memo, "models")
    table = rows(shown)
    assert table["qwen3:8b"][:6] == ["answers", "qwen3:8b", "40,960", "Q4_K_M", "loaded", "Ollama"]
    assert table["llama3.2:1b"][:5] == ["llama3.2:1b", "40,960", "Q8_0", "not", "loaded"]
    assert "quote" in table
    assert rows(chosen)["llama3.2:1b"][0] == "answers"
    assert rows(chosen)["qwen3:8b"][0] == "qwen3:8b"


def test_models_lists_the_other_servers_too_where_one_is_named_and_none_of_those_answers(memo, ports):
    other = {"/v1/models": reply({"object": "list", "data": [{"id": "phi", "owned_by": "me"}]})}
    with serving(OLLAMA) as usual, serving(other) as named:
        ports(port_of(usual))
        memo.base_url = named.base_url
        memo.api_key = "a-key"
        shown = run(memo, "models")
        assert rows(shown)["phi"][0] == "answers"
        assert rows(shown)["qwen3:8b"][0] == "qwen3:8b"
        assert f"Only {named.base_url} is asked, as you set." in " ".join(shown.split())
        assert not any("a-key" in str(request.headers) for request in usual.requests)
        with pytest.raises(UnknownModel):
            memo.language_model("qwen3:8b")


def test_with_no_server_quote_answers_and_it_is_said_how_to_name_one(memo):
    shown = run(memo, "models")
    assert rows(shown)["quote"][0] == "answers"
    assert "%config Memo.base_url" in shown


def test_a_server_that_is_still_loading_is_listed_with_that(memo, ports):
    with serving(LOADING) as server:
        ports(port_of(server))
        shown = run(memo, "models")
    assert "still loading its model" in shown


def test_models_takes_less_than_a_second_with_a_server_that_tells_nothing_of_its_models(memo, ports):
    with serving(OLLAMA | {"/api/show": reply({}, 500)}) as server:
        ports(port_of(server))
        start = time.monotonic()
        shown = run(memo, "models")
        assert time.monotonic() - start < 1.0
    assert "40,960" not in shown
    assert "qwen3:30b" in shown


def test_a_server_that_was_named_and_is_gone_is_one_line_beside_quote(memo):
    memo.base_url = "http://127.0.0.1:9"
    shown = run(memo, "models")
    assert "Nothing answers at http://127.0.0.1:9" in shown
    assert "quote" in shown


def test_use_takes_a_part_of_the_name_and_holds_from_then_on(memo, ports):
    with serving(OLLAMA) as server:
        ports(port_of(server))
        shown = run(memo, "use llama 1b")
        assert memo.model == "llama3.2:1b"
        assert shown.startswith("llama3.2:1b answers from now on (Ollama at")
        assert memo.prepare("Which?").model == "llama3.2:1b"
        assert "first language model" in run(memo, "use --any")
        assert memo.prepare("Which?").model == "qwen3:8b"
        assert "quote answers" in run(memo, "use quote")
        assert memo.model == "quote"


def test_a_model_that_is_none_or_several_changes_nothing(memo, ports):
    with serving(OLLAMA) as server:
        ports(port_of(server))
        memo.model = "qwen3:8b"
        with pytest.raises(UnknownModel, match=r"Several models match 'qwen': qwen3:8b, qwen3:30b"):
            run(memo, "use qwen")
        with pytest.raises(UnknownModel, match=r"No reachable server has a model 'mistral'\. There are: qwen3:8b"):
            run(memo, "use mistral")
    assert memo.model == "qwen3:8b"


@pytest.mark.parametrize("line", ["models now", "doctor now", "use"])
def test_what_does_not_fit_is_one_line(memo, line):
    with pytest.raises(BadInput):
        run(memo, line)


def test_a_shell_says_where_a_choice_is_kept(capsys):
    assert main(["use", "qwen3:8b"]) == 1
    assert "set MEMO_MODEL=qwen3:8b" in capsys.readouterr().err


def test_the_doctor_finds_all_well(memo, ports):
    with serving(OLLAMA) as server:
        ports(port_of(server))
        memo.remember("The robust scaler gave 0.71.")
        shown = run(memo, "doctor")
    assert "All is well." in shown
    assert "qwen3:8b answers, window 40,960 tokens." in shown
    assert "1 memory in" in shown
    assert "works: 64 dimensions" in shown
    assert not [line for line in shown.splitlines() if line.startswith("mend")]


class NotSetUp(HashEmbedder):
    def embed(self, texts):
        raise EmbeddingModelMissing("Run %memo setup.")


class Failing(HashEmbedder):
    def embed(self, texts):
        raise EmbeddingError("The model says no.")


@pytest.mark.parametrize(
    ("embedder", "mends"), [(NotSetUp, "%memo setup gets it ready"), (Failing, "%memo setup --force")]
)
def test_the_doctor_names_what_mends_each_part_and_looks_at_all_of_them(tmp_path, ports, monkeypatch, embedder, mends):
    monkeypatch.setattr(WordsMemo, "_make_embedder", lambda self: embedder())
    with WordsMemo(tmp_path) as memo:
        shown = run(memo, "doctor")
        memo.base_url, memo.allow_hosts = "http://127.0.0.1:9", ["gpu.example"]
        named = run(memo, "doctor")
    assert mends in shown
    assert "`ollama serve`" in shown
    assert "Nothing leaves this computer." in shown
    assert "2 things want mending." in shown
    assert "%config Memo.base_url = '' looks" in named
    assert "Prompts may go to gpu.example" in named


def test_the_doctor_speaks_a_shells_words(memo):
    assert "%" not in run(memo, "doctor", Shell())


def test_the_doctor_tells_of_a_damaged_memory_and_of_a_store_that_cannot_be_written(memo, tmp_path, monkeypatch):
    record = memo.remember("A memory.")
    memo.recall("memory")  # once it is embedded, its file stays as it is
    (file,) = Path(tmp_path).rglob(f"{record.id}.memo")
    whole = file.read_bytes()
    file.write_bytes(b"rubbish")
    memo.verify()
    assert "1 memory damaged" in run(memo, "doctor")
    file.write_bytes(whole)  # from a backup, as it says
    memo.verify()
    assert "damaged" not in run(memo, "doctor")
    assert memo.verify() == []
    assert memo.recall("memory")
    monkeypatch.setattr("memo_jupyter.records.store.RecordStore.is_writable", lambda self: False)
    assert "which cannot be written" in run(memo, "doctor")
    assert "%config Memo.home = … names another folder." in " ".join(run(memo, "doctor").split())


def test_the_doctor_names_another_folder_where_the_store_cannot_even_be_made(tmp_path, ports):
    (tmp_path / "file").write_text("no folder")
    with WordsMemo(tmp_path / "file" / "store") as memo:
        assert "MEMO_HOME=… names another folder." in " ".join(run(memo, "doctor", Shell()).split())


def test_what_the_doctor_names_for_a_model_that_is_not_there_can_be_typed_where_it_is_read(memo, ports):
    with serving({"/v1/models": reply({"data": [{"id": "some", "owned_by": "x"}]})}) as server:
        ports(port_of(server))
        memo.model = "other"
        assert "%config Memo.model = … chooses one." in " ".join(run(memo, "doctor").split())
        shown = " ".join(run(memo, "doctor", Shell()).split())
    assert "jupyter memo models lists them; MEMO_MODEL=… chooses one." in shown
    assert "memo use" not in shown  # a shell would only refuse it


def test_the_doctor_says_that_a_window_is_assumed_where_none_is_told(memo, ports):
    with serving({"/v1/models": reply({"data": [{"id": "some", "owned_by": "x"}]})}) as server:
        ports(port_of(server))
        assert "4,096 tokens are assumed. If it has more: %config Memo.window" in " ".join(run(memo, "doctor").split())
