"""Fixtures that run the real llama-server, with a tiny model, on a free port of this computer."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_BUILD = Path(__file__).parent.parent / "scripts" / "build_llama_server.py"
_LISTENS = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")
_PATIENCE = 60.0  # seconds to start: it takes a tenth of one, but the machine may be busy


@dataclass(frozen=True, slots=True)
class LlamaServer:
    """A llama-server that runs.

    Attributes
    ----------
    base_url : str
        Such as ``http://127.0.0.1:40123``.
    model : str
        The model's name, as memo lists it.
    process : Popen
    key : str
        The key it wants, or nothing.
    """

    base_url: str
    model: str
    process: subprocess.Popen[bytes]
    key: str = ""

    def get(self, path: str) -> Any:
        """Give the JSON at `path`."""
        request = urllib.request.Request(self.base_url + path)
        if self.key:
            request.add_header("Authorization", f"Bearer {self.key}")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as reply:
            return json.load(reply)

    def busy_slots(self) -> int:
        """Count the answers it is writing."""
        return sum(slot["is_processing"] for slot in self.get("/slots"))

    def kill(self) -> None:
        """End it at once; asked nicely, it would first finish what it writes."""
        self.process.kill()
        self.process.wait()


class LlamaServers:
    """Starts servers, and ends them all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[LlamaServer] = []

    def start(self, *flags: str, template: str | None = None, stops: float | None = None) -> LlamaServer:
        """Start a server and wait until it answers.

        Parameters
        ----------
        flags : str
            Such as ``"-c", "512"`` for the window, ``"-np", "2"`` for how many answers at once, ``"--api-key", "x"``.
        template, stops
            Of the model; see `write_tiny_model`.
        """
        binary = runpy.run_path(str(_BUILD))["binary_path"]()
        if not binary.exists():
            pytest.skip("no llama-server here: run `make llama-server`")
        pytest.importorskip("gguf")
        from tiny_model import CHATML, STOPS, write_tiny_model  # needs gguf

        number = len(self._running)
        model = self._folder / f"tiny-{number}.gguf"
        write_tiny_model(model, template=template or CHATML, stops=STOPS if stops is None else stops)
        log = self._folder / f"server-{number}.log"
        command = [binary, "-m", model, "--host", "127.0.0.1", "--port", "0", "--no-ui", "--offline", "-t", "1", *flags]
        with log.open("wb") as written:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=written)
        key = flags[flags.index("--api-key") + 1] if "--api-key" in flags else ""
        self._running.append(LlamaServer("", model.stem, process))
        server = LlamaServer(self._address(process, log), model.stem, process, key)
        self._wait_until_ready(server)
        return server

    def kill_all(self) -> None:
        """End every server that was started."""
        for server in self._running:
            server.kill()

    @staticmethod
    def _address(process: subprocess.Popen[bytes], log: Path) -> str:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and process.poll() is None:
            if found := _LISTENS.search(log.read_text(errors="replace")):
                return found[1]
            time.sleep(0.02)
        raise RuntimeError(f"llama-server did not start:\n{log.read_text(errors='replace')[-2000:]}")

    @staticmethod
    def _wait_until_ready(server: LlamaServer) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                if server.get("/health") == {"status": "ok"}:
                    return
            except (urllib.error.HTTPError, urllib.error.URLError) as error:  # 503 until the model is loaded
                error.close() if isinstance(error, urllib.error.HTTPError) else None
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.02)


@pytest.fixture(scope="session")
def llama_servers(tmp_path_factory):
    """Start llama-servers; skips where it has not been built."""
    servers = LlamaServers(tmp_path_factory.mktemp("llama"))
    yield servers
    servers.kill_all()


@pytest.fixture(scope="session")
def llama_server(llama_servers):
    """One that is shared by all tests: a window of 2,048 tokens, one answer at a time."""
    return llama_servers.start("-c", "2048", "-np", "1")
