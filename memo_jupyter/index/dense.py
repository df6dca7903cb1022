"""Nearest vectors: an HNSW graph for the many, an exact scan for the few.

Source of the graph: Malkov and Yashunin, https://arxiv.org/abs/1603.09320, through hnswlib.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import hnswlib
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Labels = NDArray[np.int64]

_LINKS = 16  # M: links a node
_BUILD = 200  # ef_construction: breadth of the search that finds a new node's links
_LONGEST = 1.1  # squared length of a unit vector, rounded to float16; zero is let through: it is near nothing
_BREADTH = 200  # ef: breadth of a query's search; finds .995 of the exact ten nearest of 100,000 (benchmarks/scale.py)
_MANY = 1 << 18  # vectors beyond which it is twice as broad
_NOISE = 1 << 62  # labels from here on stand for vectors that were put over forgotten ones


class Graph:
    """An HNSW graph.

    hnswlib's `add_items` is not safe beside `knn_query`, so a graph that is in use is only ever searched, or changed
    by who keeps others from searching it.
    """

    def __init__(self, dim: int, path: Path | None = None) -> None:
        self.dim = dim
        self._index = hnswlib.Index(space="ip", dim=dim)
        if path is None:
            self._index.init_index(
                max_elements=1, M=_LINKS, ef_construction=_BUILD, random_seed=7, allow_replace_deleted=True
            )
        else:
            self._index.load_index(str(path), allow_replace_deleted=True)
        self._labels: Labels = np.empty(0, np.int64)  # sorted; those that can be found
        self._hidden: Labels = np.empty(0, np.int64)

    @classmethod
    def load(cls, path: Path, dim: int) -> Graph:
        """Read a graph from a file whose checksum and dimension have been verified: hnswlib verifies neither."""
        graph = cls(dim, path)
        labels = np.sort(np.asarray(graph._index.get_ids_list(), np.int64))
        graph._labels = labels[labels < _NOISE]
        return graph

    def save(self, path: Path) -> None:
        """Write the graph to a new file."""
        self._index.save_index(str(path))

    def file_size(self) -> int:
        """Tell how many bytes `save` writes."""
        return int(self._index.index_file_size())

    def add(self, labels: Labels, vectors: Vectors) -> None:
        """Add vectors, shape (n, dim); only while nobody searches it."""
        room = self._index.get_current_count() + len(labels)
        if room > self._index.get_max_elements():
            self._index.resize_index(room)
        # One core is left to the person at the keyboard.
        self._index.add_items(vectors, labels, num_threads=max(1, (os.cpu_count() or 2) - 1))
        self._labels = np.union1d(self._labels, labels)

    @property
    def labels(self) -> Labels:
        """The labels that can be found, sorted."""
        return self._labels

    @property
    def wasted(self) -> int:
        """How many places hold nothing that can be found."""
        return int(self._index.get_current_count()) - len(self._labels)

    def hide(self, labels: Labels) -> None:
        """Find these no more; their vectors are still there, until `purge`."""
        gone = np.intersect1d(self._labels, labels)
        for label in gone.tolist():
            self._index.mark_deleted(label)
        self._labels = np.setdiff1d(self._labels, gone, assume_unique=True)
        self._hidden = np.union1d(self._hidden, gone)

    def purge(self) -> None:
        """Overwrite the vectors that are hidden, so that `save` writes nothing of them."""
        noise: list[int] = []
        while len(self._hidden):
            # hnswlib puts a new vector where one was deleted, but chooses the place itself: again, until all are gone.
            number = len(self._hidden)
            labels = _NOISE + np.random.default_rng().integers(1 << 60, size=number, dtype=np.int64)
            vectors = np.random.default_rng().standard_normal((number, self.dim), np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            self._index.add_items(vectors, labels, num_threads=1, replace_deleted=True)
            noise += labels.tolist()
            self._hidden = np.intersect1d(self._hidden, np.asarray(self._index.get_ids_list(), np.int64))
        for label in noise:
            self._index.mark_deleted(label)

    def __len__(self) -> int:
        return len(self._labels)

    def nearest(self, query: Vectors, k: int) -> dict[int, float]:
        """Find the `k` nearest to the unit vector `query`, shape (dim,): label and cosine, best first."""
        k = min(k, len(self._labels))
        if k < 1:
            return {}
        self._index.set_ef(max(_BREADTH if len(self) < _MANY else 2 * _BREADTH, 2 * k))
        found, distances = self._index.knn_query(query[None, :], k=k, num_threads=1)
        return {int(label): 1.0 - float(distance) for label, distance in zip(found[0], distances[0], strict=True)}


class Pile:
    """Vectors that are compared one by one: those too new for the graph, or picked by a filter."""

    def __init__(self, dim: int) -> None:
        self._labels: Labels = np.empty(0, np.int64)
        self._vectors: Vectors = np.empty((0, dim), np.float32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, labels: Labels, vectors: Vectors) -> None:
        """Add vectors, shape (n, dim)."""
        needed = self._count + len(labels)
        if needed > len(self._labels):
            # Room for as many again, so that adding one at a time does not copy everything each time.
            room = max(needed, 2 * len(self._labels), 64)
            self._labels = np.resize(self._labels, room)
            self._vectors = np.resize(self._vectors, (room, self._vectors.shape[1]))
        self._labels[self._count : needed] = labels
        self._vectors[self._count : needed] = vectors
        self._count = needed

    def nearest(self, query: Vectors, k: int) -> dict[int, float]:
        """Find the `k` nearest to the unit vector `query`, shape (dim,): label and cosine, best first."""
        k = min(k, self._count)
        if k < 1:
            return {}
        cosines = self._vectors[: self._count] @ query
        best = np.argpartition(-cosines, k - 1)[:k]
        best = best[np.argsort(-cosines[best], kind="stable")]
        return {int(self._labels[place]): float(cosines[place]) for place in best}


def unpack(values: list[bytes], dim: int) -> Vectors:
    """Turn stored float16 vectors into an array, shape (n, dim)."""
    packed = np.frombuffer(b"".join(values), dtype="<f2")
    return packed.astype(np.float32).reshape(len(values), dim)


def are_unit(vectors: Vectors) -> bool:
    """Tell whether vectors, shape (n, dim), can be compared: NaN, or a length of 1000, would beat all others."""
    with np.errstate(all="ignore"):
        return bool(np.all(np.einsum("ij,ij->i", vectors, vectors) < _LONGEST))  # false for NaN too


def pack(vectors: Vectors) -> list[bytes]:
    """Turn the rows of an array, shape (n, dim), into stored float16 vectors."""
    return [row.tobytes() for row in vectors.astype("<f2")]
