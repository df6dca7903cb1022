"""The check is on the address that was connected to, whatever a name or a number was said to mean."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest
from scripted_server import reply, serving

from memo_jupyter.errors import HostNotAllowed, LLMError, ServerUnreachable
from memo_jupyter.llm.address import is_loopback
from memo_jupyter.llm.discovery import find_servers
from memo_jupyter.llm.openai import OpenAIModel
from memo_jupyter.llm.transport import Transport
from memo_jupyter.types import Message, Options, Prompt

ELSEWHERE = "203.0.113.7"  # set aside for documentation (RFC 5737): nobody has it
SECRET = "what nobody else may read"


class Outside:
    """Another computer, as far as memo can tell: writes down what it is sent, and answers nothing."""

    def __init__(self):
        self.heard: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self):
        while True:
            connection, _ = self._listening.accept()
            with connection:
                connection.settimeout(5)
                heard = b""
                try:
                    while piece := connection.recv(4096):
                        heard += piece
                except TimeoutError:
                    heard += b" and was never closed"
                except ConnectionResetError:
                    pass
                self.heard.append(heard)
                if heard == b"that is all":
                    return

    def close(self):
        """Wait until every connection is closed by the other side; give what was heard on each."""
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"that is all")
        self._thread.join()
        self._listening.close()
        return self.heard[:-1]


class Led(socket.socket):
    """A socket in a world where ELSEWHERE can be reached: it is where `outside` listens."""

    outside = 0

    def connect(self, address):
        self.peer = address
        super().connect(("127.0.0.1", self.outside) if address[0] == ELSEWHERE else address)

    def getpeername(self):
        return self.peer


@pytest.fixture
def outside(monkeypatch):
    other = Outside()
    monkeypatch.setattr(Led, "outside", other.port)
    monkeypatch.setattr(socket, "socket", Led)
    yield other
    monkeypatch.undo()
    with contextlib.suppress(OSError):
        other.close()


@pytest.fixture
def resolver(monkeypatch):
    """Make the resolver answer with what is put into the list, one address a question; the last one stays."""
    answers = ["127.0.0.1"]

    def resolve(host, port, *rest, **more):
        number = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return answers


def test_an_address_that_leads_to_this_computer_first_and_elsewhere_later_is_refused(outside, resolver):
    with serving({"/a": reply({"x": 1})}) as server:
        transport = Transport(f"http://localhost:{server.port}", api_key=SECRET)
        resolver[:] = ["127.0.0.1", ELSEWHERE]
        assert transport.ask("/a", {"prompt": SECRET}) == {"x": 1}
        with pytest.raises(HostNotAllowed, match=rf"led to {ELSEWHERE}.*Nothing was sent\.$") as caught:
            transport.ask("/a", {"prompt": SECRET})
    assert "\n" not in str(caught.value)
    assert len(server.requests) == 1
    # Not a byte arrived, and the connection is closed, although the error and its frames are still held here.
    assert outside.close() == [b""]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_not_even_a_handshake_leaves(outside, resolver, scheme):
    resolver[:] = [ELSEWHERE]
    with pytest.raises(HostNotAllowed) as caught:
        Transport(f"{scheme}://127.0.0.1:1", api_key=SECRET).ask("/a", {"prompt": SECRET})
    assert caught.value.__traceback__
    assert outside.close() == [b""]


def test_a_connection_that_something_else_makes_elsewhere_is_refused(outside, monkeypatch):
    def led_astray(address, timeout=None, source_address=None, **rest):
        made = Led(socket.AF_INET, socket.SOCK_STREAM)
        made.settimeout(timeout)
        made.connect((ELSEWHERE, address[1]))
        return made

    monkeypatch.setattr(socket, "create_connection", led_astray)
    with pytest.raises(HostNotAllowed):
        Transport("http://127.0.0.1:1").ask("/a", {"prompt": SECRET})
    assert outside.close() == [b""]


def test_a_question_to_a_model_that_has_moved_elsewhere_is_not_sent(outside, resolver):
    resolver[:] = [ELSEWHERE]
    model = OpenAIModel(Transport("http://127.0.0.1:1"), "tiny", kind="llama.cpp")
    prompt = Prompt(SECRET, (Message("user", SECRET),), (), (), "tiny", "x", 10, 512)
    assert model.count(SECRET) is None
    with pytest.raises(HostNotAllowed):
        list(model.stream(prompt, Options()))
    with pytest.raises(HostNotAllowed):
        find_servers("http://127.0.0.1:1")
    assert set(outside.close()) == {b""}


def test_a_host_that_the_user_allowed_by_name_may_be_elsewhere(outside, resolver):
    resolver[:] = [ELSEWHERE]
    transport = Transport("http://gpu.local:1", allow_hosts=["gpu.local"], timeout=0.2)
    with pytest.raises(LLMError) as caught:
        transport.ask("/a", {"prompt": "x"})
    assert not isinstance(caught.value, HostNotAllowed)
    (heard,) = outside.close()
    assert heard.startswith(b"POST /a HTTP/1.1")


def test_allowing_this_computer_by_name_does_not_let_it_lead_elsewhere(outside, resolver):
    resolver[:] = [ELSEWHERE]
    with pytest.raises(HostNotAllowed):
        Transport("http://localhost:1", allow_hosts=["localhost", "127.0.0.1"]).ask("/a")
    assert outside.close() == [b""]


def test_a_server_that_hangs_up_before_it_can_be_looked_at_is_one_line(monkeypatch):
    class Gone(socket.socket):
        def getpeername(self):
            raise OSError(107, "Transport endpoint is not connected")

    with serving({"/a": reply({})}) as server:
        monkeypatch.setattr(socket, "socket", Gone)
        with pytest.raises(LLMError, match="broke off") as caught:
            Transport(server.base_url).ask("/a")
        monkeypatch.undo()
    assert "\n" not in str(caught.value)
    assert server.requests == []


def test_the_other_loopback_is_tried_only_where_nobody_listens(outside, resolver):
    # Elsewhere is an end, not a reason to try the next address.
    resolver[:] = [ELSEWHERE, "127.0.0.1"]
    with pytest.raises(HostNotAllowed):
        Transport("http://localhost:1").ask("/a")
    assert resolver == ["127.0.0.1"]
    with pytest.raises(ServerUnreachable):
        Transport("http://localhost:1").ask("/a")


@pytest.mark.parametrize("number", ["127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_known_in_the_systems_spelling(number):
    assert is_loopback(number)


@pytest.mark.parametrize(
    "number", ["10.0.0.1", "203.0.113.7", "fe80::1%eth0", "::ffff:203.0.113.7", "0.0.0.0", "::", "", "localhost", "/s"]
)
def test_nothing_else_is_loopback(number):
    assert not is_loopback(number)
