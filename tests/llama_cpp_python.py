"""Fixtures that run llama-cpp-python's server, the sloppy one, with a tiny model, on a free port of this computer."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_LISTENS = re.compile(r"running on (http://127\.0\.0\.1:\d+)")
_PATIENCE = 60.0  # seconds to start: it takes two, but the machine may be busy


@dataclass(frozen=True, slots=True)
class SloppyServer:
    """A server that runs.

    Attributes
    ----------
    base_url : str
        Such as ``http://127.0.0.1:40123``.
    model : str
        The model's name, as memo lists it.
    key : str
        The key it wants, or nothing.
    """

    base_url: str
    model: str
    key: str = ""


class SloppyServers:
    """Starts servers, and ends them all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, *flags: str, stops: float | None = None) -> SloppyServer:
        """Start a server and wait until it answers.

        Parameters
        ----------
        flags : str
            Such as ``"--n_ctx", "512"`` for the window, ``"--api_key", "x"``.
        stops
            Of the model; see `write_tiny_model`.
        """
        if not all(map(importlib.util.find_spec, ("llama_cpp", "uvicorn", "gguf"))):
            pytest.skip("no llama-cpp-python with its server here: run `make llama`")
        from tiny_model import STOPS, write_tiny_model  # needs gguf

        number = len(self._running)
        model = write_tiny_model(self._folder / f"sloppy-{number}.gguf", stops=STOPS if stops is None else stops)
        log = self._folder / f"sloppy-{number}.log"
        command = [
            sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--host", "127.0.0.1", "--port", "0",
            "--n_threads", "1", "--verbose", "false", *flags,
        ]  # fmt: skip
        with log.open("wb") as written:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=written)
        self._running.append(process)
        key = flags[flags.index("--api_key") + 1] if "--api_key" in flags else ""
        return SloppyServer(self._address(process, log), model.stem, key)

    def kill_all(self) -> None:
        """End every server that was started."""
        for process in self._running:
            process.kill()
            process.wait()

    @staticmethod
    def _address(process: subprocess.Popen[bytes], log: Path) -> str:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and process.poll() is None:
            if found := _LISTENS.search(log.read_text(errors="replace")):
                return found[1]
            time.sleep(0.05)
        raise RuntimeError(f"llama_cpp.server did not start:\n{log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="session")
def sloppy_servers(tmp_path_factory):
    """Start llama-cpp-python's servers; skips where it is not installed."""
    servers = SloppyServers(tmp_path_factory.mktemp("sloppy"))
    yield servers
    servers.kill_all()


@pytest.fixture(scope="session")
def sloppy_server(sloppy_servers):
    """One that is shared by all tests: a window of 2,048 tokens, one answer at a time."""
    return sloppy_servers.start("--n_ctx", "2048")
