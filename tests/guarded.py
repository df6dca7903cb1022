"""Runs many cases in a process of its own, so that a crash, a hang or a hunger for memory names its case."""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import memo_jupyter

_PATH = os.pathsep.join([str(Path(__file__).parent), str(Path(memo_jupyter.__file__).parents[1])])


class Guarded:
    """A process that runs ``main(watch, *arguments)`` of a module in this folder, and gives what it returns.

    Parameters
    ----------
    folder : Path
        Where it may put its files.
    seconds : float
        How long one case may take.
    memory : int
        How many bytes of address space the process may have.
    """

    def __init__(self, folder: Path, module: str, *arguments: str, seconds: float, memory: int) -> None:
        self._case = folder / f"case-{'-'.join([module, *arguments])[-60:].replace('/', '_')}"
        words = [sys.executable, __file__, str(self._case), str(seconds), str(memory), module, *arguments]
        # Not pipes: a process that fills one while another is waited for would stand still.
        self._told = [Path(f"{self._case}.{name}") for name in ("out", "err")]
        with self._told[0].open("wb") as out, self._told[1].open("wb") as err:
            environment = os.environ | {"PYTHONPATH": _PATH}
            self._process = subprocess.Popen(words, stdout=out, stderr=err, env=environment, cwd=folder)

    def result(self) -> dict[str, Any]:
        """Wait for it; a process that ended badly fails the test, with the case that was at hand."""
        code = self._process.wait()
        out, err = (path.read_text("utf-8", "replace") for path in self._told)
        case = self._case.read_text("utf-8").strip() if self._case.exists() else "before the first"
        assert code == 0, f"case {case!r} ended the process ({code}):\n{err[-4000:]}"
        found: dict[str, Any] = json.loads(out)
        return found


class Watch:
    """Told of each case as it begins: notes its name, and ends the process if it takes too long."""

    def __init__(self, note: Path, seconds: float) -> None:
        self._note = note.open("wb", buffering=0)
        self._seconds = seconds

    def begin(self, name: str) -> None:
        faulthandler.dump_traceback_later(self._seconds, exit=True)
        os.pwrite(self._note.fileno(), name.encode("utf-8", "replace")[:200].ljust(200), 0)

    def end(self) -> None:
        faulthandler.cancel_dump_traceback_later()


def _main() -> None:
    note, seconds, memory, module, *arguments = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    faulthandler.enable()
    watch = Watch(Path(note), float(seconds))
    result = __import__(module).main(watch, *arguments)
    watch.end()
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    _main()
