"""Doubles for tests of code that uses memo: an embedder and a language model that need no files and no server.

>>> from memo_jupyter.testing import fake_memo
>>> with fake_memo(folder, replies=["42"]) as memo:  # doctest: +SKIP
...     memo.ask("What is it?").text
'42'
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from memo_jupyter.engine import Memo
from memo_jupyter.types import Delta, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.llm.base import ChatModel
    from memo_jupyter.types import Options, Prompt


class HashEmbedder:
    """An embedder of words: texts that share words have near vectors. Deterministic, and in no need of a model.

    Parameters
    ----------
    dim : int
        The length of a vector.
    """

    def __init__(self, dim: int = 64) -> None:
        self.dim = dim
        self.fingerprint = f"hash-{dim}"
        self.max_tokens = 256

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed `texts`; see `Embedder`."""
        rows = np.zeros((len(texts), self.dim), np.float32)
        for place, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()) or [""]:
                digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
                generator = np.random.default_rng(int.from_bytes(digest, "little"))
                rows[place] += generator.standard_normal(self.dim, np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows


class ScriptedModel:
    """A language model that gives the replies it was given, in turn, and then the last one again and again.

    Parameters
    ----------
    replies : sequence of str or Exception
        An exception is raised instead of answering.
    window : int
        Its context window, in tokens.

    Attributes
    ----------
    prompts : list of Prompt
        What it was sent.
    """

    name = "scripted"
    server = "a script"
    window_is_ours = False

    def __init__(self, replies: Sequence[str | Exception] = ("",), window: int | None = 4096) -> None:
        self.window = window
        self.prompts: list[Prompt] = []
        self._replies = list(replies)

    def count(self, text: str) -> int | None:
        """Count words and signs, as a tokenizer would."""
        return len(re.findall(r"\w+|[^\w\s]", text))

    def stream(self, prompt: Prompt, options: Options) -> ScriptedStream:
        """Give the next reply, a word at a time."""
        del options
        return ScriptedStream(lambda: self._reply(prompt))

    def _reply(self, prompt: Prompt) -> str | Exception:
        self.prompts.append(prompt)
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]


class ScriptedStream:
    """A scripted answer."""

    def __init__(self, reply: Callable[[], str | Exception]) -> None:
        self.usage = Usage()
        self._reply = reply
        self._stopped = False

    def __iter__(self) -> Iterator[Delta]:
        reply = self._reply()
        if isinstance(reply, Exception):
            raise reply
        for piece in re.findall(r"\s*\S+|\s+$", reply):
            if self._stopped:
                return
            yield Delta(piece)
        self.usage = Usage(finish="stop")

    def stop(self) -> None:
        """End the stream."""
        self._stopped = True


def fake_memo(
    path: Path | str,
    replies: Sequence[str | Exception] = (),
    *,
    embedder: Embedder | None = None,
    model: ChatModel | None = None,
    **settings: Any,
) -> Memo:
    """Open a `Memo` on real files that needs neither the embedding model nor a server.

    Parameters
    ----------
    path : Path or str
        The store's folder.
    replies : sequence of str or Exception
        What the language model answers; with none, and no `model`, memories are quoted.
    embedder, model
        Other doubles, or real ones.
    **settings
        As for `Memo`.
    """
    chat = model or (ScriptedModel(replies) if replies else None)
    return _FakeMemo(path, used=(embedder or HashEmbedder(), chat), **settings)


class _FakeMemo(Memo):
    def __init__(self, path: Path | str, used: tuple[Embedder, ChatModel | None], **settings: Any) -> None:
        super().__init__(path, **settings)
        self._used = used

    def _make_embedder(self) -> Embedder:
        return self._used[0]

    def _make_models(self) -> Any:
        from memo_jupyter.llm.quote import QuoteModel  # noqa: PLC0415  # only without a model

        return _FakeModels(self._used[1] or QuoteModel(self._used[0]))


class _FakeModels:
    def __init__(self, chat: ChatModel) -> None:
        self._chat = chat

    def pick(self, wanted: str) -> ChatModel:
        del wanted
        return self._chat

    def names(self) -> list[str]:
        return [self._chat.name]

    def servers(self) -> list[Any]:
        return []

    def window_for(self, model: str, needed: int, most: int) -> int:
        del model, needed
        return most

    def look_again(self) -> None:
        pass

    def close(self) -> None:
        pass
