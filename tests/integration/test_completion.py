"""What Tab offers on memo's lines in a real kernel, which cuts what is typed into words in its own way."""

import pytest
from kernels import Kernel
from scripted_server import delta, reply, serving, stream

NAMES = ("qwen3:8b", "qwen3:30b", "Llama-3.2-1B-Instruct", "org/model.v2-q4", "Übung 模型")
THREADS = ("plain", "two words", "emoji🧪", "a:b", "it's", 'say "x"')
ANSWERS = {
    "/v1/models": reply({"data": [{"id": name, "owned_by": "someone"} for name in NAMES]}),
    "/v1/chat/completions": stream(delta("Yes."), delta(finish="stop")),
}


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tab")
    with serving(ANSWERS) as server, Kernel(folder, MEMO_MODEL="", MEMO_BASE_URL=server.base_url) as started:
        started.run("%load_ext memo")
        quoted = [name if name.isalnum() else repr(name) for name in THREADS]
        for name in [*quoted, *["main"] * 30]:
            assert started.run(f"%%memo -t {name} --no-recall\nHello?").error is None
        yield started


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("%memo us", ["use"]),
        ("%memo use ", ["--any", *sorted(NAMES[:-1]), "quote", '"Übung 模型"']),
        ("%memo use q", ["quote", "qwen3:30b", "qwen3:8b"]),
        ("%memo use qwen3:", ["30b", "8b"]),
        ("%memo use qwen3:8", ["8b"]),
        ("%memo use QWEN3:8", ["8b"]),
        ("%memo use llama", ["Llama-3.2-1B-Instruct"]),
        ("%memo use 8b", ["qwen3:8b"]),
        ("%memo use org/model.v2-", ["org/model.v2-q4"]),
        ("%%memo -m qwen3:3", ["30b"]),
        ("%%memo -m 30", ["qwen3:30b"]),
        ("%memo use Ü", ['"Übung 模型"']),
        ("%%memo --fr", ["--fresh"]),
    ],
)
def test_models_words_and_flags_are_offered(kernel, line, offered):
    assert sorted(kernel.complete(line)) == sorted(offered)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("%%memo -t p", ["plain"]),
        ("%%memo -t two", ['"two words"']),
        ('%%memo -t "two w', ['words"']),
        ("%%memo -t 'two", ["two words'"]),
        ("%%memo -t emo", ["emoji🧪"]),
        ("%%memo -t a:", ["b"]),
        ("%memo list -t it", ['"it\'s"']),
        ("%memo list -t say", ["'say \"x\"'"]),
    ],
)
def test_every_conversation_is_offered_however_long_ago_in_quotes_where_it_needs_them(kernel, line, offered):
    assert kernel.complete(line) == offered


def test_what_is_offered_is_read_as_the_conversation_it_names(kernel):
    for name in THREADS:
        (offered,) = kernel.complete(f"%memo list -t {name[0]}")
        assert "Hello?" in kernel.run(f"%memo list -t {offered}").text
