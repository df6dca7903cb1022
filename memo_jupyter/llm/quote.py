"""The built-in model that answers with the memories' own sentences.

No language model is at work: the sentences of the recalled memories that are nearest to the question are quoted, each
with its number. It is what answers when no server is running, so that memory is of use even then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.index.analysis import telling
from memo_jupyter.types import QUOTE, Delta, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.types import Hit, Options, Prompt

NOTICE = (
    "No language model is running, so memo quotes your memories. For written answers, start a local server "
    "(such as ollama serve, or llama-server), or name one: %config Memo.base_url = 'http://127.0.0.1:8080'"
)
CHOSEN = "As chosen, the model quote answers: with the sentences of your memories. No language model is asked."
NOTHING = "Nothing in memory answers this."

_MOST = 4  # sentences that are quoted
_FEW = 60  # sentences that are compared: embedding more would be felt
_LONGEST = 400  # characters of a quoted sentence
_RELEVANT = 0.35  # the least score of a sentence that answers
_NEAR_BEST = 0.7  # what is much worse than the best sentence is not quoted beside it
_WORDS = 0.35  # what sharing all of the question's words adds to the cosine

_ENDS = re.compile(r"(?<=[.!?])\s+(?=[\"'(\[A-Z0-9])|\n+")


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
    """An answer of the quote model, a sentence at a time."""

    def __init__(self, embedder: Embedder, question: str, hits: tuple[Hit, ...]) -> None:
        self.usage = Usage()
        self._embedder = embedder
        self._question = question
        self._hits = hits
        self._stopped = False

    def __iter__(self) -> Iterator[Delta]:
        chosen = _choose(self._question, self._hits, self._embedder)
        if not chosen:
            yield Delta(NOTHING)
        for place, sentence in enumerate(chosen):
            if self._stopped:
                return
            quoted = sentence.text if len(sentence.text) <= _LONGEST else sentence.text[:_LONGEST] + " …"
            yield Delta(f"{'' if place == 0 else chr(10) * 2}> {quoted} [{sentence.number}]")
        self.usage = Usage(finish="stop")

    def stop(self) -> None:
        """End the stream."""
        self._stopped = True


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    number: int  # of its memory in the prompt
    score: float


def _choose(question: str, hits: tuple[Hit, ...], embedder: Embedder) -> list[_Sentence]:
    found: dict[str, int] = {}
    for number, hit in enumerate(hits, start=1):
        for sentence in _sentences(hit):
            found.setdefault(sentence, number)
    texts = list(found)[:_FEW]
    if not texts:
        return []
    vectors = embedder.embed([question, *texts])
    cosines = vectors[1:] @ vectors[0]
    wanted = set(telling(question))
    scored = [
        _Sentence(text, found[text], float(cosine) + _WORDS * len(wanted & set(telling(text))) / (len(wanted) or 1))
        for text, cosine in zip(texts, cosines, strict=True)
    ]
    scored.sort(key=lambda sentence: -sentence.score)
    least = max(_RELEVANT, _NEAR_BEST * scored[0].score)
    return [sentence for sentence in scored[:_MOST] if sentence.score >= least]


def _sentences(hit: Hit) -> list[str]:
    record = hit.record
    # What this model has answered before is a quote already, and what was asked is no answer.
    text = record.text if record.prompt is None else "" if record.author == QUOTE else record.response or ""
    sentences = (" ".join(part.split()).lstrip("> #*-") for part in _ENDS.split(text))
    return [sentence for sentence in sentences if sentence]
