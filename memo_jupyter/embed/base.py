"""What the rest of memo asks of an embedding model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Embedder(Protocol):
    """Turns texts into unit vectors whose dot product says how near they are in meaning.

    It may have an attribute `tokenizer`, a ``tokenizers.Tokenizer`` that neither cuts nor pads, or None: long texts are
    then cut by the model's own tokens, and else by an estimate of them.
    """

    @property
    def fingerprint(self) -> str:
        """Names the exact model: vectors of two fingerprints must never be compared."""
        ...

    @property
    def dim(self) -> int:
        """The length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """What the model reads of a text; the rest would be ignored, so longer texts are embedded in chunks."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed `texts`.

        Returns
        -------
        ndarray of float32, shape (len(texts), dim)
            Rows of length 1; others are made so.

        Raises
        ------
        EmbeddingModelMissing
            The model has not been set up on this computer.
        EmbeddingModelCorrupt
            Its files cannot be loaded.
        """
        ...


def normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give `rows`, shape (n, dim), each of length 1; one of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)
