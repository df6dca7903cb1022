"""A real kernel in a busy session, driven by messages as a front end does, and what it has replied to, and when."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_client.manager import KernelManager

LOAD = "%load_ext memo"


@dataclass
class Ran:
    """A cell that the kernel has replied to."""

    code: str
    cell: str
    at: float
    outputs: str = ""
    content: dict = field(default_factory=dict)


class Busy:
    """A kernel of this interpreter on the store `folder/store`; it is killed when the block ends."""

    def __init__(self, folder, model_folder, notebook="busy.ipynb", **environment):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MEMO_")}
        self.ran: list[Ran] = []
        self._environment = {
            **kept, "MEMO_HOME": str(folder / "store"), "MEMO_MODELS": str(model_folder), "MEMO_MODEL": "quote",
            "IPYTHONDIR": str(folder / "ipython"), "OMP_NUM_THREADS": "1",
            **({"JPY_SESSION_NAME": str(folder / notebook)} if notebook else {}), **environment,
        }  # fmt: skip
        self._manager = KernelManager(kernel_name="python3")
        self._folder = folder

    def __enter__(self):
        self._manager.start_kernel(env=self._environment, cwd=str(self._folder))
        self.client = self._manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=90)
        return self

    def __exit__(self, *error):
        self.client.stop_channels()
        with contextlib.suppress(RuntimeError):
            self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()

    @property
    def pid(self):
        return self._manager.provisioner.pid

    def run(self, code, cell="", timeout=60.0):
        """Run a cell; give it as it ended, or None if the kernel is dead or does not reply in time."""
        content = {
            "code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
            "stop_on_error": False,
        }  # fmt: skip
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell} if cell else {})
        self.client.shell_channel.send(message)
        until = time.monotonic() + timeout
        while time.monotonic() < until and self.is_alive():
            try:
                reply = self.client.get_shell_msg(timeout=0.1)
            except queue.Empty:
                continue
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                self.ran.append(Ran(code, cell, time.monotonic(), content=reply["content"]))
                return self.ran[-1]
        return None

    def shown(self, ran_code, timeout=30.0):
        """Run a cell; give what it showed, as text, until the kernel is idle again."""
        self.drain()
        ran = self.run(ran_code, timeout=timeout)
        parts = []
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=5)
            except queue.Empty:
                return ran, "".join(parts)
            content = message["content"]
            if message["msg_type"] == "stream":
                parts.append(content["text"])
            elif message["msg_type"] == "error":
                parts.append("\n".join(content["traceback"]) + "\n")
            elif "data" in content:
                parts.append(content["data"].get("text/plain", "") + "\n")
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                return ran, "".join(parts)

    def drain(self):
        """Take what the kernel has published so far."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.client.get_iopub_msg(timeout=0.05)

    def is_alive(self):
        try:
            told = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return False
        return told.rpartition(")")[2].split()[0] != "Z"

    def signal_after(self, seconds, number):
        """Send a signal in so many seconds; gives a list that then holds the moment."""
        moments: list[float] = []

        def send():
            moments.append(time.monotonic())
            os.kill(self.pid, number)

        timer = threading.Timer(seconds, send)
        timer.start()
        return timer, moments

    def ask_to_shut_down(self):
        """Ask it to end, as a front end does, and wait until it has."""
        self.client.shutdown()
        self.wait_for_end()

    def wait_for_end(self, seconds=30.0):
        until = time.monotonic() + seconds
        while self.is_alive():
            assert time.monotonic() < until, "the kernel goes on"
            time.sleep(0.01)
