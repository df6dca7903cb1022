"""Ollama's own protocol.

Not its OpenAI-compatible one, because only here can the window be chosen: the default one is small, and a prompt that
does not fit it is silently cut.

Format: https://github.com/ollama/ollama/blob/main/docs/api.md and …/api/types.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memo_jupyter.errors import LLMError
from memo_jupyter.llm.refusals import is_error
from memo_jupyter.llm.sse import lines
from memo_jupyter.llm.streaming import HttpStream, number
from memo_jupyter.llm.thinking import Thinking, thinks_at_once, unopened
from memo_jupyter.types import Delta, Usage

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from memo_jupyter.llm.transport import Transport
    from memo_jupyter.types import Options, Prompt


class OllamaModel:
    """A `ChatModel` of an Ollama server.

    Parameters
    ----------
    transport : Transport
    name : str
        The model's name with its tag: ``llama3.2:latest``.
    window : int or None
        The most that the model was trained for, in tokens. What a request gets is ``Options.window``; a large one
        takes much memory.
    """

    window_is_ours = True

    def __init__(self, transport: Transport, name: str, *, window: int | None = None) -> None:
        self.name = name
        self.server = f"Ollama at {transport.base_url}"
        self.window = window
        self._transport = transport
        self._thinks_at_once = thinks_at_once(name)

    def __repr__(self) -> str:
        return f"OllamaModel({self.name!r}, {self.server!r})"

    def count(self, text: str) -> int | None:
        """Tell nothing: Ollama gives no access to its tokenizers."""
        del text
        return None

    def stream(self, prompt: Prompt, options: Options) -> OllamaStream:
        """Send ``prompt.messages`` and stream the answer; see `ChatModel`."""
        wanted = {
            "num_ctx": options.window,
            "num_predict": options.max_tokens,
            "temperature": options.temperature,
        }
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [{"role": message.role, "content": message.content} for message in prompt.messages],
            "stream": True,
            # Rather an error than a prompt without its beginning, and an answer that ends than one that forgets what
            # it answers. Versions that do not know these two pass over them.
            "truncate": False,
            "shift": False,
            "options": {name: value for name, value in wanted.items() if value is not None},
        }
        if options.schema is not None:
            body["format"] = dict(options.schema)
        elif options.json:
            body["format"] = "json"
        return OllamaStream(self, self._transport, body)

    def opens_thought(self) -> bool:
        """Tell whether the chat template opens the thought, so that only its end will be seen."""
        return self._thinks_at_once

    def saw(self, answer: str) -> None:
        """Learn from a whole answer whether its thought had been opened by the template."""
        if unopened(answer):
            self._thinks_at_once = True


class OllamaStream(HttpStream):
    """One answer; see `Stream`."""

    def __init__(self, model: OllamaModel, transport: Transport, body: Mapping[str, Any]) -> None:
        super().__init__()
        self._model = model
        self._transport = transport
        self._body = body
        self._thinking = Thinking()

    def _deltas(self) -> Generator[Delta, None, None]:
        self._thinking = Thinking(opened=self._model.opens_thought())
        said: list[str] = []
        ended = False
        with self._transport.exchange("/api/chat", self._body, plug=self._plug) as reply:
            for part in self._parts(lines(reply.pieces())):
                delta = self._read(part)
                said.append(delta.text)
                yield delta
                ended = bool(part.get("done"))
        yield self._thinking.finish(cut=self.usage.finish != "stop")
        if not ended:
            raise self._transport.cut()
        self._model.saw("".join(said))

    def _parts(self, source: Iterator[str]) -> Iterator[Mapping[str, Any]]:
        for line in source:
            if not line.strip():
                continue
            part = self._transport.parsed(line)
            if not isinstance(part, dict):
                raise self._transport.broken("sent what is not Ollama's format")
            if is_error(part):
                raise self._transport.refused(part)
            yield part
            if part.get("done"):
                return

    def _read(self, part: Mapping[str, Any]) -> Delta:
        if part.get("done"):
            # Old versions give no reason.
            reason = part.get("done_reason") or "stop"
            self.usage = Usage(number(part.get("prompt_eval_count")), number(part.get("eval_count")), str(reason))
        message = part.get("message") or {}
        reasoning = content = None
        if isinstance(message, dict):
            content, reasoning = message.get("content") or "", message.get("thinking") or ""
        if not isinstance(content, str) or not isinstance(reasoning, str):
            raise self._transport.broken("sent what is not Ollama's format")
        if reasoning:
            self._thinking.told_apart()
        delta = self._thinking.feed(content)
        return Delta(delta.text, reasoning + delta.reasoning)


def trained_window(transport: Transport, name: str, *, timeout: float) -> int | None:
    """Ask Ollama for how long a window a model was trained, in tokens; None if it does not tell."""
    try:
        shown = transport.ask("/api/show", {"model": name}, timeout=timeout)
        info = shown["model_info"]
        window = info[f"{info['general.architecture']}.context_length"]
    except (LLMError, KeyError, TypeError):
        return None
    return window if isinstance(window, int) and window > 0 else None
