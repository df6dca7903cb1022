"""A `Memo` in another process: a call on `OtherProcess` is made there, and what it returns or raises comes back."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import memo_jupyter
from memo_jupyter import Memo
from memo_jupyter.testing import fake_memo

if TYPE_CHECKING:
    from typing_extensions import Self

_PATH = str(Path(memo_jupyter.__file__).parents[1])


class OtherProcess:
    """A process with one `Memo`.

    Parameters
    ----------
    store : Path
        The store's folder.
    real : bool
        Whether it has the real embedding model, and not a double.
    **settings
        As for `Memo`.
    """

    def __init__(self, store: Path, *, real: bool = False, **settings: Any) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "real" if real else "fake"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": _PATH},
        )
        self.open(str(store), **settings)

    def begin(self, *call: Any) -> None:
        """Begin a call: the method's name and its arguments; `result` waits for its end."""
        pickle.dump(call, self._process.stdin)
        self._process.stdin.flush()

    def result(self) -> Any:
        """Give what the call that was begun returned, or raise what it raised."""
        raised, value = pickle.load(self._process.stdout)
        if raised:
            raise value
        return value

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            self.begin(name, given, named)
            return self.result()

        return call

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        if self._process.wait(60):
            raise RuntimeError(f"the other process ended with {self._process.returncode}")
        self._process.stdout.close()

    def kill(self) -> None:
        """Kill it, as `kill -9` does."""
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


def _serve(make: type[Memo] | Any) -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything prints must not stand among the answers
    memo = None
    while True:
        try:
            name, given, named = pickle.load(sys.stdin.buffer)
        except EOFError:
            break
        answer: tuple[bool, Any] = False, None
        try:
            if name == "open":  # another store, or the same anew
                if memo is not None:
                    memo.close()
                memo = make(*given, **named)
            else:
                answer = False, getattr(memo, name)(*given, **named)
        except Exception as error:  # raised on the other side
            answer = True, error
        pickle.dump(answer, answers)
        answers.flush()
    memo.close()


if __name__ == "__main__":
    _serve(Memo if sys.argv[1] == "real" else fake_memo)
