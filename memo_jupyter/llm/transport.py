"""The one seam between memo and the network.

Each request has a connection of its own. On loopback that costs a fraction of a millisecond, and it makes everything
else simple: closing the connection ends that one answer and nothing else, and no idle connection outlives its server,
is shared between threads, or has to be closed by anyone.
"""

from __future__ import annotations

import contextlib
import json
import ssl
from typing import TYPE_CHECKING, Any

import httpx

from memo_jupyter.characters import whole
from memo_jupyter.errors import (
    BadInput,
    BrokenReply,
    HostNotAllowed,
    LLMError,
    ServerRefused,
    ServerTimeout,
    ServerUnreachable,
)
from memo_jupyter.llm.address import checked, is_loopback
from memo_jupyter.llm.plug import CONNECTED, Plug, Stopped
from memo_jupyter.llm.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_CONNECT = 2.0  # seconds: a server that is there accepts at once, even a busy one
_LARGEST = 8 * 2**20  # bytes of an answer that is not streamed
_LARGEST_ERROR = 64 * 2**10


class Reply:
    """An answer whose headers have come.

    Attributes
    ----------
    content_type : str
    """

    def __init__(self, response: httpx.Response) -> None:
        self.content_type = response.headers.get("content-type", "").lower()
        self._response = response

    def pieces(self) -> Iterator[bytes]:
        """Give the body as it arrives."""
        return self._response.iter_bytes()

    def whole(self) -> bytes:
        """Give the whole body of an answer that is not streamed, up to 8 MB."""
        return _read(self.pieces(), _LARGEST)


class Transport:
    """Sends requests to one server, and to nobody else.

    No proxy is used whatever the environment says, no redirect is followed, and no host is spoken to that is neither
    this computer nor allowed by name.

    Parameters
    ----------
    base_url : str
        The server's address; see `checked`.
    allow_hosts : iterable of str
        Hosts that are allowed besides this computer.
    api_key : str
        Sent as a bearer token. It is in no error and in no repr.
    timeout : float
        For how many seconds the server may be silent.

    Raises
    ------
    BadInput
        The address is none, or the key cannot be sent.
    HostNotAllowed
        The address is another computer's.
    """

    def __init__(
        self, base_url: str, *, allow_hosts: Iterable[str] = (), api_key: str = "", timeout: float = 300.0
    ) -> None:
        self._address = checked(base_url, allow_hosts)
        self._key = api_key.strip()
        if not (self._key.isascii() and self._key.isprintable()):
            # Said here, since the HTTP library's own error would show the key.
            raise BadInput("Memo.api_key has characters that cannot be sent. Was something else copied with it?")
        self.timeout = timeout
        self._trusted = (
            _certificates() if self.base_url.startswith("https") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )

    def __repr__(self) -> str:
        return f"Transport({self.base_url!r})"

    @property
    def base_url(self) -> str:
        """The server's address, as a person reads it."""
        return self._address.shown

    def ask(self, path: str, body: object = None, *, timeout: float | None = None, plug: Plug | None = None) -> Any:
        """Send a request and give the JSON that is answered; see `exchange`.

        Raises
        ------
        BrokenReply
            It is not JSON.
        """
        with self.exchange(path, body, timeout=timeout, plug=plug) as reply:
            return self.parsed(reply.whole())

    @contextlib.contextmanager
    def exchange(
        self, path: str, body: object = None, *, timeout: float | None = None, plug: Plug | None = None
    ) -> Iterator[Reply]:
        """Send a request and give the answer to read. The connection is closed at the end of the ``with`` block.

        Parameters
        ----------
        path : str
            Such as ``/v1/models``.
        body : object
            What is posted, as JSON; None asks with GET.
        timeout : float or None
            Seconds of silence, if not `self.timeout`.
        plug : Plug or None
            Ends the request from another thread.

        Raises
        ------
        ServerUnreachable, ServerTimeout, ServerRefused, PromptTooLong, BrokenReply
            Also while the answer is being read.
        HostNotAllowed
            The address led to another computer after all. Nothing was sent to it.
        Stopped
            The plug was pulled.
        """
        plug = plug or Plug()
        silence = self.timeout if timeout is None else timeout
        limits = httpx.Timeout(silence, connect=min(_CONNECT, silence))
        try:
            with httpx.Client(
                verify=self._trusted, trust_env=False, follow_redirects=False, timeout=limits, headers=self._headers()
            ) as client:
                response = self._send(client, path, body, plug)
                with contextlib.closing(response):
                    self._check(response)
                    yield Reply(response)
        except httpx.HTTPError as error:
            if plug.pulled:
                raise Stopped from None
            raise self._explained(error, silence) from error
        finally:
            plug.release()

    def refused(self, body: str | Mapping[str, Any], status: int = 0) -> ServerRefused:
        """Make the error for what the server answered; see `refusal`."""
        return refusal(body, status=status, server=self.base_url, secret=self._key)

    def parsed(self, text: str | bytes) -> Any:
        """Parse JSON; halves of characters in it are replaced.

        Raises
        ------
        BrokenReply
            It is not JSON.
        """
        try:
            # A half of a character would be refused by the screen and by the disk, after the whole answer had come.
            return json.loads(whole(json.dumps(json.loads(text), ensure_ascii=False)))
        except (ValueError, RecursionError):
            shown = text[:200].decode("utf-8", "replace") if isinstance(text, bytes) else text[:200]
            raise self.broken(
                "sent a web page" if shown.lstrip().startswith("<") else "sent what is not JSON"
            ) from None

    def broken(self, what: str) -> BrokenReply:
        """Make the error for an answer that is not the protocol; `what` continues the server's name."""
        return BrokenReply(f"{self.base_url} {what}. Is it a language model's server?")

    def cut(self) -> BrokenReply:
        """Make the error for an answer without its end."""
        return BrokenReply(f"{self.base_url} broke off before the end of its answer. Is it still running?")

    def _headers(self) -> dict[str, str]:
        headers = {"User-Agent": "memo-jupyter", "Accept-Encoding": "identity", "Host": self._address.host}
        return headers | {"Authorization": f"Bearer {self._key}"} if self._key else headers

    def _send(self, client: httpx.Client, path: str, body: object, plug: Plug) -> httpx.Response:
        if plug.pulled:
            raise Stopped
        # Half of a surrogate pair is no text, and servers refuse it: it goes as "?".
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        *others, last = self._address.routes
        for route in others:
            try:
                return self._sent(client, route + path, content, plug)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                # Nothing has been sent, so it may be tried elsewhere.
                if plug.pulled:
                    raise
        return self._sent(client, last + path, content, plug)

    def _sent(self, client: httpx.Client, url: str, content: bytes | None, plug: Plug) -> httpx.Response:
        def trace(event: str, info: Mapping[str, Any]) -> None:
            if event == CONNECTED and not self._address.elsewhere:
                self._look_who_is_there(info["return_value"])
            plug.trace(event, info)

        request = client.build_request(
            "GET" if content is None else "POST",
            url,
            content=content,
            headers=None if content is None else {"Content-Type": "application/json"},
            extensions={"trace": trace, "sni_hostname": self._address.name},
        )
        return client.send(request, stream=True)

    def _look_who_is_there(self, connection: Any) -> None:
        """Refuse a connection that has left this computer, before anything is sent on it, TLS included.

        Only loopback addresses are connected to here, so this never happens, unless something between memo and the
        kernel of the system (a library that patches the resolver or the sockets) sends connections elsewhere.
        """
        try:
            peer = connection.get_extra_info("server_addr")[0]
        except OSError as error:  # it has hung up already
            connection.close()
            raise httpx.ReadError(str(error)) from error
        if not is_loopback(peer):
            connection.close()  # else it would stay open until it is collected as garbage
            raise HostNotAllowed(
                f"memo sends prompts to this computer only, and {self.base_url} led to {peer}, which is another. "
                "Nothing was sent."
            )

    def _check(self, response: httpx.Response) -> None:
        if response.is_redirect:
            raise ServerRefused(
                f"{self.base_url} redirects to another address, which memo does not follow. If that one is right, set "
                "it as Memo.base_url.",
                response.status_code,
            )
        if not response.is_success:
            body = _read(response.iter_bytes(), _LARGEST_ERROR).decode("utf-8", "replace")
            error = self.refused(body, response.status_code)
            wait = response.headers.get("retry-after", "")  # also a date (RFC 9110); no local server sends that
            error.retry_after = float(wait) if wait.isdecimal() else None
            raise error

    def _explained(self, error: httpx.HTTPError, silence: float) -> LLMError:
        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
            if (distrust := _distrust(error)) is not None:
                return ServerUnreachable(
                    f"The certificate of {self.base_url} is not trusted on this computer: {distrust}. If it is your "
                    "own, name its file in the environment variable SSL_CERT_FILE."
                )
            if "SSL" in str(error):
                return ServerUnreachable(
                    f"No secure connection to {self.base_url} could be made: {error}. Does it speak https? Most local "
                    "servers are at http://."
                )
            return ServerUnreachable(
                f"Nothing answers at {self.base_url}. Start the server, or name another: `%config Memo.base_url = …`."
            )
        if isinstance(error, httpx.TimeoutException):
            return ServerTimeout(
                f"{self.base_url} was silent for {silence:g} seconds, so memo gave up. `%config Memo.timeout = …` "
                "makes it wait longer."
            )
        if isinstance(error, httpx.RemoteProtocolError) and "illegal" in str(error).lower():
            return self.broken("does not speak HTTP")
        return self.cut()


def _read(pieces: Iterable[bytes], most: int) -> bytes:
    """Read a body, and no more of it than `most` bytes."""
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > most:
            break
    return bytes(body[:most])


def _distrust(error: BaseException | None) -> str | None:
    """Give what is wrong with a server's certificate, if that is why there is no connection."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__  # httpcore takes the cause away
    return None if error is None else error.verify_message.rstrip(".")


def _certificates() -> ssl.SSLContext:
    """Trust what httpx trusts, and what this system trusts: a server that a user allows may well be a company's own."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context
