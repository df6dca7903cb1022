"""An embedder that remembers what it embedded last: what is typed, asked again and run again is often the same text."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from memo_jupyter.embed.base import normalised
from memo_jupyter.errors import EmbeddingError, MemoError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from memo_jupyter.embed.base import Embedder

_KEPT = 1024
"""Vectors that are kept: some 2 MB."""


class CachedEmbedder:
    """An `Embedder` that embeds no text twice in a row of calls, nor twice in one call.

    What the model gives is checked, and made of length 1: many models do not normalise.
    Nothing of it is written anywhere: it ends with the process.

    Parameters
    ----------
    embedder : Embedder
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._of: str | None = None  # the fingerprint of the model that made them
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """Names the exact model; see `Embedder`."""
        return self._embedder.fingerprint

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return self._embedder.dim

    @property
    def max_tokens(self) -> int:
        """What the model reads of a text."""
        return self._embedder.max_tokens

    @property
    def tokenizer(self) -> Any:
        """The model's own tokenizer, if it is known."""
        return getattr(self._embedder, "tokenizer", None)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed `texts`; see `Embedder`."""
        fingerprint = self._embedder.fingerprint
        with self._lock:
            if self._of != fingerprint:
                self._kept.clear()
                self._of = fingerprint
            known = {text: self._kept[text] for text in set(texts) & self._kept.keys()}
            for text in known:
                self._kept.move_to_end(text)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known |= zip(new, self._embedded(new), strict=True)  # without the lock: it takes long
            with self._lock:
                if self._of == fingerprint:
                    self._kept |= ((text, known[text]) for text in new[-_KEPT:])
                    while len(self._kept) > _KEPT:
                        self._kept.popitem(last=False)
        rows = np.empty((len(texts), self.dim), np.float32)
        for place, text in enumerate(texts):
            rows[place] = known[text]
        return rows

    def _embedded(self, texts: list[str]) -> NDArray[np.float32]:
        try:
            rows = np.asarray(self._embedder.embed(texts), np.float32)
        except MemoError:
            raise
        except Exception as error:  # whatever a model of the user's own raises
            raise EmbeddingError(
                f"The embedding model failed ({type(error).__name__}: {error}). What is remembered is kept; mend the "
                "model, or set another Memo.embedder."
            ) from error
        if rows.shape != (len(texts), self.dim):
            raise EmbeddingError(
                f"The embedding model gave vectors of shape {rows.shape} for {len(texts)} texts, not of {self.dim} "
                "numbers each. What is remembered is kept; mend the model, or set another Memo.embedder."
            )
        # It may give NaN for a text it cannot read; such a vector would spoil every comparison.
        return normalised(np.nan_to_num(rows, posinf=0.0, neginf=0.0))
