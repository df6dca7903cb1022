"""The index as one thing: the catalog, what is searched by meaning, and what is searched by words."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from memo_jupyter.errors import EmbeddingModelMissing
from memo_jupyter.index.analysis import QUESTION, analysed
from memo_jupyter.index.catalog import Catalog
from memo_jupyter.index.chunks import Cutter
from memo_jupyter.index.dense import are_unit, unpack
from memo_jupyter.index.generations import Generations
from memo_jupyter.index.lexical import Lexical
from memo_jupyter.index.lines import authors, beside, lines, neighbours, of_earlier_runs
from memo_jupyter.index.nearest import Nearest
from memo_jupyter.index.segments import Segments
from memo_jupyter.index.vectors import of_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.index.dense import Labels, Vectors
    from memo_jupyter.index.lines import Beside, Line
    from memo_jupyter.index.rows import Filter
    from memo_jupyter.records.disk import Disk
    from memo_jupyter.types import Record


class Index:
    """What makes records findable. Everything in it can be made anew from the records.

    Parameters
    ----------
    folder : Path
        The index's folder.
    embedder : Embedder
        Only what describes it is used: vectors come from outside.
    publish_after : int
        How many vectors are searched one by one before the next generation is due, and how many chunks' words in
        memory before the next segment is.
    tell : callable
        Told, in a line, what the user should know.
    disk : Disk
        How files are written; tests put another in its place.

    Raises
    ------
    CorruptIndex
        Here and in every method: it is damaged. `wipe` it and add the records again.
    """

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        publish_after: int,
        tell: Callable[[str], None] = lambda _: None,
        disk: Disk | None = None,
    ) -> None:
        self.folder = folder
        self.catalog = Catalog(folder / "catalog.sqlite3")
        self._generations = Generations(folder, disk)
        self._embedder = embedder
        self.cutter = Cutter(embedder)
        self._segments = Segments(folder, disk)
        self.near = Nearest(self.catalog, self._generations, embedder, publish_after, tell)
        self.lexical = Lexical(self.catalog, self._segments, self._generations, publish_after, tell)

    def add(self, records: Sequence[tuple[Record, str]], wanted: Callable[[str], bool] = lambda _: True) -> int:
        """Add records, each with its day, and the vectors that they have from this embedding model.

        Parameters
        ----------
        wanted : callable
            Told an id, says whether that record is still to be added; it is asked when no other process can write.

        Returns
        -------
        int
            How many were new.
        """
        # Cut before the transaction: a text of megabytes must not keep others from writing.
        chunks = [self.chunks_of(record) for record, _ in records]
        added = 0
        with self.catalog.transaction(write=True):
            for (record, day), found in zip(records, chunks, strict=True):
                if wanted(record.id) and self.catalog.add(record, day, found):
                    self.add_vectors(record)
                    added += 1
        return added

    def chunks_of(self, record: Record) -> list[tuple[int, int, str]]:
        """Cut a record's text: start, end and words of each chunk."""
        return [(start, end, words_of(record.text[start:end])) for start, end in self.cutter.spans(record)]

    def add_vectors(self, record: Record) -> bool:
        """Add the vectors that a record in the index has been given; tell whether each of its chunks has one now."""
        if not record.vectors or not self.near.fits(record.embedder):
            return False
        self.near.settle()
        chunks = {(start, end): chunk for chunk, start, end in self.catalog.chunks(record.id)}
        size = 2 * self._embedder.dim  # float16
        fitting = {
            chunks[vector.start, vector.end]: vector.values
            for vector in record.vectors
            if (vector.start, vector.end) in chunks
            and len(vector.values) == size
            and are_unit(unpack([vector.values], self._embedder.dim))
        }
        self.catalog.set_vectors(list(fitting.items()))
        return len(fitting) == len(chunks)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove records so that neither their words nor their vectors are in any file of the index."""
        with self._generations.changing():
            with contextlib.suppress(EmbeddingModelMissing):
                self.near.look()  # so that the graph is there, and need not be built anew
            self.lexical.look()  # so that what is removed from the disk is searched until it is written again
            self.near.removed(self.catalog.remove(ids))
            self.lexical.removed()
            self.catalog.scrub()

    def nearest(self, query: Vectors, k: int, where: Filter | None = None) -> dict[int, float]:
        """Find the chunks nearest to the unit vector `query`, shape (dim,).

        Returns
        -------
        dict of int to float
            The id of at most `k` chunks, best first, each with its cosine.
        """
        return self.near.find(query, k, where)

    def sharing_words(self, query: str, k: int, where: Filter | None = None) -> dict[int, float]:
        """Find the chunks that share words with `query`: the id of at most `k`, best first, each with its BM25."""
        return self.lexical.find(query, k, where)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Look at the catalog as it is at one moment; nothing may be changed meanwhile by this thread."""
        with self.catalog.transaction():
            yield

    def rarity(self, tokens: list[str]) -> list[float]:
        """Weigh words, as `analysis` gives them, by how few chunks have them: BM25's inverse document frequency."""
        return self.lexical.rarity(tokens)

    def lines(self, chunks: Iterable[int]) -> dict[int, Line]:
        """Tell of chunks what they say, and of which record; one that is gone is left out."""
        return lines(self.catalog, chunks)

    def of_earlier_runs(self, chunks: Iterable[int]) -> set[int]:
        """Tell which chunks are of runs of a cell that a later run has taken the place of."""
        return of_earlier_runs(self.catalog, chunks)

    def beside(self, found: Sequence[Line]) -> dict[int, Beside]:
        """Tell which chunks stand before and after each of `found`."""
        return beside(self.catalog, found)

    def neighbours(self, record: str, number: int) -> tuple[list[str], list[str]]:
        """Name up to so many records before and after one in its thread, notebook or file."""
        return neighbours(self.catalog, record, number)

    def vectors(self, chunks: Sequence[int]) -> tuple[Labels, Vectors]:
        """Give the vectors of some chunks: those of them that have one, and their vectors, shape (n, dim)."""
        return of_chunks(self.catalog, chunks, self._embedder.dim)

    def authors(self) -> list[str]:
        """List whose memories there are, if they are not very many."""
        return authors(self.catalog)

    def wipe(self, *, damaged: bool = False) -> None:
        """Remove the whole index, so that it is made anew; a damaged one only if no other process has done so."""
        with self._generations.changing():
            if not (damaged and self.catalog.was_replaced()):
                self.catalog.remove_files()
                self._generations.drop()
                self._segments.sweep(())
            self.catalog.close()
            self.near.reset()
            self.lexical.reset()

    def size(self) -> int:
        """Tell how many bytes the index takes."""
        return self.catalog.size() + self._generations.size() + self._segments.size()

    def prepare(self) -> None:
        """Begin to load what there is to load, so that it is there when it is asked for."""
        self.near.prepare()

    def close(self) -> None:
        """Close its files."""
        self.near.close()
        self.catalog.close()
        self.lexical.reset()


def words_of(text: str) -> str:
    """Give the words of a chunk as they are indexed, and whether it asks something."""
    return " ".join([*analysed(text), QUESTION] if text.rstrip().endswith("?") else analysed(text))
