"""A GGUF file loaded into this process: it reads a prompt and writes what follows, token by token, until it is stopped.

`Llama` of llama-cpp-python loads, evaluates and samples; where it lacks something, llama.cpp's own functions are called
(https://github.com/ggml-org/llama.cpp/blob/master/include/llama.h).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import threading
from typing import TYPE_CHECKING, Any

from memo_jupyter.characters import whole
from memo_jupyter.errors import LLMError
from memo_jupyter.llm.gguf_header import read_header
from memo_jupyter.llm.llama_package import AT_ONCE, one_line, package
from memo_jupyter.llm.thinking import OPEN

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from memo_jupyter.types import Message, Options

_WINDOW = 8192
"""The window that is taken where the user has not chosen one: the one trained for may take all memory."""

_TEMPERATURE = 0.8  # llama.cpp's own

_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)
"""For a file without a chat template, as llama.cpp does."""


class Switch:
    """Stops llama.cpp from any thread.

    llama.cpp asks a C function with this byte's address, hundreds of times a token, whether to go on. A Python function
    would have to wait for the interpreter's lock each time, and while a cell computes that takes milliseconds. `strlen`
    needs no lock, and says of two bytes, the second of which is 0, whether the first is not.
    """

    def __init__(self) -> None:
        self._byte = ctypes.create_string_buffer(2)
        self.address = ctypes.cast(self._byte, ctypes.c_void_p)

    @property
    def on(self) -> bool:
        """Whether it has been stopped."""
        return self._byte[0] != b"\0"

    def stop(self) -> None:
        """Stop; what runs ends within one step of llama.cpp."""
        self._byte[0] = b"\1"


class LoadedModel:
    """A GGUF file in memory.

    Parameters
    ----------
    path : Path
    window : int
        The context window to make, in tokens; 0 for the one it was trained for, up to 8,192.

    Attributes
    ----------
    window : int
        The one that was made: never longer than it was trained for.

    Raises
    ------
    UnknownModel
        There is no such file, or it is not GGUF.
    LLMError
        llama-cpp-python is not installed, or cannot load the file.
    """

    def __init__(self, path: Path, window: int = 0) -> None:
        header = read_header(path)
        if not header.chats:
            raise LLMError(f"{path.name} holds a model ({header.architecture}) that writes no text. Take a chat model.")
        wanted = window or _WINDOW
        self.window = min(wanted, header.window or wanted)
        self._path = path
        self._package = package()
        self._llama = self._package.load(path, self.window)
        self._vocabulary = self._package.functions.llama_model_get_vocab(self._llama.model)
        self._format = self._formatter()
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._running: Switch | None = None
        self._closed = False
        self._process = os.getpid()

    def count(self, text: str) -> int | None:
        """Tell how many tokens `text` is; None once it has been closed. Needs no turn."""
        with self._counting:
            return None if self._closed else len(self._tokenized(text, begin=False))

    @contextlib.contextmanager
    def turn(self, switch: Switch) -> Iterator[None]:
        """Wait until nobody else uses the model; what then runs is stopped by `switch`.

        Raises
        ------
        LLMError
            The model has been closed.
        """
        functions = self._package.functions
        with self._turn:
            self._running = switch  # first, so that `close` either sees it or is seen
            try:
                if self._closed:
                    raise LLMError(f"The model {self._path.name} has been closed. Ask again.")
                functions.llama_set_abort_callback(self._llama.ctx, self._package.is_on, switch.address)
                try:
                    yield
                finally:
                    functions.llama_set_abort_callback(self._llama.ctx, functions.ggml_abort_callback(), None)
            finally:
                self._running = None

    def tokens(self, messages: Sequence[Message]) -> tuple[list[int], bool]:
        """Give the prompt as the model was trained to read it, and tell whether it ends with a thought's beginning."""
        rows = [{"role": message.role, "content": whole(message.content)} for message in messages]
        try:
            prompt = self._format(messages=rows).prompt
        except Exception as error:  # whatever a template may raise
            prompt = self._without_system(rows, error)
        return self._tokenized(prompt, begin=True), prompt.rstrip().endswith(OPEN)

    def grammar(self, options: Options) -> Any:
        """Make what forces the answer into JSON, or None if it need not be.

        Raises
        ------
        LLMError
            The schema cannot be turned into a grammar.
        """
        if options.schema is None and not options.json:
            return None
        grammars = self._package.grammars
        try:
            text = grammars.JSON_GBNF
            if options.schema is not None:
                text = grammars.json_schema_to_gbnf(json.dumps(dict(options.schema)))
        except Exception as error:  # of the package's converter, or of json
            raise LLMError(f"The JSON schema cannot be turned into a grammar: {one_line(error)}.") from error
        functions = self._package.functions
        made = functions.llama_sampler_init_grammar(self._vocabulary, text.encode(), b"root")
        if not made:  # the package would pass the null pointer on, and the process would end there
            raise LLMError("The JSON schema cannot be turned into a grammar. Make it simpler.")
        functions.llama_sampler_free(made)
        return grammars.LlamaGrammar.from_string(text, verbose=False)

    def write(
        self, tokens: Sequence[int], switch: Switch, temperature: float | None, grammar: Any
    ) -> Generator[bytes, None, None]:
        """Evaluate the prompt and write what follows it, a token's bytes at a time, until the model's end or `switch`.

        What the prompt has in common with the one before is not evaluated again. Only within a `turn`.

        Raises
        ------
        LLMError
            llama.cpp failed.
        """
        llama, functions = self._llama, self._package.functions
        known = llama.input_ids[: llama.n_tokens].tolist()
        same = min(llama.longest_token_prefix(known, tokens), len(tokens) - 1)
        if not functions.llama_memory_seq_rm(functions.llama_get_memory(llama.ctx), 0, same, -1):
            llama.reset()  # a recurrent model cannot go back
            same = 0
        llama.n_tokens = same
        try:
            for start in range(same, len(tokens) - 1, AT_ONCE):
                if switch.on:
                    return
                llama.eval(tokens[start : min(start + AT_ONCE, len(tokens) - 1)])
            warmth = _TEMPERATURE if temperature is None else temperature
            for token in llama.generate(tokens[-1:], reset=False, temp=warmth, grammar=grammar):
                if switch.on or functions.llama_vocab_is_eog(self._vocabulary, token):
                    return
                yield self._bytes_of(token)
        except RuntimeError as error:
            if not switch.on:
                raise LLMError(f"llama.cpp failed with {self._path.name}: {one_line(error)}.") from error

    def close(self) -> None:
        """Stop what runs, and give the memory back. Safe to call twice, and from any thread."""
        if os.getpid() != self._process:
            return  # a forked child has none of the threads, and what it would wait for never comes
        self._closed = True
        if running := self._running:
            running.stop()
        with self._turn, self._counting:
            self._llama.close()

    def _without_system(self, rows: list[dict[str, str]], error: Exception) -> str:
        """Put what the system says before the first question: some templates (Gemma's) refuse it on its own."""
        first, *rest = rows
        if first["role"] == "system" and rest:
            rest[0] = {"role": rest[0]["role"], "content": f"{first['content']}\n\n{rest[0]['content']}"}
            with contextlib.suppress(Exception):  # as above
                return str(self._format(messages=rest).prompt)
        raise LLMError(f"The chat template of {self._path.name} failed: {one_line(error)}.") from error

    def _formatter(self) -> Any:
        functions, llama = self._package.functions, self._llama

        def text(token: int) -> str:
            return "" if token < 0 else str(functions.llama_vocab_get_text(self._vocabulary, token).decode())

        template = llama.metadata.get("tokenizer.chat_template") or _CHATML
        return self._package.formatter(
            template=template, eos_token=text(llama.token_eos()), bos_token=text(llama.token_bos())
        )

    def _tokenized(self, text: str, *, begin: bool) -> list[int]:
        tokens: list[int] = self._llama.tokenize(whole(text).encode(), add_bos=begin, special=True)
        # Most templates write the beginning themselves, and the tokenizer adds another.
        return tokens[1:] if begin and tokens[:2] == [self._llama.token_bos()] * 2 else tokens

    def _bytes_of(self, token: int) -> bytes:
        # `Llama.detokenize` gives a token of more than 32 bytes wrongly.
        size = 256
        while True:
            room = ctypes.create_string_buffer(size)
            length = self._package.functions.llama_token_to_piece(self._vocabulary, token, room, size, 0, False)
            if length >= 0:
                return room.raw[:length]
            size = -length
