"""A BERT of two layers with random weights: its tensors, the same computed with NumPy, and a folder that holds it."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from memo_jupyter.embed.convert import convert

NAMES = ("word", "position", "token_type")
HIDDEN, HEADS, LAYERS, WORDS, POSITIONS = 16, 4, 2, 12, 20


def weights(seed=0):
    random = np.random.default_rng(seed)

    def tensor(*shape):
        return random.normal(0, 0.5, shape).astype(np.float32)

    made = {
        "embeddings.word_embeddings.weight": tensor(WORDS, HIDDEN),
        "embeddings.position_embeddings.weight": tensor(POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": tensor(2, HIDDEN),
    }
    dense = {}
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}."
        for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            dense[layer + name] = (HIDDEN, HIDDEN)
        dense[layer + "intermediate.dense"] = (4 * HIDDEN, HIDDEN)
        dense[layer + "output.dense"] = (HIDDEN, 4 * HIDDEN)
    for name, shape in dense.items():
        made |= {f"{name}.weight": tensor(*shape), f"{name}.bias": tensor(shape[0])}
    norms = ["embeddings.LayerNorm"]
    norms += [f"encoder.layer.{n}.{part}.LayerNorm" for n in range(LAYERS) for part in ("attention.output", "output")]
    for name in norms:
        made |= {f"{name}.weight": 1 + tensor(HIDDEN), f"{name}.bias": tensor(HIDDEN)}
    return made


def last_hidden_state(tensors, ids, mask, kinds):
    def linear(x, name):
        return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt(x.var(-1, keepdims=True) + 1e-12) * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]

    def heads(x):
        return x.reshape(*x.shape[:2], HEADS, -1).transpose(0, 2, 1, 3)

    words, positions, types = (tensors[f"embeddings.{name}_embeddings.weight"] for name in NAMES)
    x = norm(words[ids] + positions[: ids.shape[1]] + types[kinds], "embeddings.LayerNorm")
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}."
        query, key, value = (heads(linear(x, f"{layer}attention.self.{part}")) for part in ("query", "key", "value"))
        scores = query @ key.swapaxes(-1, -2) / math.sqrt(HIDDEN // HEADS)
        scores = np.where(mask[:, None, None, :] == 1, scores, -np.inf)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        context = (shares @ value).transpose(0, 2, 1, 3).reshape(x.shape)
        x = norm(linear(context, layer + "attention.output.dense") + x, layer + "attention.output.LayerNorm")
        wide = linear(x, layer + "intermediate.dense")
        wide = wide * (1 + np.vectorize(math.erf)(wide / math.sqrt(2))) / 2
        x = norm(linear(wide, layer + "output.dense") + x, layer + "output.LayerNorm")
    return x


def write_folder(folder, pooling=None, model_file="model.onnx"):
    """Lay the encoder out as a repository on the hub is; give its tensors."""
    tensors = weights()
    (folder / model_file).parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    convert(folder / "model.safetensors", HEADS, folder / model_file)
    tokenizer = Tokenizer(
        models.WordLevel({"[PAD]": 0, "[UNK]": 1, "red": 2, "green": 3, "blue": 4}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 16, "pad_token": "[PAD]"}))
    (folder / "config.json").write_text(json.dumps({"hidden_size": HIDDEN, "pad_token_id": 0}))
    (folder / "special_tokens_map.json").write_text(json.dumps({"pad_token": "[PAD]", "unk_token": "[UNK]"}))
    if pooling is not None:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    return tensors


@pytest.fixture(scope="session")
def tiny_encoder():
    """What makes it, computes it, and writes it to a folder."""
    return SimpleNamespace(
        hidden=HIDDEN, heads=HEADS, words=WORDS, positions=POSITIONS,
        weights=weights, last_hidden_state=last_hidden_state, write_folder=write_folder,
    )  # fmt: skip
