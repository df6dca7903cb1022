from __future__ import annotations

import socket
import statistics
import threading
import time
from types import SimpleNamespace

import pytest
from scripted_server import Answer, press_ctrl_c, reply, serving

from memo_jupyter.errors import BadInput, BrokenReply, HostNotAllowed, ServerRefused, ServerTimeout, ServerUnreachable
from memo_jupyter.llm.plug import Plug, Stopped
from memo_jupyter.llm.transport import Transport

KEY = "sk-very-secret"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_json_is_asked_for_and_posted():
    with serving({"/a": reply({"x": 1}), "/b": reply([2])}) as server:
        transport = Transport(server.base_url + "/v1")
        assert transport.ask("/a") == {"x": 1}
        assert transport.ask("/b", {"text": "é \ud800"}) == [2]
    got, posted = server.requests
    assert (got.method, got.body) == ("GET", None)
    assert (posted.method, posted.body) == ("POST", {"text": "é ?"})
    assert posted.headers["Content-Type"] == "application/json"


def test_the_key_goes_as_bearer_and_is_shown_nowhere():
    with serving({"/a": reply({"error": {"message": f"wrong key {KEY}"}}, 401)}) as server:
        transport = Transport(server.base_url, api_key=f" {KEY}\n")
        with pytest.raises(ServerRefused) as caught:
            transport.ask("/a")
    assert server.requests[0].headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in str(caught.value)
    assert KEY not in repr(transport)


def test_without_a_key_no_authorization_is_sent():
    with serving({"/a": reply({})}) as server:
        Transport(server.base_url).ask("/a")
    assert "Authorization" not in server.requests[0].headers


@pytest.mark.parametrize("key", ["sk-a\nb", "schlüssel", "a\x00b"])
def test_a_key_that_cannot_be_sent_is_said_without_showing_it(key):
    with pytest.raises(BadInput, match=r"Memo\.api_key") as caught:
        Transport("http://127.0.0.1:1", api_key=key)
    assert key not in str(caught.value)


def test_nothing_there_is_one_line_that_says_what_to_do():
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ServerUnreachable, match=rf"Nothing answers at {url}\. Start the server, or"):
        Transport(url).ask("/a")


def test_a_host_that_is_not_allowed_is_never_connected_to(monkeypatch):
    monkeypatch.setattr(socket, "create_connection", pytest.fail)
    with pytest.raises(HostNotAllowed):
        Transport("http://example.com")


def test_a_silent_server_is_given_up():
    with serving({"/a": Answer([], hangs=True), "/b": Answer([b"{"], hangs=True)}) as server:
        transport = Transport(server.base_url, timeout=0.2)
        for path in ("/a", "/b"):
            with pytest.raises(ServerTimeout, match=r"silent for 0\.2 seconds.*Memo\.timeout"):
                transport.ask(path)


def test_a_redirect_is_an_error_and_not_followed():
    with serving({"/elsewhere": reply({})}) as other:
        moved = Answer(b"", 307, headers={"Location": f"{other.base_url}/elsewhere"})
        with serving({"/a": moved}) as server, pytest.raises(ServerRefused, match="redirects") as caught:
            Transport(server.base_url, api_key=KEY).ask("/a", {"prompt": "private"})
    assert caught.value.status == 307
    assert other.connections == 0


def test_proxy_variables_are_ignored(monkeypatch):
    with serving() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.base_url)
            monkeypatch.setenv(name.upper(), proxy.base_url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with serving({"/a": reply({"x": 1})}) as server:
            assert Transport(server.base_url).ask("/a") == {"x": 1}
            assert Transport(f"http://localhost:{server.port}").ask("/a") == {"x": 1}
    assert proxy.connections == 0


def test_a_resolver_has_no_say_in_where_localhost_is(monkeypatch):
    asked = []
    real = socket.getaddrinfo

    def poisoned(host, *rest, **more):
        asked.append(host)
        return real("203.0.113.7" if host == "localhost" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", poisoned)
    with serving({"/a": reply({"x": 1})}) as server:
        assert Transport(f"http://localhost:{server.port}").ask("/a") == {"x": 1}
    assert asked == ["127.0.0.1"]
    assert server.requests[0].headers["Host"] == f"localhost:{server.port}"


def test_localhost_may_be_the_other_loopback():
    try:
        with serving({"/a": reply({"x": 1})}, host="::1") as server:
            assert Transport(f"http://localhost:{server.port}").ask("/a") == {"x": 1}
            assert Transport(server.base_url).ask("/a") == {"x": 1}
    except OSError:
        pytest.skip("no IPv6 here")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(b"<html>", content_type="text/html"), "web page"),
        (Answer(b"{"), "not JSON"),
        (Answer(b""), "not JSON"),
        (Answer(b"[" * 100_000), "not JSON"),
        (Answer([b'{"x":'], cut=True), "broke off"),
        (Answer(b'"\xff"'), "not JSON"),
    ],
)
def test_a_broken_reply_is_one_line(answer, words):
    with serving({"/a": answer}) as server, pytest.raises(BrokenReply, match=words) as caught:
        Transport(server.base_url).ask("/a")
    assert "\n" not in str(caught.value)


def test_an_endless_reply_does_not_fill_the_memory():
    with serving({"/a": Answer([b"[" + b"1," * 2**20] * 64)}) as server, pytest.raises(BrokenReply):
        Transport(server.base_url).ask("/a")


@pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH_9.6\r\n", b"220 mail ready\r\n", b"\x00\x01\x02\r\n\r\n", b""])
def test_a_server_of_another_kind_is_said_to_be(said):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(BrokenReply):
            Transport(f"http://127.0.0.1:{listening.getsockname()[1]}").ask("/a")
        thread.join()


def test_https_to_a_server_without_it_is_one_line():
    with serving() as server, pytest.raises(ServerUnreachable, match="secure"):
        Transport(f"https://127.0.0.1:{server.port}").ask("/a")


def stopped_after(transport, path) -> float:
    """Give the seconds from pulling the plug until the request has ended."""
    plug, ended = Plug(), []

    def run():
        with pytest.raises(Stopped):
            transport.ask(path, {}, plug=plug)
        ended.append(time.perf_counter())

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.1)
    pulled = time.perf_counter()
    plug.pull()
    thread.join()
    return ended[0] - pulled


@pytest.mark.parametrize("path", ["/no-headers", "/body"])
def test_pulling_the_plug_ends_a_request_within_100_ms(path):
    answers = {"/no-headers": Answer([], hangs=True), "/body": Answer([b"x"], hangs=True)}
    # The middle of five: what is measured is memo, not what else the machine does.
    with serving(answers) as server:
        transport = Transport(server.base_url)
        assert statistics.median(stopped_after(transport, path) for _ in range(5)) < 0.1
        assert server.left.wait(5)


def test_a_plug_that_was_pulled_before_lets_nothing_out():
    plug = Plug()
    plug.pull()
    with serving({"/a": reply({})}) as server, pytest.raises(Stopped):
        Transport(server.base_url).ask("/a", plug=plug)
    assert server.connections == 0


def test_a_plug_that_is_pulled_while_it_connects_closes_the_connection_at_once():
    here, there = socket.socketpair()
    with here, there:
        plug = Plug()
        plug.pull()
        connected = SimpleNamespace(get_extra_info={"socket": here}.get)
        plug.trace("connection.connect_tcp.complete", {"return_value": connected})
        there.settimeout(5)
        assert there.recv(1) == b""
        plug.release()


def test_keyboard_interrupt_closes_the_connection():
    with serving({"/a": Answer([], hangs=True)}) as server:
        timer = press_ctrl_c(after=0.2)
        with pytest.raises(KeyboardInterrupt):
            Transport(server.base_url).ask("/a")
        timer.join()
        assert server.left.wait(5)
