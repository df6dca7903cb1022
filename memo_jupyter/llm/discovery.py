"""Finds the language models' servers on this computer, and the model that is wanted."""

from __future__ import annotations

import re
import socket
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from memo_jupyter.errors import BrokenReply, LLMError, ServerRefused, ServerTimeout, ServerUnreachable, UnknownModel
from memo_jupyter.llm.kinds import COMPATIBLE, OLLAMA, Detail, Found, identify
from memo_jupyter.llm.ollama import OllamaModel, trained_window
from memo_jupyter.llm.openai import OpenAIModel
from memo_jupyter.llm.plug import Plug, Stopped
from memo_jupyter.llm.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from memo_jupyter.llm.base import ChatModel

WELL_KNOWN: tuple[tuple[str, int], ...] = (
    ("Ollama", 11434),
    ("LM Studio", 1234),
    ("llama.cpp", 8080),
    ("vLLM", 8000),
    ("Jan", 1337),
    ("KoboldCpp", 5001),
    ("GPT4All", 4891),
)
"""Where each server listens unless it is told otherwise; found servers come in this order. llamafile is a llama.cpp."""

_BY_PORT = ("Jan", "GPT4All")

_PATIENCE = 2.0  # seconds that a server may take to tell about itself, when the user has named it
_PART = re.compile(r"[^\W\d_]+|[0-9.]+")  # of a model's name, as one remembers it: qwen 8b, llama3
_LOADS = "loading its model"
_START = "Start one, such as `ollama serve` or `llama-server`"


@dataclass(frozen=True, slots=True)
class Server:
    """A language model's server that answers.

    Attributes
    ----------
    kind : str
        Which one it is, in words a person reads.
    base_url : str
    models : tuple of str
        The names of its models, those in memory first; without those that only embed.
    windows : mapping of str to int
        The context windows that are known, in tokens.
    problem : str
        Why it cannot be used now (it loads its model, it wants a key), in one line; or nothing.
    details : mapping of str to Detail
        What else it tells of its models.
    """

    kind: str
    base_url: str
    models: tuple[str, ...]
    windows: Mapping[str, int]
    problem: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)
    transport: Transport = field(repr=False, compare=False, kw_only=True)

    def __str__(self) -> str:
        return f"{self.kind} at {self.base_url}"

    def chat_model(self, name: str) -> ChatModel:
        """Make one of its models ready to be asked; see `choose` for the name."""
        if self.kind == OLLAMA:
            return OllamaModel(self.transport, name, window=self.window(name))
        return OpenAIModel(self.transport, name, window=self.window(name), kind=self.kind)

    def window(self, name: str, patience: float = _PATIENCE) -> int | None:
        """Tell a model's context window in tokens, asking for it where it is not known; None if it is not told."""
        known = self.windows.get(name)
        if known is None and self.kind == OLLAMA:
            return trained_window(self.transport, name, timeout=min(patience, self.transport.timeout))
        return known


def find_servers(
    base_url: str = "",
    *,
    allow_hosts: Iterable[str] = (),
    api_key: str = "",
    timeout: float = 300.0,
    budget: float = 0.28,
) -> list[Server]:
    """Look for language models' servers.

    Parameters
    ----------
    base_url : str
        The one server to ask; empty to look at the well-known ports of this computer.
    allow_hosts : iterable of str
        Hosts that are allowed besides this computer.
    api_key : str
        Sent to the server at `base_url`, and to no other.
    timeout : float
        For how many seconds the servers may be silent when they are asked later.
    budget : float
        How long looking at the ports may take, in seconds, all in all.

    Returns
    -------
    list of Server
        In the order of `WELL_KNOWN`. With `base_url`, that one.

    Raises
    ------
    BadInput, HostNotAllowed, ServerUnreachable, ServerTimeout, ServerRefused, BrokenReply
        Only with `base_url`.
    """
    if not base_url:
        return _look_around(timeout, budget)
    transport = Transport(base_url, allow_hosts=allow_hosts, api_key=api_key, timeout=timeout)
    asking = _Asking(transport, time.monotonic() + _PATIENCE)
    # A server may also send its list drop by drop, each in time.
    watch = threading.Timer(_PATIENCE, asking.plug.pull)
    watch.daemon = True
    watch.start()
    try:
        *_, found = identify(asking, _unless_told(transport))
    except (ServerTimeout, Stopped) as error:
        raise ServerTimeout(f"{transport.base_url} took more than {_PATIENCE:g} seconds to list its models.") from error
    except BrokenReply as error:
        raise transport.broken("lists no models") from error
    finally:
        watch.cancel()
    return [_server(found, transport)]


def choose(servers: Sequence[Server], wanted: str = "") -> tuple[Server, str]:
    """Choose a model.

    Parameters
    ----------
    servers : sequence of Server
    wanted : str
        Its name, or parts of it that no other model's name has; upper and lower case are one. Empty for the first.

    Returns
    -------
    tuple of Server and str
        The server, and the model's whole name there.

    Raises
    ------
    UnknownModel
        There is none of that name, or several; or no model at all.
    ServerUnreachable
        `servers` is empty.
    ServerRefused
        The only servers there are cannot be used now.
    """
    there = [(server, name) for server in servers for name in server.models]
    if not there:
        raise _nothing(servers)
    if not wanted.strip():
        return there[0]
    sought = wanted.strip().lower()
    parts = _PART.findall(sought) or [sought]
    # Ollama means `:latest` where no tag is said.
    for matches in (
        [one for one in there if one[1] == wanted],
        [one for one in there if one[1].lower() in (sought, f"{sought}:latest")],
        [one for one in there if sought in one[1].lower()],
        [one for one in there if all(part in one[1].lower() for part in parts)],
    ):
        # The same model on two servers is one model; the first server has it.
        if len({name for _, name in matches}) == 1:
            return matches[0]
        if matches:
            raise UnknownModel(f"Several models match {wanted!r}: {_names(matches)}. Name one of them.")
    raise UnknownModel(f"No reachable server has a model {wanted!r}. There are: {_names(there)}.")


class _Asking:
    """Asks a server about itself until a deadline."""

    def __init__(self, transport: Transport, deadline: float) -> None:
        self._transport = transport
        self._deadline = deadline
        self.plug = Plug()

    def __call__(self, path: str) -> Any:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ServerTimeout(f"{self._transport.base_url} takes too long to tell about itself.")
        return self._transport.ask(path, timeout=left, plug=self.plug)


class _Probe(threading.Thread):
    """Looks at one port; what it has found by the deadline is in `server`."""

    def __init__(self, kind: str, port: int, deadline: float, timeout: float) -> None:
        super().__init__(name=f"memo-probe-{port}", daemon=True)
        self.server: Server | None = None
        self._kind = kind
        self._port = port
        self._deadline = deadline
        self._timeout = timeout
        self._asking: _Asking | None = None

    def run(self) -> None:
        host = next((host for host in ("127.0.0.1", "::1") if self._is_open(host)), None)
        if host is None:
            return
        # No key goes along: the user has not named this server.
        name = f"[{host}]" if ":" in host else host
        transport = Transport(f"http://{name}:{self._port}", timeout=self._timeout)
        self._asking = _Asking(transport, self._deadline)
        try:
            for found in identify(self._asking, _unless_told(transport)):
                self.server = _server(found, transport)
        except ServerRefused as error:
            if _may_serve_later(error):
                self.server = _server(Found(self._kind), transport, str(error))
        except (LLMError, Stopped):
            pass

    def stop(self) -> None:
        if self._asking is not None:
            self._asking.plug.pull()

    def _is_open(self, host: str) -> bool:
        # Mostly nobody is there, and this says so in a fraction of the time that an HTTP client takes.
        try:
            socket.create_connection((host, self._port), timeout=max(0.001, self._deadline - time.monotonic())).close()
        except OSError:
            return False
        return True


def _look_around(timeout: float, budget: float) -> list[Server]:
    deadline = time.monotonic() + budget
    probes = [_Probe(kind, port, deadline, timeout) for kind, port in WELL_KNOWN]
    for probe in probes:
        probe.start()
    for probe in probes:
        probe.join(max(0.0, deadline - time.monotonic()))
    for probe in probes:
        probe.stop()
    return [server for probe in probes if (server := probe.server) is not None]


def _unless_told(transport: Transport) -> str:
    """Name a server that nothing tells apart: these are known by their ports alone."""
    port = int(transport.base_url.rpartition(":")[2] or 0) if transport.base_url[-1:].isdigit() else 0
    return {number: kind for kind, number in WELL_KNOWN if kind in _BY_PORT}.get(port, COMPATIBLE)


def _server(found: Found, transport: Transport, problem: str = "") -> Server:
    told = found.kind, transport.base_url, found.models, found.windows, problem, found.details
    return Server(*told, transport=transport)


def _may_serve_later(error: ServerRefused) -> bool:
    """Tell whether it is a language model's server that refuses; any other may ask for a key as well.

    The words are llama.cpp's.
    """
    return (error.status == HTTPStatus.SERVICE_UNAVAILABLE and _LOADS in str(error)) or (
        error.status == HTTPStatus.UNAUTHORIZED and "Invalid API Key" in str(error)
    )


def _nothing(servers: Sequence[Server]) -> LLMError | UnknownModel:
    if not servers:
        return ServerUnreachable(f"No language model's server answers on this computer. {_START}.")
    for server in servers:
        if server.problem:
            loads = _LOADS in server.problem
            return ServerRefused(server.problem, HTTPStatus.SERVICE_UNAVAILABLE if loads else HTTPStatus.UNAUTHORIZED)
    names = " and ".join(map(str, servers))
    return UnknownModel(f"{names} has no language model yet. Get one, such as with `ollama pull llama3.2`.")


def _names(models: Sequence[tuple[Server, str]]) -> str:
    few, most = 8, 60
    names = list(dict.fromkeys(name if len(name) <= most else name[:most] + "…" for _, name in models))
    return ", ".join(names[:few]) + (f" and {len(names) - few} more" if len(names) > few else "")
