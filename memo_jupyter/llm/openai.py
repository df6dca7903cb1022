"""Any server that speaks OpenAI's chat completions: llama.cpp, LM Studio, vLLM, Jan, KoboldCpp …

Format: https://platform.openai.com/docs/api-reference/chat/create and …/chat-streaming. What servers make of it was
tried with llama.cpp and llama-cpp-python.
"""

from __future__ import annotations

import dataclasses
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from memo_jupyter.errors import LLMError, PromptTooLong, ServerRefused, ServerTimeout, ServerUnreachable
from memo_jupyter.llm.refusals import is_error
from memo_jupyter.llm.sse import events, lines
from memo_jupyter.llm.streaming import HttpStream, number
from memo_jupyter.llm.thinking import OPEN, Thinking, thinks_at_once, unopened
from memo_jupyter.types import Delta

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from memo_jupyter.llm.plug import Plug
    from memo_jupyter.llm.transport import Reply, Transport
    from memo_jupyter.types import Options, Prompt

LLAMA_CPP = "llama.cpp"

_PATIENCE = 5.0  # seconds for a question beside the answer, such as how many tokens a text has
_FIELDS = (":", "data", "event", "id", "retry", "\ufeff")  # with one of these, a line of an event stream begins
_UNKNOWN_FIELD = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
_UNKNOWN_FORMAT = (*_UNKNOWN_FIELD, HTTPStatus.INTERNAL_SERVER_ERROR)  # the last is llama-cpp-python's


class OpenAIModel:
    """A `ChatModel` of an OpenAI-compatible server.

    Parameters
    ----------
    transport : Transport
    name : str
        The model's name, as the server lists it.
    window : int or None
        Its context window in tokens.
    kind : str
        Which server it is, in words a person reads.
    """

    window_is_ours = False

    def __init__(
        self, transport: Transport, name: str, *, window: int | None = None, kind: str = "OpenAI-compatible server"
    ) -> None:
        self.name = name
        self.server = f"{kind} at {transport.base_url}"
        self.window = window
        self._kind = kind
        self._transport = transport
        self._patience = min(_PATIENCE, transport.timeout)
        self._counts = True
        self._thinks_at_once: bool | None = None

    def __repr__(self) -> str:
        return f"OpenAIModel({self.name!r}, {self.server!r})"

    def count(self, text: str) -> int | None:
        """Tell how many tokens `text` is, where the server has llama.cpp's or vLLM's ``/tokenize``; else None."""
        if not self._counts:
            return None
        try:
            # llama.cpp reads the first two fields, vLLM the other three.
            answered = self._transport.ask(
                "/tokenize",
                {
                    "content": text,
                    "add_special": False,
                    "model": self.name,
                    "prompt": text,
                    "add_special_tokens": False,
                },
                timeout=self._patience,
            )
        except (ServerUnreachable, ServerTimeout):
            return None
        except LLMError as error:
            if isinstance(error, ServerRefused) and error.status == HTTPStatus.SERVICE_UNAVAILABLE:
                return None  # it is only loading
            answered = None
        count, tokens = (answered.get("count"), answered.get("tokens")) if isinstance(answered, dict) else (None, None)
        if isinstance(count, int):
            return count
        if isinstance(tokens, list):
            return len(tokens)
        self._counts = False  # once is enough to know
        return None

    def stream(self, prompt: Prompt, options: Options) -> OpenAIStream:
        """Send ``prompt.messages`` and stream the answer; see `ChatModel`."""
        needed: dict[str, Any] = {
            "model": self.name,
            "messages": [{"role": message.role, "content": message.content} for message in prompt.messages],
            "stream": True,
        }
        if options.temperature is not None:
            needed["temperature"] = options.temperature
        if options.max_tokens is not None:
            needed["max_tokens"] = options.max_tokens
        wished: dict[str, Any] = {"stream_options": {"include_usage": True}}
        if options.schema is not None:
            named = {"name": "answer", "schema": dict(options.schema), "strict": True}
            wished["response_format"] = {"type": "json_schema", "json_schema": named}
        elif options.json:
            wished["response_format"] = {"type": "json_object"}
        return OpenAIStream(self, self._transport, needed, wished)

    def opens_thought(self, plug: Plug) -> bool:
        """Tell whether the chat template opens the thought, so that only its end will be seen.

        llama.cpp shows what its template makes of a message; of the others the model's name has to be enough, until
        an answer has shown it (`saw`).
        """
        if self._thinks_at_once is not None:
            return self._thinks_at_once
        by_name = thinks_at_once(self.name)
        if self._kind == LLAMA_CPP:
            body = {"messages": [{"role": "user", "content": "?"}]}
            try:
                made = self._transport.ask("/apply-template", body, timeout=self._patience, plug=plug)
                by_name = str(made["prompt"]).rstrip().endswith(OPEN)
            except (ServerUnreachable, ServerTimeout):
                return by_name  # it may tell the next time
            except (LLMError, KeyError, TypeError):
                pass
        self._thinks_at_once = by_name
        return by_name

    def saw(self, answer: str) -> None:
        """Learn from a whole answer whether its thought had been opened by the template."""
        if unopened(answer):
            self._thinks_at_once = True


class OpenAIStream(HttpStream):
    """One answer; see `Stream`.

    Parameters
    ----------
    needed, wished : dict
        The request's fields. Not every server knows those wished for: if one refuses, it is asked again without, and
        a JSON schema is first asked for in the other way that there is.
    """

    def __init__(
        self, model: OpenAIModel, transport: Transport, needed: dict[str, Any], wished: dict[str, Any]
    ) -> None:
        super().__init__()
        self._model = model
        self._transport = transport
        self._needed = needed
        self._wished = wished
        self._thinking = Thinking()

    def _deltas(self) -> Generator[Delta, None, None]:
        self._thinking = Thinking(opened=self._model.opens_thought(self._plug))
        wished = [self._wished]
        schema = self._wished.get("response_format", {}).get("json_schema", {}).get("schema")
        if schema is not None:  # llama-cpp-python's way, which llama.cpp knows too
            wished.append({"response_format": {"type": "json_object", "schema": schema}})
        unknown = _UNKNOWN_FIELD if schema is None else _UNKNOWN_FORMAT
        for wish in wished:
            try:
                yield from self._answer(self._needed | wish)
            except PromptTooLong:
                raise
            except ServerRefused as error:
                if error.status not in unknown:
                    raise
            else:
                return
        yield from self._answer(self._needed)

    def _answer(self, body: dict[str, Any]) -> Iterator[Delta]:
        empty = True
        said: list[str] = []
        with self._transport.exchange("/v1/chat/completions", body, plug=self._plug) as reply:
            for chunk in self._chunks(reply):
                empty = False
                delta = self._read(chunk)
                said.append(delta.text)
                yield delta
        if empty:
            raise self._too_long(body)
        yield self._thinking.finish(cut=self.usage.finish != "stop")
        if self.usage.finish is None:
            # Also with [DONE]: llama-cpp-python ends like that when another request has taken the model.
            raise self._transport.cut()
        self._model.saw("".join(said))

    def _too_long(self, body: Mapping[str, Any]) -> PromptTooLong:
        """Find out about an empty answer.

        Seen of llama-cpp-python, which finds the error after it has sent the status line. Asked for an answer that is
        not streamed, it tells the error, and the numbers with it.
        """
        whole = {key: value for key, value in body.items() if key not in ("stream", "stream_options")}
        try:
            self._transport.ask("/v1/chat/completions", whole | {"max_tokens": 1}, plug=self._plug)
        except PromptTooLong as error:
            return error
        except LLMError:
            pass
        return PromptTooLong(
            f"{self._transport.base_url} sent an empty answer; most likely the prompt is too long for its model's "
            "window. Recall less (Memo.k), or start the server with a larger window.",
            window=self._model.window,
        )

    def _chunks(self, reply: Reply) -> Iterator[Mapping[str, Any]]:
        """Give the parts of the answer; a server that does not stream sends it as one."""
        if "text/html" in reply.content_type:
            raise self._transport.broken("sent a web page")
        streamed = "application/json" not in reply.content_type
        for data in events(self._lines(reply)) if streamed else [reply.whole()]:
            if data == "[DONE]":
                return
            chunk = self._transport.parsed(data)
            if not isinstance(chunk, dict):
                raise self._transport.broken("sent what is not a chat completion")
            if is_error(chunk):
                raise self._transport.refused(chunk)
            if "choices" not in chunk and "usage" not in chunk:
                raise self._transport.broken("sent what is not a chat completion")
            yield chunk

    def _lines(self, reply: Reply) -> Iterator[str]:
        for line in lines(reply.pieces()):
            if line and not line.startswith(_FIELDS):
                raise self._transport.broken("sent what is not a chat completion")
            yield line

    def _read(self, chunk: Mapping[str, Any]) -> Delta:
        if isinstance(usage := chunk.get("usage"), dict):
            self.usage = dataclasses.replace(
                self.usage,
                prompt_tokens=number(usage.get("prompt_tokens")),
                answer_tokens=number(usage.get("completion_tokens")),
            )
        choices = chunk.get("choices")
        if not choices:  # the part that bears the usage
            return Delta()
        try:
            choice = choices[0]
            if choice.get("finish_reason"):
                self.usage = dataclasses.replace(self.usage, finish=str(choice["finish_reason"]))
            said = choice.get("delta") or choice.get("message") or {}
            reasoning = said.get("reasoning_content") or said.get("reasoning") or ""
            content = said.get("content") or ""
        except (AttributeError, KeyError, TypeError):
            content = reasoning = None
        if not isinstance(content, str) or not isinstance(reasoning, str):
            raise self._transport.broken("sent what is not a chat completion")
        if reasoning:
            self._thinking.told_apart()
        delta = self._thinking.feed(content)
        return Delta(delta.text, reasoning + delta.reasoning)
