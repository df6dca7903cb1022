from __future__ import annotations

import pytest

from memo_jupyter.errors import BadInput, HostNotAllowed
from memo_jupyter.llm.address import checked


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080"),
        (" http://127.0.0.1:8080/v1/ ", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/v1/chat/completions", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/llm/v1", "http://127.0.0.1:8080/llm"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost:11434", "http://localhost:11434"),
        ("LOCALHOST", "http://localhost"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://127.1.2.3", "https://127.1.2.3"),
    ],
)
def test_loopback_is_allowed_in_every_spelling(given, shown):
    assert checked(given, ()).shown == shown


def test_localhost_is_connected_to_by_number():
    address = checked("http://localhost:8080/v1", ())
    assert address.routes == ("http://127.0.0.1:8080", "http://[::1]:8080")
    assert address.host == "localhost:8080"


def test_the_address_that_hears_everyone_is_asked_on_loopback():
    assert checked("http://0.0.0.0:11434", ()).routes == ("http://127.0.0.1:11434",)
    assert checked("http://[::]:11434", ()).routes == ("http://[::1]:11434",)


@pytest.mark.parametrize(
    "given",
    [
        "http://example.com",
        "http://192.168.1.5:8080",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://localhost.",
        "http://127.1",  # a resolver would take it for loopback; what is not written as an address is not one
        "http://2130706433",
        "http://0x7f000001",
        "http://[::ffff:192.168.1.5]",
        "http://[fe80::1]:8080",
        "http://169.254.169.254",
    ],
)
def test_any_other_host_is_refused_in_one_line_that_names_the_setting(given):
    with pytest.raises(HostNotAllowed, match=r"Memo\.allow_hosts.*MEMO_ALLOW_HOSTS") as caught:
        checked(given, ())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("allowed", ["gpu.local", "GPU.local", " gpu.local ", "gpu.local:8000"])
def test_a_host_is_allowed_by_name(allowed):
    address = checked("http://gpu.local:8000/v1", ["other", allowed])
    assert (address.shown, address.routes) == ("http://gpu.local:8000", ("http://gpu.local:8000",))


def test_allowing_a_host_allows_no_other():
    for other in ("http://gpu.local.evil.com", "http://evil.com/gpu.local", "http://sub.gpu.local"):
        with pytest.raises(HostNotAllowed):
            checked(other, ["gpu.local"])


@pytest.mark.parametrize(
    "given",
    ["", "   ", "http://", "ftp://127.0.0.1", "file:///etc/passwd", "http://127.0.0.1:99999", "http://[::1", "!"],
)
def test_what_is_no_address_is_said_in_one_line(given):
    with pytest.raises((BadInput, HostNotAllowed)) as caught:
        checked(given, ())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        "http://me:s3cret@127.0.0.1",
        "http://s3cret@127.0.0.1",
        "http://127.0.0.1/?key=s3cret",
        "http://127.0.0.1/#s3cret",
    ],
)
def test_a_secret_in_the_address_is_refused_and_not_repeated(given):
    with pytest.raises(BadInput, match=r"Memo\.api_key") as caught:
        checked(given, ())
    assert "s3cret" not in str(caught.value)
