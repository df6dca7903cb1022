import json

import numpy as np
import pytest

from memo_jupyter.embed.fastembed_model import FastembedEmbedder
from memo_jupyter.embed.files import folder_of, is_ready
from memo_jupyter.embed.own import token_limit
from memo_jupyter.embed.sources import setup_model
from memo_jupyter.errors import EmbeddingModelCorrupt, EmbeddingModelMissing

TEXTS = ["red green", "blue", "red red green blue"]
IDS = np.array([[2, 3, 0, 0], [4, 0, 0, 0], [2, 2, 3, 4]])
CLS_OLD = {"word_embedding_dimension": 16, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}


def expected(tiny_encoder, tensors, pooling):
    mask = (IDS > 0).astype(np.int64)
    states = tiny_encoder.last_hidden_state(tensors, IDS, mask, np.zeros_like(IDS))
    rows = states[:, 0] if pooling == "cls" else (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("config", "pooling", "model_file"),
    [
        (None, "mean", "model.onnx"),
        (CLS_OLD, "cls", "model.onnx"),
        ({"pooling_mode": "cls", "include_prompt": True}, "cls", "onnx/model.onnx"),
        ({"pooling_mode_mean_tokens": True, "include_prompt": True}, "mean", "onnx/model.onnx"),
    ],
)
def test_a_folder_as_the_hub_lays_it_out_is_embedded_with_its_own_pooling(
    tiny_encoder, tmp_path, config, pooling, model_file
):
    tensors = tiny_encoder.write_folder(tmp_path / "tiny", config, model_file)
    before = sorted(tmp_path.rglob("*"))
    name = str(tmp_path / "tiny")
    assert is_ready(name, tmp_path)
    assert setup_model(name, tmp_path) == tmp_path / "tiny"
    embedder = FastembedEmbedder(name, tmp_path)
    assert (embedder.dim, embedder.max_tokens) == (16, 16)
    assert embedder.fingerprint.startswith(f"tiny:{pooling}:")
    rows = embedder.embed(TEXTS)
    assert rows.dtype == np.float32
    assert np.allclose(rows, expected(tiny_encoder, tensors, pooling), atol=1e-4)
    assert np.allclose(FastembedEmbedder(name, tmp_path).embed(TEXTS), rows)  # fastembed knows the folder by now
    assert sorted(tmp_path.rglob("*")) == before  # nothing is written into it


def test_half_surrogates_and_other_odd_texts_are_embedded(tiny_encoder, tmp_path):
    tiny_encoder.write_folder(tmp_path / "tiny")
    rows = FastembedEmbedder(str(tmp_path / "tiny"), tmp_path).embed(["red \ud800", "\x00", "", "   ", "🦊"])
    assert rows.shape == (5, 16)
    assert np.isfinite(rows).all()


def test_other_weights_are_another_fingerprint(tiny_encoder, tmp_path):
    tiny_encoder.write_folder(tmp_path / "tiny")
    before = FastembedEmbedder(str(tmp_path / "tiny"), tmp_path).fingerprint
    with (tmp_path / "tiny" / "model.onnx_data").open("wb") as file:
        file.write(b"weights kept beside the graph")
    assert FastembedEmbedder(str(tmp_path / "tiny"), tmp_path).fingerprint != before


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", "{}"), ("config.json", "[]"), ("config.json", '{"hidden_size": 8}'), ("tokenizer.json", "{"),
        ("tokenizer_config.json", None), ("model.onnx", "not ONNX"),
        ("1_Pooling/config.json", '{"pooling_mode_max_tokens": true}'),
    ],
)  # fmt: skip
def test_what_is_amiss_with_a_folder_is_said_on_one_line(tiny_encoder, tmp_path, file, content):
    folder = tmp_path / "tiny"
    tiny_encoder.write_folder(folder, {})
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    (folder / file).unlink() if content is None else (folder / file).write_text(content)
    for failing in (lambda: FastembedEmbedder(str(folder), tmp_path).embed(["red"]),
                    lambda: setup_model(str(folder), tmp_path)):  # fmt: skip
        with pytest.raises(EmbeddingModelCorrupt, match=r"cannot be used .*It needs model\.onnx") as caught:
            failing()
        assert "\n" not in str(caught.value)
        assert "setup" not in str(caught.value)  # it would not help


def test_a_folder_without_a_model_says_what_it_needs(tmp_path):
    for name in (str(tmp_path), str(tmp_path / "nowhere")):
        assert not is_ready(name, tmp_path)
        with pytest.raises(EmbeddingModelMissing, match=r"It needs model\.onnx"):
            FastembedEmbedder(name, tmp_path).embed(["x"])
        with pytest.raises(EmbeddingModelMissing, match=r"It needs model\.onnx"):
            setup_model(name, tmp_path)


def test_an_unrelated_folder_beside_the_notebook_does_not_hide_a_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org" / "model").mkdir(parents=True)
    assert folder_of("org/model", tmp_path / "models") == tmp_path / "models" / "org--model"
    (tmp_path / "org" / "model" / "model.onnx").touch()
    assert folder_of("org/model", tmp_path / "models") == tmp_path / "org" / "model"


@pytest.mark.parametrize(
    ("config", "limit"),
    [
        ({"model_max_length": 512, "max_length": 128}, 128), ({"model_max_length": 1e30}, 8192), ({}, 8192),
        ({"model_max_length": None, "max_length": 64}, 64),
    ],
)  # fmt: skip
def test_the_limit_is_the_one_that_fastembed_cuts_at(tmp_path, config, limit):
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    assert token_limit(tmp_path) == limit
