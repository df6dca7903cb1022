import logging

import numpy as np
import onnxruntime
import pytest
from safetensors.numpy import save_file

from memo_jupyter.embed.convert import convert, quantise


@pytest.fixture
def converted(tiny_encoder, tmp_path):
    tensors = tiny_encoder.weights()
    save_file(tensors, tmp_path / "model.safetensors")
    convert(tmp_path / "model.safetensors", tiny_encoder.heads, tmp_path / "model.onnx")
    return tensors, tmp_path / "model.onnx"


def run(path, ids, mask, kinds):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}
    return session.run(["last_hidden_state"], given)[0]


@pytest.mark.parametrize(("batch", "length"), [(1, 1), (3, 7), (2, 20)])
def test_the_graph_computes_what_bert_is_defined_as(tiny_encoder, converted, batch, length):
    tensors, path = converted
    random = np.random.default_rng(length)
    ids = random.integers(0, tiny_encoder.words, (batch, length))
    kinds = random.integers(0, 2, (batch, length))
    mask = (np.arange(length) < random.integers(1, length + 1, (batch, 1))).astype(np.int64)
    expected = tiny_encoder.last_hidden_state(tensors, ids, mask, kinds)
    found = run(path, ids, mask, kinds)
    assert found.shape == (batch, length, tiny_encoder.hidden)
    assert np.allclose(found[mask == 1], expected[mask == 1], atol=1e-4)


def test_what_is_masked_changes_nothing(converted):
    _, path = converted
    mask, kinds = np.array([[1, 1, 0]]), np.zeros((1, 3), np.int64)
    one, other = (run(path, np.array([[2, 3, last]]), mask, kinds) for last in (4, 5))
    assert np.allclose(one[:, :2], other[:, :2], atol=1e-6)


def test_int8_is_near_and_leaves_the_log_as_it_was(converted, tmp_path):
    _, path = converted
    level = logging.getLogger().level
    quantise(path, tmp_path / "int8.onnx")
    assert logging.getLogger().level == level
    ids, ones, kinds = np.array([[2, 3, 4]]), np.ones((1, 3), np.int64), np.zeros((1, 3), np.int64)
    one, other = (run(file, ids, ones, kinds).ravel() for file in (path, tmp_path / "int8.onnx"))
    assert one @ other / np.linalg.norm(one) / np.linalg.norm(other) > 0.99


def test_converting_twice_gives_the_same_bytes(tiny_encoder, converted, tmp_path):
    _, path = converted
    convert(tmp_path / "model.safetensors", tiny_encoder.heads, tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == path.read_bytes()
