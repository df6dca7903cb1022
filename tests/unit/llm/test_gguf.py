"""What can go wrong with a GGUF file before llama.cpp sees it. That it answers is tried in tests/integration."""

import struct
import sys
import time

import pytest

from memo_jupyter.config import Settings
from memo_jupyter.errors import LLMError, MemoError, UnknownModel
from memo_jupyter.llm import in_process
from memo_jupyter.llm.choice import Models
from memo_jupyter.llm.gguf import GgufFiles, GgufModel
from memo_jupyter.llm.gguf_header import GgufHeader, read_header
from memo_jupyter.llm.in_process import Switch
from memo_jupyter.llm.llama_package import Package
from memo_jupyter.testing import HashEmbedder

U32, F32, TEXT, LIST = 4, 6, 8, 9


def text(value):
    return struct.pack("<Q", len(value)) + value


def entry(key, kind, value):
    return text(key.encode()) + struct.pack("<I", kind) + value


def header(*entries, version=3):
    return b"GGUF" + struct.pack("<IQQ", version, 0, len(entries)) + b"".join(entries)


ARCHITECTURE = entry("general.architecture", TEXT, text(b"llama"))
WINDOW = entry("llama.context_length", U32, struct.pack("<I", 4096))
WORDS = entry("tokenizer.ggml.tokens", LIST, struct.pack("<IQ", TEXT, 2) + text(b"a") + text(b"b"))
SCORES = entry("tokenizer.ggml.scores", LIST, struct.pack("<IQ", F32, 2) + struct.pack("<ff", 1, 2))


def written(folder, content):
    path = folder / "model.gguf"
    path.write_bytes(content)
    return path


def test_the_window_and_the_architecture_are_read(tmp_path):
    path = written(tmp_path, header(ARCHITECTURE, WINDOW, WORDS))
    assert read_header(path) == GgufHeader("llama", 4096, chats=True)


def test_the_order_of_the_entries_makes_no_difference(tmp_path):
    path = written(tmp_path, header(WORDS, SCORES, WINDOW, ARCHITECTURE))
    assert read_header(path) == GgufHeader("llama", 4096, chats=True)


def test_a_file_without_a_window_has_none(tmp_path):
    assert read_header(written(tmp_path, header(ARCHITECTURE))).window is None


@pytest.mark.parametrize(
    "entries",
    [
        (entry("general.architecture", TEXT, text(b"nomic-bert")),),
        (entry("general.architecture", TEXT, text(b"clip")),),
        (ARCHITECTURE, entry("llama.pooling_type", U32, struct.pack("<I", 1))),
    ],
)
def test_a_model_that_writes_no_text_is_refused(tmp_path, entries):
    path = written(tmp_path, header(*entries))
    assert not read_header(path).chats
    with pytest.raises(LLMError, match="writes no text"):
        GgufModel(path)


def one_line(error):
    return "\n" not in str(error) and len(str(error)) < 400


@pytest.mark.parametrize("content", [b"", b"GG", b"GGUF", b"GGUF\3\0\0\0", header(ARCHITECTURE, WINDOW, WORDS)[:-50]])
def test_a_file_that_ends_too_soon_is_said_to(tmp_path, content):
    with pytest.raises(LLMError, match="ends too soon") as caught:
        GgufModel(written(tmp_path, content))
    assert one_line(caught.value)


@pytest.mark.parametrize(
    "content", [b"<!DOCTYPE html>", b"GG but not UF", b"version https://git-lfs.github.com/spec/v1", b"\0" * 100]
)
def test_a_file_of_another_kind_is_said_to_be_none(tmp_path, content):
    with pytest.raises(UnknownModel, match="is not a GGUF file") as caught:
        GgufModel(written(tmp_path, content))
    assert one_line(caught.value)


@pytest.mark.parametrize("version", [0, 1, 99, 0x03000000])
def test_an_unknown_version_is_named(tmp_path, version):
    with pytest.raises(UnknownModel, match=f"does not know .{version}."):
        GgufModel(written(tmp_path, header(ARCHITECTURE, version=version)))


@pytest.mark.parametrize(
    "content",
    [
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**63) + b"key",
        header(entry("a", TEXT, struct.pack("<Q", 2**63))),
        header(entry("a", LIST, struct.pack("<IQ", F32, 2**63))),
        header(entry("a", LIST, struct.pack("<IQ", TEXT, 2**63))),
        header(entry("a", LIST, struct.pack("<IQ", LIST, 1) + struct.pack("<IQ", LIST, 1))),
        header(entry("a", 77, b"")),
    ],
    ids=["long key", "long text", "long list", "many texts", "list of lists", "unknown kind"],
)
def test_broken_lengths_and_kinds_take_no_memory_and_no_time(tmp_path, content):
    begun = time.perf_counter()
    with pytest.raises(LLMError):
        GgufModel(written(tmp_path, content))
    assert time.perf_counter() - begun < 1


def test_a_file_that_is_not_there_is_said_to(tmp_path):
    with pytest.raises(UnknownModel, match=r"There is no file .*nothing\.gguf"):
        GgufModel(tmp_path / "nothing.gguf")
    (tmp_path / "folder.gguf").mkdir()
    with pytest.raises(UnknownModel, match="is a folder"):
        GgufModel(tmp_path / "folder.gguf")
    with pytest.raises(UnknownModel, match="There is no file"):
        GgufFiles().open("no\0name.gguf", 0)


def test_without_the_package_the_line_that_installs_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    monkeypatch.setattr(in_process, "package", Package)
    with pytest.raises(LLMError, match=r"not installed: pip install 'memo-jupyter\[llama\]'$"):
        GgufModel(written(tmp_path, header(ARCHITECTURE, WINDOW)))


def test_nothing_of_the_package_is_imported_before_it_is_needed(tmp_path, monkeypatch):
    monkeypatch.setattr(in_process, "package", lambda: pytest.fail("it was"))
    with pytest.raises(MemoError):
        GgufModel(tmp_path / "nothing.gguf")


def test_a_switch_is_off_until_it_is_stopped():
    switch = Switch()
    assert not switch.on
    switch.stop()
    switch.stop()
    assert switch.on


class _Opened:
    def __init__(self, path, *, window):
        self.path, self.window, self.closed = path, window, False

    def close(self):
        self.closed = True


@pytest.fixture
def opened(monkeypatch):
    monkeypatch.setattr("memo_jupyter.llm.gguf.GgufModel", _Opened)


def test_a_file_is_loaded_once_and_anew_when_it_or_the_window_has_changed(tmp_path, opened):
    path = written(tmp_path, b"x")
    files = GgufFiles()
    first = files.open(str(path), 0)
    assert files.open(str(path), 0) is first
    assert files.open(str(path), 512) is not first
    second = files.open(str(path), 512)
    path.write_bytes(b"another")
    assert files.open(str(path), 512) is not second
    files.close()
    assert files.open(str(path), 512) is not second


def test_closing_closes_all_of_them(tmp_path, opened):
    models = Models(Settings(), HashEmbedder())
    model = models.pick(str(written(tmp_path, b"x")))
    models.close()
    assert model.closed


def test_a_path_that_ends_in_gguf_is_a_file_and_its_home_is_known(tmp_path, opened, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, b"x")
    models = Models(Settings(window=700), HashEmbedder())
    for name in ("~/model.gguf", "./model.gguf", "model.gguf", str(path)):
        assert (models.pick(name).path, models.pick(name).window) == (path, 700)


class _Server:
    models = ("org/Tiny-Q4.gguf",)

    def chat_model(self, name):
        return name


def test_a_servers_model_that_is_called_like_a_file_is_still_found(tmp_path, opened, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("memo_jupyter.llm.choice.find_servers", lambda *_, **__: [_Server()])
    monkeypatch.setattr("memo_jupyter.llm.choice.choose", lambda servers, wanted: (servers[0], servers[0].models[0]))
    models = Models(Settings(), HashEmbedder())
    assert models.pick("tiny-q4.gguf") == "org/Tiny-Q4.gguf"
    assert models.pick("other.gguf").path == tmp_path / "other.gguf"
    written(tmp_path, b"x")
    assert models.pick("model.gguf").path == tmp_path / "model.gguf"
