"""An HTTP server on loopback that answers what a test tells it to, well or badly."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Answer:
    """What is answered at a path.

    Attributes
    ----------
    body : bytes or list of bytes
        A list is streamed, a chunk each.
    cut : bool
        Whether the connection is closed before the stream's end.
    hangs : bool
        Whether nothing more is sent after the body (or, with an empty list, not even headers), until the other side
        closes the connection.
    pause : float
        Seconds before each piece.
    """

    body: bytes | list[bytes] = b""
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    hangs: bool = False
    pause: float = 0.0


def reply(data: Any, status: int = 200) -> Answer:
    """Answer JSON."""
    return Answer(json.dumps(data).encode(), status)


def stream(*events: Any, done: bool = True, **rest: Any) -> Answer:
    """Answer server-sent events: dicts as JSON, text as it is."""
    pieces = [
        (event if isinstance(event, str) else f"data: {json.dumps(event)}\n\n").encode()
        for event in (*events, *(["data: [DONE]\n\n"] if done else []))
    ]
    return Answer(pieces, content_type="text/event-stream", **rest)


def delta(content: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """Make one part of a streamed chat completion."""
    return {"choices": [{"index": 0, "delta": {"content": content, **more}, "finish_reason": finish}]}


def ndjson(*parts: Any, **rest: Any) -> Answer:
    """Answer a line of JSON for each part; text as it is."""
    pieces = [(part if isinstance(part, str) else json.dumps(part)).encode() + b"\n" for part in parts]
    return Answer(pieces, content_type="application/x-ndjson", **rest)


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


if TYPE_CHECKING:
    Answers = dict[str, Answer | list[Answer] | Callable[[Request], Answer]]


class ScriptedServer:
    """Answers by path; what is not in `answers` is 404.

    Attributes
    ----------
    answers : dict of str to Answer, list of Answer, or callable
        A list is used up, one a request; the last one stays. A callable makes the answer to a request.
    otherwise : Answer
        What is answered at any other path.
    requests : list of Request
        What it was asked.
    left : threading.Event
        Set when a client has closed the connection on an answer that hangs.
    connections : int
        How many were opened.
    """

    def __init__(
        self,
        answers: Answers,
        host: str = "127.0.0.1",
        otherwise: Answer | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.answers = answers
        self.otherwise = otherwise or reply({"error": {"message": "File Not Found", "code": 404}}, 404)
        self.requests: list[Request] = []
        self.left = threading.Event()
        self.closing = threading.Event()
        self.connections = 0
        self._http = _Http(self, host)
        self.port = self._http.server_address[1]
        shown = f"[{host}]" if ":" in host else host
        self.base_url = f"{'https' if tls else 'http'}://{shown}:{self.port}"
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End it, and every answer that hangs."""
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def asked(self, path: str) -> list[Request]:
        """Give the requests for a path."""
        return [request for request in self.requests if request.path == path]

    def next_answer(self, request: Request) -> Answer:
        answer = self.answers.get(request.path, self.otherwise)
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer if isinstance(answer, Answer) else answer(request)


class _Http(ThreadingHTTPServer):
    # Threads are joined at the end, so that none outlives its test.
    daemon_threads = False

    def __init__(self, script: ScriptedServer, host: str) -> None:
        if ":" in host:
            self.address_family = socket.AF_INET6
        self.script = script
        super().__init__((host, 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.script.connections += 1
        super().process_request(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def handle(self) -> None:
        self.close_connection = True
        self.connection.settimeout(10)
        with contextlib.suppress(OSError):
            self.handle_one_request()

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(json.loads(body))

    def _answer(self, body: Any) -> None:
        script = self.server.script
        request = Request(self.command, self.path, dict(self.headers), body)
        script.requests.append(request)
        answer = script.next_answer(request)
        self.close_connection = True
        if answer.hangs and answer.body == []:
            self._wait_for_the_end()
            return
        streamed = isinstance(answer.body, list)
        self.send_response(answer.status)
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.send_header(*(("Transfer-Encoding", "chunked") if streamed else ("Content-Length", str(len(answer.body)))))
        self.end_headers()
        for piece in answer.body if streamed else [answer.body]:
            if answer.pause and script.closing.wait(answer.pause):
                return
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if streamed else piece)
        if answer.hangs:
            self._wait_for_the_end()
        elif streamed and not answer.cut:
            self.wfile.write(b"0\r\n\r\n")

    def _wait_for_the_end(self) -> None:
        self.connection.settimeout(0.01)
        while not self.server.script.closing.is_set():
            try:
                if not self.connection.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            return
        self.server.script.left.set()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextlib.contextmanager
def serving(answers: Answers | None = None, **rest: Any) -> Iterator[ScriptedServer]:
    """Run a scripted server for a ``with`` block."""
    server = ScriptedServer(answers or {}, **rest)
    server.start()
    try:
        yield server
    finally:
        server.close()


def press_ctrl_c(after: float) -> threading.Timer:
    """Interrupt the main thread as Jupyter does: with a signal, which also wakes it from a system call."""
    timer = threading.Timer(after, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
    timer.start()
    return timer
