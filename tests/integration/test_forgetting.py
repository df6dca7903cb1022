"""Forgotten means gone: no byte of a text, no word that only it had, and no vector stays in any file.

The real embedding model, a real graph on the disk, and a second process that has everything open.
"""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from dictionaries import words_under

from memo_jupyter import Memo

pytestmark = pytest.mark.model

GONE = "Xylozanthine melts at quibberish temperatures, wrote Dr. Örtzgül-Næss about zanzibarite."
WORDS = ["xylozanthine", "quibberish", "örtzgül", "næss", "zanzibarite"]
STEMS = ["xylozanthin", "quibberish", "ortzgul", "næss", "zanzibarit"]
COMMON = "temperature"  # another record has it too

OTHER = """
import sys
from memo_jupyter import Memo
with Memo(sys.argv[1], models=sys.argv[2], publish_after=50) as memo:
    for line in sys.stdin:
        print([hit.record.id for hit in memo.recall(line.strip(), k=5)], flush=True)
"""


@pytest.fixture
def other(tmp_path, model_folder):
    """Another process on the same store: recalls what is written to it."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, tmp_path / "store", model_folder],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip

    def ask(query):
        process.stdin.write(query + "\n")
        process.stdin.flush()
        return process.stdout.readline()

    yield ask
    with process:
        process.stdin.close()


def files(folder):
    """Read every file, as it is on the disk now; one that goes meanwhile is no more."""
    for inside, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                yield Path(inside, name), Path(inside, name).read_bytes()


def traces(folder, vectors):
    """List which pieces of the memory are found, and where."""
    pieces = {word: word.encode() for word in [GONE, GONE[3:40], *WORDS]}
    for number, vector in enumerate(vectors):
        for name, kind in (("half", "<f2"), ("single", "<f4")):
            stored = vector.astype(kind).tobytes()
            pieces |= {f"{name} {number} at {at}": stored[at : at + 16] for at in range(0, len(stored), 128)}
    found = {
        (name, path.relative_to(folder).parts[0:2])
        for path, data in files(folder)
        for name, piece in pieces.items()
        if piece in data or (name in WORDS and piece in data.lower())
    }
    found |= {(term, "dictionary") for term in words_under(folder) if term in (*WORDS, *STEMS)}
    for path, data in files(folder):
        if path.name == "dense.hnsw":
            found |= {("near", number) for number, vector in enumerate(vectors) if near(data, vector)}
    return found


def near(data, vector):
    """Tell whether any vector in the graph's file, one that was marked as deleted too, is nearly this one."""
    raw = np.frombuffer(data[: len(data) // 4 * 4], "<f4")
    # hnswlib gives no vector that is marked as deleted, so the file itself is looked at, at every place.
    windows = np.lib.stride_tricks.sliding_window_view(raw, len(vector))
    scores = np.concatenate([part @ vector for part in np.array_split(windows, 64)])
    norms = np.sqrt(np.concatenate([(part.astype("f8") ** 2).sum(1) for part in np.array_split(windows, 64)]))
    with np.errstate(all="ignore"):
        return bool(np.nanmax(np.where(norms < 2, scores / norms, 0)) > 0.98)


def published(folder):
    """Wait until a generation and a segment are there and nothing is being written."""
    until = time.monotonic() + 30
    while not (folder / "index" / "CURRENT").exists() or not list(folder.glob("index/words/[0-9]*")):
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(0.3)


@pytest.mark.parametrize("way", ["id", "query"])
def test_nothing_of_a_forgotten_memory_is_in_any_file(tmp_path, model_folder, other, way):
    store = tmp_path / "store"
    with Memo(store, models=str(model_folder), publish_after=50) as memo:
        facts = [f"Sample {number} had a temperature of {number * 7 % 90} degrees." for number in range(80)]
        memo.remember_many(facts[:40], progress=False)
        gone = memo.remember_many(
            [{"text": GONE, "thread": "secret", "source": {"path": "/lab/secret.txt"}, "created": "2019-05-05"}],
            progress=False,
        )[0]
        memo.remember_many(facts[40:], progress=False)
        memo.recall("temperature")
        memo._open().indexer.wake()
        published(store)
        assert gone.id in other("xylozanthine zanzibarite")
        vectors = [np.frombuffer(one.values, "<f2").astype("<f4") for one in gone.vectors]
        before = traces(store, vectors)
        # Each kind of trace is there before, or the search below proves nothing.
        assert {"xylozanthine", GONE, "half 0 at 0", "single 0 at 0", "near"} <= {name for name, _ in before}
        assert any(where == "dictionary" for _, where in before)

        named = {"id": {"ids": gone.short_id}, "query": {"query": "xylozanthine", "source": "secret.txt"}}[way]
        assert memo.forget(**named) == [gone.id]
        assert traces(store, vectors) == set()
        assert gone.id not in other("xylozanthine zanzibarite")
        published(store)  # the graph is written again, without it
        assert traces(store, vectors) == set()
        assert COMMON[:8] in " ".join(words_under(store))
        assert len(memo.recall("temperature of sample 7", k=5)) == 5
        assert memo.verify() == []
    assert traces(store, vectors) == set()


def test_a_kernel_that_cannot_ask_forgets_nothing_and_names_the_flag(tmp_path, model_folder):
    from kernels import Kernel

    with Kernel(tmp_path, MEMO_MODELS=str(model_folder)) as kernel:
        kernel.run("%load_ext memo")
        kernel.run("%memo remember -t work a first fact")
        shown = kernel.run("%memo forget --thread work").text
        assert "a first fact" in shown
        assert shown.endswith("Nothing was forgotten. Add --yes to forget them for good.")
        assert "1 memory would be" in kernel.run("%memo forget --dry-run --query first").text
        assert kernel.run("%memo forget --thread work --yes").text == "Forgotten for good: 1 memory."
