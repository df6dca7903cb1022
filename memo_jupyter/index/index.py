"""The index as one thing: the catalog, the live generation, and the vectors that came after it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np

from memo_jupyter.errors import CorruptIndex, EmbeddingModelMissing
from memo_jupyter.index import words
from memo_jupyter.index.catalog import Catalog
from memo_jupyter.index.chunks import cut
from memo_jupyter.index.dense import Graph, Pile, are_unit, unpack
from memo_jupyter.index.generations import Generations, Manifest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.index.dense import Labels, Vectors
    from memo_jupyter.index.rows import Filter, Place
    from memo_jupyter.types import Record


class Index:
    """What makes records findable. Everything in it can be made anew from the records.

    Parameters
    ----------
    folder : Path
        The index's folder.
    embedder : Embedder
        Only its `fingerprint`, `dim` and `max_tokens` are used: vectors come from outside.
    publish_after : int
        How many vectors are searched one by one before the next generation is due.

    Raises
    ------
    CorruptIndex
        Here and in every method: it is damaged. `wipe` it and add the records again.
    """

    def __init__(self, folder: Path, embedder: Embedder, publish_after: int) -> None:
        self.folder = folder
        self.catalog = Catalog(folder / "catalog.sqlite3")
        self._generations = Generations(folder)
        self._embedder = embedder
        self._publish_after = publish_after
        # The catalog's own: with two locks, two threads could each hold one and wait for the other.
        self._lock = self.catalog.lock
        self._graph: Graph | None = None
        self._pile = Pile(0)
        self._seen = -1
        self._generation: str | None = None
        self._settled = False

    def add(self, record: Record, day: str) -> bool:
        """Add a record, and its vectors if it has them from this embedding model; tell whether it was new."""
        with self.catalog.transaction(write=True):
            if not self.catalog.add(record, day, cut(record.text, self._embedder.max_tokens)):
                return False
            self.add_vectors(record)
            return True

    def add_vectors(self, record: Record) -> bool:
        """Add the vectors that a record in the index has been given; tell whether each of its chunks has one now."""
        if not record.vectors or not self.takes(record):
            return False
        self._settle_embedder()
        chunks = {(start, end): chunk for chunk, start, end in self.catalog.chunks(record.id)}
        size = 2 * self._embedder.dim  # float16
        fitting = {
            chunks[vector.start, vector.end]: vector.values
            for vector in record.vectors
            if (vector.start, vector.end) in chunks and len(vector.values) == size and are_unit(vector.values)
        }
        self.catalog.set_vectors(list(fitting.items()))
        return len(fitting) == len(chunks)

    def takes(self, record: Record) -> bool:
        """Tell whether a record's vectors are from the embedding model that is used now."""
        try:
            return record.embedder == self._embedder.fingerprint
        except EmbeddingModelMissing:  # it cannot be told yet: the record waits
            return False

    def remove(self, ids: Sequence[str]) -> None:
        """Remove records so that neither their words nor their vectors are in any file of the index."""
        with self._lock:
            labels = self.catalog.remove(ids)
            if labels:
                # The graph holds their vectors: drop it, search one by one until the next is built.
                self._generations.drop()
                self._reset()
            self.catalog.scrub()

    def nearest(self, query: Vectors, k: int, where: Filter | None = None) -> dict[int, float]:
        """Find the chunks nearest to the unit vector `query`, shape (dim,).

        Returns
        -------
        dict of int to float
            The id of at most `k` chunks, best first, each with its cosine.
        """
        if where is not None:
            found = self._picked(where).nearest(query, k)
        else:
            with self._lock:
                graph, pile = self._synchronised()
                both = graph.nearest(query, k) | pile.nearest(query, k) if graph else pile.nearest(query, k)
            found = dict(sorted(both.items(), key=lambda item: -item[1])[:k])
        chunks = self._chunks_of(list(found))
        return {chunks[label]: cosine for label, cosine in found.items() if label in chunks}

    def sharing_words(self, query: str, k: int, where: Filter | None = None) -> dict[int, float]:
        """Find the chunks that share words with `query`: the id of at most `k`, best first, each with its BM25."""
        return words.search(self.catalog, query, k, where)

    def cosines(self, query: Vectors, chunks: Sequence[int]) -> dict[int, float]:
        """Compare some chunks with the unit vector `query`, shape (dim,); those without a vector are left out."""
        marks = ", ".join("?" * len(chunks))
        with self.catalog.transaction() as db:
            rows = db.execute(
                f"SELECT chunk, value FROM vectors WHERE chunk IN ({marks})",  # only marks
                chunks,
            ).fetchall()
        values = unpack([value for _, value in rows], self._embedder.dim) @ query
        return {chunk: float(value) for (chunk, _), value in zip(rows, values, strict=True)}

    def places(self, chunks: Sequence[int]) -> dict[int, Place]:
        """Tell of each chunk which record it is of, and where it stands in it."""
        return self.catalog.places(chunks)

    def publish_due(self) -> bool:
        """Tell whether so many vectors are searched one by one that the next generation is due."""
        graph, pile = self._synchronised()
        # In proportion to the graph too, so that building it again and again costs a constant a vector.
        return len(pile) >= max(self._publish_after, len(graph) // 4 if graph else 0)

    def publish(self) -> bool:
        """Build and publish the next generation; tell whether it was done (another process may be at it)."""
        with self._generations.publishing() as mine:
            if not mine:
                return False
            with self._lock:
                if self._generations.current() != self._generation:
                    self._reset()  # another process has published since this one looked
                identity = self._identity()
                if not self.publish_due():
                    return False
            labels, vectors = self._vectors_after(0)
            following = Graph(self._embedder.dim)
            following.add(labels, vectors)
            manifest = Manifest(identity, self._embedder.fingerprint, self._embedder.dim, int(labels[-1]))
            with self._lock:
                # What was forgotten while the graph was built must not come back with it.
                if identity != self._identity() or len(self._chunks_of(labels.tolist())) != len(labels):
                    return False
                self._generations.publish(following, manifest)
                self._graph, self._pile, self._seen = following, Pile(self._embedder.dim), manifest.label
                self._generation = self._generations.current()
            return True

    def wipe(self) -> None:
        """Remove the whole index, so that it is made anew."""
        with self._lock:
            self.catalog.close()
            shutil.rmtree(self.folder / "generations", ignore_errors=True)
            for path in (self.folder / "CURRENT", *self.folder.glob("catalog.sqlite3*")):
                path.unlink(missing_ok=True)
            self._reset()
            self._settled = False

    def size(self) -> int:
        """Tell how many bytes the index takes."""
        return self.catalog.size() + self._generations.size()

    def close(self) -> None:
        """Close its files."""
        self.catalog.close()

    def _reset(self) -> None:
        self._graph = None
        self._pile = Pile(0)
        self._seen = -1  # begin anew at the next look
        self._generation = None

    def _synchronised(self) -> tuple[Graph | None, Pile]:
        """Take up what this or another process has added since the last look."""
        with self._lock:
            if self._seen < 0:
                self._begin()
            with self.catalog.transaction() as db:
                newest = db.execute("SELECT max(label) FROM vectors").fetchone()[0] or 0
            if newest > self._seen:
                labels, vectors = self._vectors_after(self._seen)
                self._pile.add(labels, vectors)
                self._seen = int(labels[-1]) if len(labels) else newest
            return self._graph, self._pile

    def _begin(self) -> None:
        embedder = self._embedder.fingerprint
        self._settle_embedder()
        self._pile = Pile(self._embedder.dim)
        self._seen = 0
        try:
            loaded = self._generations.load(self._identity(), embedder, self._embedder.dim)
        except CorruptIndex:
            # The vectors are in the catalog too: search those, and let the next generation be built from them.
            self._generations.drop()
            loaded = None
        if loaded is not None:
            manifest, self._graph = loaded
            self._seen = manifest.label
        self._generation = self._generations.current()

    def _settle_embedder(self) -> None:
        """See to it that all vectors of the catalog are from one model, the one that is used now."""
        with self._lock:
            if self._settled:
                return
            before = self.catalog.about("embedder")
            if before != self._embedder.fingerprint:
                if before is not None:
                    self.catalog.forget_vectors()
                self.catalog.set_about("embedder", self._embedder.fingerprint)
            self._settled = True

    def _identity(self) -> str:
        return self.catalog.about("identity") or ""

    def _vectors_after(self, label: int) -> tuple[Labels, Vectors]:
        with self.catalog.transaction() as db:
            rows = db.execute("SELECT label, value FROM vectors WHERE label > ? ORDER BY label", (label,)).fetchall()
        labels = np.fromiter((found for found, _ in rows), np.int64, len(rows))
        return labels, unpack([value for _, value in rows], self._embedder.dim)

    def _picked(self, where: Filter) -> Pile:
        condition, values = where.sql()
        with self.catalog.transaction() as db:
            rows = db.execute(
                "SELECT v.label, v.value FROM records r JOIN chunks c ON c.record = r.id "
                f"JOIN vectors v ON v.chunk = c.id WHERE {condition}",
                values,
            ).fetchall()
        pile = Pile(self._embedder.dim)
        labels = np.fromiter((label for label, _ in rows), np.int64, len(rows))
        pile.add(labels, unpack([value for _, value in rows], self._embedder.dim))
        return pile

    def _chunks_of(self, labels: Sequence[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        with self.catalog.transaction() as db:
            for start in range(0, len(labels), 500):  # SQLite's oldest limit on marks is 999
                part = labels[start : start + 500]
                marks = ", ".join("?" * len(part))
                found |= dict(db.execute(f"SELECT label, chunk FROM vectors WHERE label IN ({marks})", part))
        return found
