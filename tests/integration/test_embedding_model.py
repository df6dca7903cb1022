"""The real all-MiniLM-L6-v2, run by fastembed."""

import json
import os
import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest

from memo_jupyter.embed.fastembed_model import FastembedEmbedder
from memo_jupyter.embed.files import DEFAULT, folder_of
from memo_jupyter.embed.sources import setup_model
from memo_jupyter.errors import EmbeddingModelCorrupt
from memo_jupyter.index.chunks import Cutter

pytestmark = pytest.mark.model

PUBLISHED = [0.0677, 0.0635, 0.0487, 0.0793, 0.0374, 0.0027]
SENTENCES = [
    "This is an example sentence", "The robust scaler gave an accuracy of 0.71.", "KeyError: 'churn'",
    "df.groupby('region').mean()", "Bread is baked at night.", "Ein Satz auf Deutsch.",
]  # fmt: skip


@pytest.fixture(scope="module")
def embedder(model_folder):
    return FastembedEmbedder(DEFAULT, model_folder)


def test_the_known_embedding(embedder):
    (row,) = embedder.embed(["This is an example sentence"])
    assert row.shape == (384,)
    assert row.dtype == np.float32
    assert np.allclose(row[:6], PUBLISHED, atol=0.02)


@pytest.mark.long
def test_the_exact_weights_give_the_published_numbers_and_int8_is_near_them(embedder, tmp_path):
    setup_model(DEFAULT, tmp_path, precision="fp32")
    exact = FastembedEmbedder(DEFAULT, tmp_path).embed(SENTENCES)
    assert np.allclose(exact[0][:6], PUBLISHED, atol=0.0002)
    assert (exact * embedder.embed(SENTENCES)).sum(axis=1).min() > 0.97


def test_what_is_near_in_meaning_is_near(embedder):
    rows = embedder.embed(["The film was great", "A wonderful movie", "The stock market fell"])
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.3


def test_rows_are_unit_vectors_in_the_order_given_whatever_the_texts(embedder):
    texts = ["a", "long " * 400, "", "   ", "emoji 🦊", "nul \x00 byte", "中文句子", "x" * 100_000, *SENTENCES * 12]
    rows = embedder.embed(texts)
    assert rows.shape == (len(texts), 384)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)
    for place in (0, 1, 4, 6, 9, 40):
        assert rows[place] @ embedder.embed([texts[place]])[0] == pytest.approx(1, abs=1e-6)
    assert embedder.embed([]).shape == (0, 384)


def test_many_threads_may_ask_at_once(model_folder):
    embedder = FastembedEmbedder(DEFAULT, model_folder)
    expected = FastembedEmbedder(DEFAULT, model_folder).embed(SENTENCES[:1])[0]
    found = []
    threads = [threading.Thread(target=lambda: found.append(embedder.embed(SENTENCES[:1])[0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(row @ expected > 0.999 for row in found)


def test_a_folder_may_be_named_instead_of_a_model(embedder, model_folder):
    named = FastembedEmbedder(str(folder_of(DEFAULT, model_folder)), model_folder)
    assert named.fingerprint == embedder.fingerprint
    assert named.embed(["x"]).shape == (1, 384)


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_a_damaged_model_is_one_line_that_says_what_to_run(model_folder, tmp_path, file):
    shutil.copytree(folder_of(DEFAULT, model_folder), tmp_path / "model")
    path = tmp_path / "model" / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(EmbeddingModelCorrupt, match="setup --force"):
        FastembedEmbedder(str(tmp_path / "model"), tmp_path).embed(["x"])


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_one_flipped_bit_is_noticed(model_folder, tmp_path, file):
    shutil.copytree(folder_of(DEFAULT, model_folder), tmp_path / "model")
    path = tmp_path / "model" / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1  # onnxruntime loads such weights without a word
    path.write_bytes(data)
    with pytest.raises(EmbeddingModelCorrupt, match="setup --force"):
        FastembedEmbedder(str(tmp_path / "model"), tmp_path).embed(["x"])


SESSION = """
import json, os, sys
os.environ.pop("HF_HUB_OFFLINE", None)
seen = []
def hook(event, args):
    # urllib3, which fastembed brings in, makes a socket and binds it to ::1 to see if there is IPv6: nothing is sent
    probe = event == "socket.__new__" or (event == "socket.bind" and args[1][0] == "::1")
    if event.startswith("socket.") and not probe:
        seen.append([event, str(args)])
sys.addaudithook(hook)
from pathlib import Path
from memo_jupyter.embed.fastembed_model import FastembedEmbedder
from memo_jupyter.errors import EmbeddingModelMissing
for models in sys.argv[1:]:
    try:
        FastembedEmbedder("sentence-transformers/all-MiniLM-L6-v2", Path(models)).embed(["x"] * 40)
    except EmbeddingModelMissing:
        seen.append("missing")
print(json.dumps(seen))
"""


def test_embedding_asks_no_network_and_prints_nothing_with_a_model_and_without(model_folder, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SESSION, str(model_folder), str(tmp_path)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert json.loads(done.stdout) == ["missing"]
    assert done.stderr == ""


def test_a_process_that_forks_afterwards_is_not_warned(model_folder):
    code = (
        "import os, sys; from pathlib import Path; from memo_jupyter.embed.fastembed_model import FastembedEmbedder; "
        f"FastembedEmbedder({DEFAULT!r}, Path(sys.argv[1])).embed(['several words here'] * 100); "
        "pid = os.fork(); os._exit(0) if pid == 0 else os.waitpid(pid, 0)"
    )
    if not hasattr(os, "fork"):
        pytest.skip("this system does not fork")
    done = subprocess.run(
        [sys.executable, "-c", code, str(model_folder)], capture_output=True, text=True, check=True, timeout=120
    )
    assert "tokenizers" not in done.stderr


def test_setting_up_twice_does_nothing_the_second_time(model_folder):
    folder = folder_of(DEFAULT, model_folder)
    before = (folder / "model.onnx").stat().st_mtime_ns
    setup_model(DEFAULT, model_folder)
    assert (folder / "model.onnx").stat().st_mtime_ns == before


@pytest.mark.parametrize("sign", ["0.73125", "word", "df['x'].mean()", "记忆"])
def test_every_piece_of_a_long_text_is_read_to_its_end(embedder, sign):
    """A number is five tokens and a word one: what is cut by a count of characters is read in part, or in crumbs."""
    text = " ".join([sign] * (9000 // len(sign)))
    spans = Cutter(embedder).cut(text)
    assert len(spans) > 3
    pieces = [text[start:end] for start, end in spans[1:-1]]
    lengths = [len(embedder.tokenizer.encode(piece)) for piece in pieces]
    assert np.median(lengths) > 150
    assert max(lengths) <= embedder.max_tokens
    whole, ended = embedder.embed([pieces[0], f"{pieces[0].rpartition(sign)[0]}volcano"])
    assert whole @ ended < 0.9995  # another last word is another vector
