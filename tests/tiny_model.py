"""Writes a language model of 1.8 MB with random weights, which the real llama-server loads in a moment.

It answers nonsense, but it answers: it streams, fills its window, obeys a JSON grammar, and at temperature 0 says the
same thing twice. The bytes are the same every time, so what a test saw yesterday it sees today.

Two tricks make the nonsense look like text. Channel 0 of every token's embedding is a large constant, which survives
the normalisation, so `output.weight[:, 0]` acts as a bias per token; byte and control tokens are pushed down with it.
The end token's bias says how soon the model stops.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, written with llama.cpp's own `gguf` package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gguf
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, LAYERS, HEADS, INNER = 128, 2, 4, 256
TRAINED_WINDOW = 32768
STOPS = -6.0
CONSTANT = 8.0  # the constant channel, against others of variance 1

WORDS = (
    "the",
    "and",
    "memory",
    "model",
    "answer",
    "because",
    "data",
    "computer",
    "question",
    "train",
    "vector",
    "local",
)
CONTROL = ("<|im_start|>", "<|im_end|>", "<think>", "</think>")

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The chat template of https://huggingface.co/docs/transformers/chat_templating, in its usual form."""

THINKS_AT_ONCE = CHATML.replace("<|im_start|>assistant\n{% endif", "<|im_start|>assistant\n<think>\n{% endif")
"""The same, but the template itself opens the reasoning, as DeepSeek-R1's does: only its end is ever streamed."""


def write_tiny_model(path: Path, *, template: str = CHATML, stops: float = STOPS) -> Path:
    """Write the model to `path`, and return it.

    Parameters
    ----------
    template : str
        The chat template, in Jinja.
    stops : float
        The end token's bias: below -8 the model practically never stops by itself, above 0 it stops soon.
    """
    tokens, kinds, scores = _vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(TRAINED_WINDOW)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(template)
    for name, tensor in _tensors(tokens, kinds, stops).items():
        writer.add_tensor(name, np.ascontiguousarray(tensor, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _vocabulary() -> tuple[list[bytes], list[int], list[float]]:
    kind = gguf.TokenType
    tokens: list[bytes] = [b"<unk>", b"<s>", b"</s>"]
    kinds = [int(kind.UNKNOWN), int(kind.CONTROL), int(kind.CONTROL)]
    tokens += [f"<0x{byte:02X}>".encode() for byte in range(256)]
    kinds += [int(kind.BYTE)] * 256
    # SentencePiece merges pairs, so every prefix of a word has to be a token for the word to be reached.
    pieces = [chr(code) for code in range(33, 127)] + ["\u2581"]
    for word in WORDS:
        spaced = "\u2581" + word
        pieces += [spaced[:length] for length in range(2, len(spaced) + 1)]
    unique = list(dict.fromkeys(pieces))
    tokens += [piece.encode() for piece in unique]
    kinds += [int(kind.NORMAL)] * len(unique)
    tokens += [name.encode() for name in CONTROL]
    kinds += [int(kind.CONTROL), int(kind.CONTROL), int(kind.USER_DEFINED), int(kind.USER_DEFINED)]
    # Longer pieces win.
    scores = [float(len(token)) if which == kind.NORMAL else 0.0 for token, which in zip(tokens, kinds, strict=True)]
    return tokens, kinds, scores


def _tensors(tokens: list[bytes], kinds: list[int], stops: float) -> dict[str, np.ndarray]:
    random = np.random.default_rng(20261122)

    def weights(*shape: int, scale: float) -> np.ndarray:
        return random.standard_normal(shape) * scale

    embedding = weights(len(tokens), WIDTH, scale=1.0)
    embedding[:, 0] = CONSTANT
    output = weights(len(tokens), WIDTH, scale=0.25)
    quiet = {gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.BYTE, gguf.TokenType.USER_DEFINED}
    output[:, 0] = [-8.0 if which in quiet else 0.0 for which in kinds]
    output[2, 0] = stops
    tensors = {"token_embd.weight": embedding, "output.weight": output, "output_norm.weight": np.ones(WIDTH)}
    for layer in range(LAYERS):
        block = {
            "attn_norm": np.ones(WIDTH),
            "ffn_norm": np.ones(WIDTH),
            **{
                name: weights(WIDTH, WIDTH, scale=WIDTH**-0.5) for name in ("attn_q", "attn_k", "attn_v", "attn_output")
            },
            "ffn_gate": weights(INNER, WIDTH, scale=WIDTH**-0.5),
            "ffn_up": weights(INNER, WIDTH, scale=WIDTH**-0.5),
            "ffn_down": weights(WIDTH, INNER, scale=INNER**-0.5),
        }
        # Nothing is written to the constant channel, so that it stays constant.
        block["attn_output"][0] = 0.0
        block["ffn_down"][0] = 0.0
        tensors |= {f"blk.{layer}.{name}.weight": tensor for name, tensor in block.items()}
    return tensors
