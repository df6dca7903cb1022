"""llama-cpp-python, the optional package that runs GGUF files, imported once and made silent."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from memo_jupyter.errors import LLMError

if TYPE_CHECKING:
    from pathlib import Path

INSTALL = "pip install 'memo-jupyter[llama]'"

AT_ONCE = 512
"""Tokens of a prompt that are evaluated before it is looked whether to go on."""

_STEP = 128
"""Tokens that llama.cpp evaluates in one step: fewer, and evaluating is slower; more, and one step can take longer than
the tenth of a second in which an answer has to stop."""

_ERROR = 4  # the level in llama.cpp's log
_LONGEST = 300  # characters of another program's words in an error


class Package:
    """What memo uses of llama-cpp-python.

    Its log is llama.cpp's, which would be printed into the notebook; here it is only listened to, for what it says of a
    file that cannot be loaded.

    Attributes
    ----------
    functions : module
        llama.cpp's own functions.
    grammars : module
        What turns a JSON schema into a grammar.
    formatter : type
        Runs a chat template, in a sandbox.
    is_on : C function
        Tells whether the byte at an address is not 0.

    Raises
    ------
    LLMError
        It is not installed, or broken.
    """

    def __init__(self) -> None:
        try:
            import llama_cpp  # noqa: PLC0415  # takes a tenth of a second, and is there only if it was asked for
            from llama_cpp import llama_chat_format, llama_grammar  # noqa: PLC0415  # the same
            from llama_cpp import llama_cpp as functions  # noqa: PLC0415  # the same
        except ImportError as error:
            raise LLMError(f"A GGUF file is run by llama-cpp-python, which is not installed: {INSTALL}") from error
        except Exception as error:  # whatever its compiled part may raise
            raise LLMError(f"llama-cpp-python is installed, but broken: {one_line(error)}.") from error
        self.functions: Any = functions
        self.grammars: Any = llama_grammar
        self.formatter: Any = llama_chat_format.Jinja2ChatFormatter
        self.is_on: Any = ctypes.cast(ctypes.CDLL(None).strlen, functions.ggml_abort_callback)
        self._new: Any = llama_cpp.Llama
        self._loading = threading.Lock()
        self._errors: deque[str] = deque(maxlen=20)

        def hear(level: int, text: bytes, data: object) -> None:
            del data
            if level == _ERROR:
                self._errors.append(text.decode("utf-8", "replace"))

        self._hear = functions.llama_log_callback(hear)  # kept: llama.cpp calls it as long as the process lives
        functions.llama_log_set(self._hear, ctypes.c_void_p())

    def load(self, path: Path, window: int) -> Any:
        """Load a file with a context window of so many tokens, onto the GPU if there is one that has room.

        One at a time: the package turns the process's output off meanwhile, and on again.

        Raises
        ------
        LLMError
            llama.cpp cannot load it.
        """
        with self._loading:
            if self.functions.llama_supports_gpu_offload():
                with contextlib.suppress(Exception):
                    return self._loaded(path, window, layers=-1)
            self._errors.clear()
            try:
                return self._loaded(path, window, layers=0)
            except Exception as error:  # ValueError of the package, and whatever a chat template's syntax raises
                raise LLMError(f"llama.cpp cannot load {path}: {self._reason() or one_line(error)}.") from error

    def _loaded(self, path: Path, window: int, *, layers: int) -> Any:
        # One core is left to what else runs: llama.cpp's threads wait for each other in a loop, and where one of them
        # has no core, all stand still (4,096 tokens on two busy cores: 15 s with two threads, 1.3 s with one).
        threads = max(1, (os.cpu_count() or 1) - 1)
        return self._new(
            str(path), n_ctx=window, n_gpu_layers=layers, n_batch=AT_ONCE, n_ubatch=_STEP, n_threads_batch=threads,
            verbose=False,
        )  # fmt: skip

    def _reason(self) -> str:
        """Give what llama.cpp said of its failure: the first of it that says why."""
        told = [one_line(line) for line in self._errors]
        why = [line.partition("error loading model: ")[2] for line in told]
        return next(filter(None, [*why, *told]), "")


@functools.cache
def package() -> Package:
    """Import llama-cpp-python, once."""
    return Package()


def one_line(told: object) -> str:
    """Put what another program says into one line, without a full stop."""
    line = " ".join(str(told).split()).rstrip(".")
    return line if len(line) <= _LONGEST else line[:_LONGEST] + " …"
