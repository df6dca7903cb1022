"""Writes a BERT encoder's weights as an ONNX graph, and quantises it.

The weights that can be had without a hub are safetensors, and what runs them here is onnxruntime. The graph is the one
of Devlin et al., https://arxiv.org/abs/1810.04805, as the `BertModel` of Hugging Face names its tensors, from the
tokens' ids to the last hidden states; pooling and normalising are left to fastembed.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save
from safetensors.numpy import load_file

from memo_jupyter.embed.reports import turn_off_reports

if TYPE_CHECKING:
    from pathlib import Path

_OPSET = 17  # the first with LayerNormalization
_IR = 8
_NORM_EPSILON = 1e-12


def convert(weights: Path, heads: int, target: Path) -> None:
    """Write the encoder in `weights` (safetensors) to `target` (ONNX, float32).

    Its inputs are ``input_ids``, ``attention_mask`` and ``token_type_ids``, int64 of shape (batch, sequence); its
    output is ``last_hidden_state``, float32 of shape (batch, sequence, hidden).

    Parameters
    ----------
    heads : int
        The number of attention heads, which the weights do not tell.
    """
    graph = _Graph(load_file(weights))
    hidden = graph.weights["embeddings.word_embeddings.weight"].shape[1]
    layers = 1 + max(int(name.split(".")[2]) for name in graph.weights if name.startswith("encoder.layer."))
    states = _embeddings(graph)
    mask = _mask(graph)
    for number in range(layers):
        states = _layer(graph, f"encoder.layer.{number}.", states, mask, heads, hidden // heads)
    graph.node("Identity", [states], output="last_hidden_state")
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "sequence", hidden])
    made = helper.make_graph(graph.nodes, "bert", inputs, [output], graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    save(model, target)


def quantise(source: Path, target: Path) -> None:
    """Write `source` with its weights as int8: a quarter of the size, nearly twice as fast, and as good at retrieval.

    A scale for each channel costs nothing and is what makes it as good: mean cosine to float32 .993, against .954 with
    one scale a matrix.
    """
    turn_off_reports()
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415  # slow to import

    # It recommends, on the root logger, a step that is for float models with batch normalisation.
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        quantize_dynamic(source, target, weight_type=QuantType.QInt8, per_channel=True)
    finally:
        root.setLevel(level)


class _Graph:
    """Nodes and constants, as they are put together."""

    def __init__(self, weights: dict[str, np.ndarray[Any, Any]]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._known: dict[str, str] = {}

    def node(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        """Add a node; give the name of its output."""
        output = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=f"node_{len(self.nodes)}", **attributes))
        return output

    def constant(self, name: str, values: Any, dtype: type = np.int64) -> str:
        """Add a constant once; give its name."""
        if name not in self._known:
            self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
            self._known[name] = name
        return name

    def weight(self, name: str) -> str:
        """Add a tensor of the weights; give its name."""
        return self.constant(name, self.weights[name], np.float32)

    def linear(self, states: str, name: str) -> str:
        """Add a dense layer: states times the weight, plus the bias."""
        # Stored as (out, in); onnxruntime quantises a product only with a constant on its right.
        weight = self.constant(f"{name}.weight.T", self.weights[f"{name}.weight"].T.copy(), np.float32)
        return self.node("Add", [self.node("MatMul", [states, weight]), self.weight(f"{name}.bias")])

    def norm(self, states: str, name: str) -> str:
        """Add a layer normalisation over the last axis."""
        scale, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", [states, scale, bias], axis=-1, epsilon=_NORM_EPSILON)


def _embeddings(graph: _Graph) -> str:
    words = graph.node("Gather", [graph.weight("embeddings.word_embeddings.weight"), "input_ids"])
    kinds = graph.node("Gather", [graph.weight("embeddings.token_type_embeddings.weight"), "token_type_ids"])
    # The table's first rows, as many as the sequence is long: onnxruntime 1.32 fuses Range and Gather wrongly.
    length = graph.node("Slice", [graph.node("Shape", ["input_ids"]), *_ints(graph, 1, 2)])
    positions = graph.node(
        "Slice", [graph.weight("embeddings.position_embeddings.weight"), *_ints(graph, 0), length, *_ints(graph, 0)]
    )
    together = graph.node("Add", [graph.node("Add", [words, kinds]), positions])
    return graph.norm(together, "embeddings.LayerNorm")


def _ints(graph: _Graph, *values: int) -> list[str]:
    return [graph.constant(f"int_{value}", [value]) for value in values]


def _mask(graph: _Graph) -> str:
    """Make what is added to the attention scores: 0 where a token is, a huge negative number where none is."""
    expanded = graph.node("Unsqueeze", ["attention_mask", graph.constant("mask_axes", [1, 2])])
    present = graph.node("Cast", [expanded], to=TensorProto.FLOAT)
    absent = graph.node("Sub", [graph.constant("one", 1.0, np.float32), present])
    return graph.node("Mul", [absent, graph.constant("lowest", float(np.finfo(np.float32).min), np.float32)])


def _layer(graph: _Graph, name: str, states: str, mask: str, heads: int, size: int) -> str:
    attended = _attention(graph, name + "attention.", states, mask, heads, size)
    added = graph.node("Add", [graph.linear(attended, name + "attention.output.dense"), states])
    states = graph.norm(added, name + "attention.output.LayerNorm")
    widened = _gelu(graph, graph.linear(states, name + "intermediate.dense"))
    added = graph.node("Add", [graph.linear(widened, name + "output.dense"), states])
    return graph.norm(added, name + "output.LayerNorm")


def _attention(graph: _Graph, name: str, states: str, mask: str, heads: int, size: int) -> str:
    split = graph.constant("split_shape", [0, 0, heads, size])
    joined = graph.constant("joined_shape", [0, 0, heads * size])

    def by_head(part: str, order: list[int]) -> str:
        whole = graph.linear(states, f"{name}self.{part}")
        return graph.node("Transpose", [graph.node("Reshape", [whole, split])], perm=order)

    query, key, value = by_head("query", [0, 2, 1, 3]), by_head("key", [0, 2, 3, 1]), by_head("value", [0, 2, 1, 3])
    scaled = graph.node(
        "Div", [graph.node("MatMul", [query, key]), graph.constant("head_root", math.sqrt(size), np.float32)]
    )
    shares = graph.node("Softmax", [graph.node("Add", [scaled, mask])], axis=-1)
    context = graph.node("Transpose", [graph.node("MatMul", [shares, value])], perm=[0, 2, 1, 3])
    return graph.node("Reshape", [context, joined])


def _gelu(graph: _Graph, states: str) -> str:
    """Add x / 2 * (1 + erf(x / sqrt 2)), the exact form."""
    root = graph.constant("root_two", math.sqrt(2), np.float32)
    risen = graph.node(
        "Add", [graph.node("Erf", [graph.node("Div", [states, root])]), graph.constant("one", 1.0, np.float32)]
    )
    return graph.node("Mul", [graph.node("Mul", [states, risen]), graph.constant("half", 0.5, np.float32)])
