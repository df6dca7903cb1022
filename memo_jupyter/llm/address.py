"""Where prompts may go: this computer, and the hosts that the user allows by name."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from memo_jupyter.errors import BadInput, HostNotAllowed

if TYPE_CHECKING:
    from collections.abc import Iterable

_EXAMPLE = "http://127.0.0.1:8080"
_LONGEST_NAME = 253  # characters of a host's name (RFC 1035)
_ONE_SLASH = re.compile(r"https?:/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """A server's checked address.

    Attributes
    ----------
    shown : str
        As a person reads it; without the `/v1` it may have been given with.
    routes : tuple of str
        What is connected to, in this order, until one of them accepts. For `localhost` these are the loopback
        addresses themselves, so that no resolver has a say in where a prompt goes.
    host : str
        For the Host header: the name and port that were given.
    name : str
        The name that a certificate has to be for.
    elsewhere : bool
        Whether the user has allowed it by name, so that it may be another computer.
    """

    shown: str
    routes: tuple[str, ...]
    host: str
    name: str
    elsewhere: bool


def checked(base_url: str, allow_hosts: Iterable[str]) -> Address:
    """Check where a server is.

    Parameters
    ----------
    base_url : str
        With or without a scheme, and with or without the `/v1` of an OpenAI-compatible server.
    allow_hosts : iterable of str
        The names that are allowed besides loopback; each may bear a port.

    Raises
    ------
    BadInput
        It is not an HTTP address, or it holds a password.
    HostNotAllowed
        It is another computer's, and that one is not in `allow_hosts`.
    """
    url = _parsed(base_url)
    host = url.host.lower()
    routes = _loopback(host)
    elsewhere = not routes
    if elsewhere:
        allowed = {name.strip().lower() for name in allow_hosts}
        if not allowed & {host, f"{host}:{url.port}", f"[{host}]"}:
            raise HostNotAllowed(
                f"memo sends prompts to this computer only, and {host} is another. To allow it: "
                f"`%config Memo.allow_hosts = ['{host}']`, or MEMO_ALLOW_HOSTS={host} in the environment."
            )
        routes = (host,)
    path = url.path.rstrip("/").removesuffix("/chat/completions").removesuffix("/v1").rstrip("/")
    url = url.copy_with(path=path or "/")
    return Address(
        shown=str(url).rstrip("/"),
        routes=tuple(str(url.copy_with(host=route)).rstrip("/") for route in routes),
        host=url.netloc.decode("ascii"),
        name=host,
        elsewhere=elsewhere,
    )


def is_loopback(number: str) -> bool:
    """Tell whether an address, as the operating system writes it, is this computer's alone."""
    try:
        address = ipaddress.ip_address(number)
    except ValueError:
        return False
    # Python before 3.13 does not look into an IPv4 address that is written as an IPv6 one.
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _parsed(base_url: str) -> httpx.URL:
    text = base_url.strip()
    try:
        url = httpx.URL(text if "://" in text or _ONE_SLASH.match(text) else f"http://{text}")
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL("")
    # The text itself is not repeated where it may hold a password.
    if url.userinfo or url.query or url.fragment:
        raise BadInput(
            f"The server's address must be plain, such as {_EXAMPLE}, with no password, '?' or '#' in it. "
            "A key goes into Memo.api_key."
        )
    if url.scheme not in ("http", "https") or not _is_name(url.host) or (url.port or 1) not in range(1, 65536):
        raise BadInput(f"{text[:100]!r} is not the address of a server. Write it like {_EXAMPLE}.")
    return url


def _is_name(host: str) -> bool:
    """Tell whether it can be a computer's name or address; `httpx.URL` takes any words for one."""
    return 0 < len(host) <= _LONGEST_NAME and (":" in host or re.fullmatch(r"[\w.-]+", host) is not None)


def _loopback(host: str) -> tuple[str, ...]:
    """Give the addresses to connect to if `host` is this computer, else none."""
    if host == "localhost":
        return "127.0.0.1", "::1"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ()
    if address.is_unspecified:  # 0.0.0.0, where a server listens that hears everyone: to reach it, one asks loopback
        return ("127.0.0.1",) if address.version == 4 else ("::1",)  # noqa: PLR2004  # IPv4
    return (host,) if address.is_loopback else ()
