"""Stops a request from any thread, whatever it is waiting for."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


CONNECTED = "connection.connect_tcp.complete"
"""What httpx calls the moment in which there is a connection, and nothing has been sent on it."""


class Stopped(Exception):
    """The plug was pulled. Never leaves this package: the stream just ends."""


class Plug:
    """Closes a connection from any thread, whatever that connection is waiting for.

    Closing a file descriptor does not wake another thread that reads from it, and before the first header has come,
    httpx has nothing to close at all. Shutting the socket down works in every state; the socket is known from httpx's
    `trace` extension (https://www.python-httpx.org/advanced/extensions/#trace). The duplicate kept here is this
    object's own, so that it is never another connection's: the number of a closed descriptor is soon used again.

    Attributes
    ----------
    pulled : bool
        Whether it has been pulled; what is then opened with it is closed at once.
    """

    def __init__(self) -> None:
        self.pulled = False
        self._socket: socket.socket | None = None
        self._lock = threading.RLock()

    def pull(self) -> None:
        """Close the connection, now or as soon as there is one."""
        with self._lock:
            self.pulled = True
            if self._socket is not None:
                with contextlib.suppress(OSError):  # already closed by the other side
                    self._socket.shutdown(socket.SHUT_RDWR)

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take hold of the socket once it is connected: httpx calls this."""
        if event == CONNECTED:
            with self._lock:
                self.release()
                self._socket = info["return_value"].get_extra_info("socket").dup()
                if self.pulled:
                    self.pull()

    def release(self) -> None:
        """Let go of the socket."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
                self._socket = None
