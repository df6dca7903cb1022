"""A GGUF file that answers in this very process, with no server: `memo-jupyter[llama]`.

A thread of its own evaluates and writes; whoever reads the answer only waits for what it writes. So an answer stops at
once, and Ctrl-C is heard, whatever llama.cpp is at.
"""

from __future__ import annotations

import codecs
import os
import threading
import weakref
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from memo_jupyter.errors import BrokenReply, PromptTooLong
from memo_jupyter.llm.in_process import LoadedModel, Switch
from memo_jupyter.llm.thinking import Thinking
from memo_jupyter.types import Delta, Usage

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from memo_jupyter.types import Options, Prompt

SUFFIX = ".gguf"


class GgufModel:
    """A `ChatModel` in this process. It has to be closed, or dropped: it holds its weights in memory.

    One question is answered at a time; the others wait for their turn.

    Parameters
    ----------
    path : Path
        The GGUF file.
    window : int
        The context window to make, in tokens; 0 for the one it was trained for, up to 8,192.

    Raises
    ------
    UnknownModel
        There is no such file, or it is not GGUF.
    LLMError
        llama-cpp-python is not installed, or cannot load the file.
    """

    server = "llama.cpp in this process"
    window_is_ours = False

    def __init__(self, path: Path, *, window: int = 0) -> None:
        self.name = path.stem
        self._loaded = LoadedModel(path, window)
        self.window: int | None = self._loaded.window
        # Also when Python ends: the memory must not go while the other thread still computes in it.
        self._close = weakref.finalize(self, self._loaded.close)

    def __repr__(self) -> str:
        return f"GgufModel({self.name!r}, window={self.window})"

    def count(self, text: str) -> int | None:
        """Tell how many tokens `text` is, exactly."""
        return self._loaded.count(text)

    def stream(self, prompt: Prompt, options: Options) -> GgufStream:
        """Answer ``prompt.messages``; see `ChatModel`. Work begins when the stream is first iterated."""
        return GgufStream(self, self._loaded, prompt, options)

    def close(self) -> None:
        """End the answer that is being written, and give the memory back."""
        self._close()


class GgufStream:
    """An answer that is being written by another thread; see `Stream`.

    Attributes
    ----------
    usage : Usage
        Complete when the iteration ends.
    """

    def __init__(self, model: GgufModel, loaded: LoadedModel, prompt: Prompt, options: Options) -> None:
        self.usage = Usage()
        self._model = model  # kept until the answer has ended: once it is dropped, it is closed
        self._loaded = loaded
        self._prompt = prompt
        self._options = options
        self._stopped = False
        self._switch = Switch()
        self._written: SimpleQueue[Delta | Exception | None] = SimpleQueue()

    def __iter__(self) -> Iterator[Delta]:
        # A daemon, so that Python can end: then the model is closed, which stops it.
        threading.Thread(target=self._write, name="memo-gguf", daemon=True).start()
        try:
            while (arrived := self._written.get()) is not None and not self._stopped:
                if isinstance(arrived, Exception):
                    raise arrived
                if arrived != Delta():
                    yield arrived
        finally:
            self._switch.stop()  # also if nobody reads on

    def stop(self) -> None:
        """End the stream at once, from any thread; the iteration then ends without an error."""
        # Nothing here waits for a lock: it may be called in the midst of anything, by the handler of a signal.
        self._stopped = True
        self._switch.stop()
        self._written.put(None)

    def _write(self) -> None:
        try:
            with self._loaded.turn(self._switch):
                for delta in self._deltas():
                    self._written.put(delta)
                if self._switch.on:  # nobody waits for this, unless it was the model that was closed
                    self._written.put(
                        BrokenReply(f"The model {self._model.name} was closed before its answer had ended.")
                    )
        except Exception as error:  # the reader raises it
            self._written.put(error)
        finally:
            self._written.put(None)

    def _deltas(self) -> Generator[Delta, None, None]:
        tokens, opened = self._loaded.tokens(self._prompt.messages)
        room = self._loaded.window - len(tokens)
        if room < 1:
            raise PromptTooLong(
                f"The prompt is too long for the model {self._model.name}: it takes {len(tokens):,} tokens, and the "
                f"window has {self._loaded.window:,}. Recall less (Memo.k), or set a larger window (Memo.window).",
                len(tokens),
                self._loaded.window,
            )
        most = min(self._options.max_tokens or room, room)
        grammar = self._loaded.grammar(self._options)
        thinking = Thinking(opened=opened and grammar is None)  # where JSON is forced, no thought can come
        text = codecs.getincrementaldecoder("utf-8")("replace")  # a character may be cut between two tokens
        self.usage = Usage(len(tokens), 0)
        with closing(self._loaded.write(tokens, self._switch, self._options.temperature, grammar)) as pieces:
            for number, piece in enumerate(pieces, start=1):
                self.usage = Usage(len(tokens), number, "length" if number == most else None)
                yield thinking.feed(text.decode(piece))
                if number == most:
                    break
        if self._switch.on:
            return
        if self.usage.finish is None:
            self.usage = Usage(len(tokens), self.usage.answer_tokens, "stop")
        yield thinking.feed(text.decode(b"", final=True))
        yield thinking.finish(cut=self.usage.finish != "stop")


class GgufFiles:
    """The files that have been loaded, each once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: dict[Path, tuple[object, GgufModel]] = {}

    def open(self, name: str, window: int) -> GgufModel:
        """Give the model of a file, loaded anew only if the file or the window has changed; errors as of `GgufModel`.

        Parameters
        ----------
        name : str
            The file's path; ``~`` is the home folder.
        window : int
            As for `GgufModel`.
        """
        path = file_of(name)
        with self._lock:
            state = (_changed(path), window)
            known = self._models.get(path)
            if known is not None and known[0] == state:
                return known[1]
            del known
            self._models.pop(path, None)  # before the other is loaded, for both might not fit into memory
            model = GgufModel(path, window=window)
            self._models[path] = (state, model)
            return model

    def close(self) -> None:
        """Give the memory of all of them back."""
        with self._lock:
            for _, model in self._models.values():
                model.close()
            self._models.clear()


def file_of(name: str) -> Path:
    """Give the path that the user means."""
    return Path(os.path.expanduser(name)).absolute()  # noqa: PTH111  # pathlib's raises where there is no such user


def _changed(path: Path) -> object:
    try:
        state = path.stat()
    except (OSError, ValueError):
        return None  # reading it will tell what is wrong
    return state.st_mtime_ns, state.st_size
