"""The built-in model that answers with the memories' own sentences.

No language model is at work: the sentences of the recalled memories that are nearest to the question are quoted, each
with its number. It is what answers when no server is running, so that memory is of use even then.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from memo_jupyter.llm.passage import TABLE
from memo_jupyter.llm.selection import answers
from memo_jupyter.recall.excerpt import excerpt
from memo_jupyter.times import local
from memo_jupyter.types import PARTIAL, QUOTE, Delta, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.llm.selection import Quote
    from memo_jupyter.types import Hit, Options, Prompt

NOTICE = (
    "No language model is running, so memo quotes your memories. For written answers, start a local server "
    "(such as ollama serve, or llama-server), or name one: %config Memo.base_url = 'http://127.0.0.1:8080'"
)
CHOSEN = "As chosen, the model quote answers: with the sentences of your memories. No language model is asked."
NOTHING = "Nothing in memory answers this."

_LONGEST = 400
"""Characters of a quoted sentence; of a longer one, the part with the most words of the question."""


class QuoteModel:
    """A `ChatModel` without a model.

    Parameters
    ----------
    embedder : Embedder
        Compares sentences with the question.
    """

    name = QUOTE
    server = "memo itself"
    window: int | None = 1_000_000  # it reads the memories, not the prompt
    window_is_ours = False

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def count(self, text: str) -> int | None:
        """Tell nothing: there is no tokenizer."""
        del text
        return None

    def stream(self, prompt: Prompt, options: Options) -> QuoteStream:
        """Answer with the sentences that answer best."""
        del options
        return QuoteStream(self._embedder, prompt.text, prompt.recalled)


class QuoteStream:
    """An answer of the quote model, a quote at a time."""

    def __init__(self, embedder: Embedder, question: str, hits: tuple[Hit, ...]) -> None:
        self.usage = Usage()
        self._embedder = embedder
        self._question = question
        self._hits = hits
        self._stopped = False

    def __iter__(self) -> Iterator[Delta]:
        chosen = answers(self._question, self._hits, self._embedder)
        if not chosen:
            yield Delta(NOTHING)
        for place, quote in enumerate(chosen):
            if self._stopped:
                return
            yield Delta(("\n\n" if place else "") + _shown(quote, self._question))
        self.usage = Usage(finish="stop")

    def stop(self) -> None:
        """End the stream."""
        self._stopped = True


def _shown(quote: Quote, question: str) -> str:
    """Write a quote in Markdown that reads well as it is, too: what it says, its number, its date and origin."""
    passage = quote.passage
    origin = f"*{_origin(quote)}*"
    if not passage.language:
        said = excerpt(passage.shown, 0, len(passage.shown), question, _LONGEST)
        return f"> {said} [{quote.number}]  \n> {origin}"  # two blanks end a line in Markdown
    if passage.language == TABLE:
        return f"{passage.shown}\n\n[{quote.number}] {origin}"
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", passage.shown)), default=0))
    return f"{fence}{passage.language}\n{passage.shown}\n{fence}\n\n[{quote.number}] {origin}"


def _origin(quote: Quote) -> str:
    """Say when a memory was made, what it is, and where it comes from: ``2026-11-22, note``."""
    record = quote.hit.record
    kind = f"{record.kind} with {record.author}" if record.kind == "chat" and record.author else record.kind
    parts = [f"{local(record.created):%Y-%m-%d}", kind]
    if record.author and record.kind != "chat":
        parts.append(record.author)
    parts += [PurePath(str(record.source[key])).name for key in ("notebook", "path") if key in record.source]
    if "page" in record.source:
        parts.append(f"page {record.source['page']}")
    if PARTIAL in record.tags:
        parts.append("a partial answer")
    # It stands in emphasis, on one line, whatever an imported record has there.
    return re.sub(r"[*`\\\s]+", " ", ", ".join(parts)).strip()
