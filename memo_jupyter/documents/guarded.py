"""Files read by a process of their own, which is ended when it says nothing for long."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from typing import IO, TYPE_CHECKING, Any

from memo_jupyter.documents.part import Part, Unreadable

if TYPE_CHECKING:
    from typing_extensions import Self

_SILENT = 30.0
"""Seconds without a part, such as a page, after which a file is given up."""

_LONGEST = 600.0
"""Seconds that a whole file may take."""

_ENDING = 5.0  # seconds that the thread of a process that is killed has to see its end

# Where it was started must not stand in its path of modules: there may be a `csv.py` there, and it would be run.
_START = "import sys; sys.path[:] = sys.argv[1:]; from memo_jupyter.documents.worker import serve; serve()"


class Readers:
    """The process that reads, started when there is something to read, and anew when it had to be ended.

    Parameters
    ----------
    silent : float
        Seconds without a part after which a file is given up.
    """

    def __init__(self, silent: float = _SILENT) -> None:
        self._silent = silent
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._pump: threading.Thread | None = None

    def read(self, path: str) -> tuple[list[Part], str]:
        """Read a file: its parts, and its digest.

        Raises
        ------
        Unreadable
        """
        parts: list[Part] = []
        done = False
        until = time.monotonic() + _LONGEST
        try:
            self._ask(path)
            while True:
                answer = self._answer(until)
                if "text" not in answer:
                    break
                if answer["text"].strip():
                    parts.append(_part(answer))
            done = True
        finally:
            if not done:  # what it still says would be taken for the next file's
                self.close()
        if "problem" in answer:
            raise Unreadable(answer["problem"])
        return parts, answer["digest"]

    def close(self) -> None:
        """End the process, whatever it is at."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if self._pump is not None:
            self._pump.join(_ENDING)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _ask(self, path: str) -> None:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._start()
        process = self._process
        if process is None or process.stdin is None:
            raise Unreadable("the process that reads it could not be started")
        try:
            process.stdin.write(json.dumps(path).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            raise Unreadable("the process that reads it has ended") from None

    def _start(self) -> None:
        command = [sys.executable, "-c", _START, *filter(None, sys.path)]
        try:
            self._process = subprocess.Popen(  # noqa: S603  # this very Python
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise Unreadable(f"the process that reads it could not be started ({error.strerror})") from None
        self._answers = queue.Queue()
        self._pump = threading.Thread(target=_hand_on, args=(self._process.stdout, self._answers), daemon=True)
        self._pump.start()

    def _answer(self, until: float) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=max(0.0, min(self._silent, until - time.monotonic())))
        except queue.Empty:
            raise Unreadable("it took too long, and was given up") from None
        if not line:
            raise Unreadable("the process that read it has crashed on it")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _hand_on(pipe: IO[bytes], answers: queue.Queue[bytes]) -> None:
    """Hand on each line; an empty one says that there are no more."""
    try:
        for line in pipe:
            answers.put(line)
    except (OSError, ValueError):  # it was closed
        pass
    answers.put(b"")


def _part(answer: dict[str, Any]) -> Part:
    return Part(answer["text"], answer["where"], answer["code"], answer["outputs"], tuple(answer["tags"]))
