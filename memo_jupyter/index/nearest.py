"""The vectors of one catalog, searchable: the live generation's graph, and the vectors that came after it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np

from memo_jupyter.errors import CorruptIndex, EmbeddingModelMissing, StoreError
from memo_jupyter.index import searching, vectors
from memo_jupyter.index.dense import Graph, Pile
from memo_jupyter.index.generations import Manifest
from memo_jupyter.index.loading import Loading

if TYPE_CHECKING:
    from collections.abc import Callable

    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.index.catalog import Catalog
    from memo_jupyter.index.dense import Labels, Vectors
    from memo_jupyter.index.generations import Generations
    from memo_jupyter.index.rows import Filter

DAMAGED = (
    "The HNSW index was damaged and is being made anew; meanwhile every vector is compared, and nothing is missed."
)
CHANGED = (
    "The embedding model has changed: what was remembered is being embedded anew, and is found by words meanwhile."
)

LOADING = "The HNSW index is still being loaded: memories are found by their words now, by meaning in a while."

_PATIENCE = 1.0
"""Seconds that a query waits for the graph to be loaded."""

_LARGE = 1 << 29
"""Bytes of a graph for which it does not wait at all: hnswlib lets no other thread run while it loads."""

_SLICE = 2000
"""Vectors that are built into a graph between two looks at whether to stop: a second or two."""


class Nearest:
    """Nearest vectors of one catalog.

    Two locks are taken in this order: that of the generations, against other processes, then the catalog's, against
    other threads. What is slow (loading, building, saving) is done without the second, so that queries go on.

    Parameters
    ----------
    catalog, generations
        What it searches.
    embedder : Embedder
        Only its `fingerprint` and `dim` are used.
    publish_after : int
        How many vectors are compared one by one before the next generation is due.
    tell : callable
        Told, in a line, what the user should know.
    """

    def __init__(
        self,
        catalog: Catalog,
        generations: Generations,
        embedder: Embedder,
        publish_after: int,
        tell: Callable[[str], None],
    ) -> None:
        self._catalog = catalog
        self._generations = generations
        self._embedder = embedder
        self._publish_after = publish_after
        self._tell = tell
        # The catalog's own: with two, two threads could each hold one and wait for the other.
        self._lock = catalog.lock
        self.reset()

    def reset(self) -> None:
        """Begin anew at the next look."""
        self._loading: Loading | None = None
        self._graph: Graph | None = None
        self._pile = Pile(0)
        self._label = 0  # the highest label that the graph was made for; those above it are in the pile
        self._seen = 0  # the highest label that the pile was made for
        self._generation: str | None = None  # the one that was live at the last look
        self._to_write = False  # the graph is not on the disk, or not without what was forgotten
        self._opening = -1  # which opening of the catalog all this belongs to
        self._identity: str | None = None  # and which catalog that was

    def find(self, query: Vectors, k: int, where: Filter | None = None) -> dict[int, float]:
        """Find the chunks nearest to the unit vector `query`, shape (dim,): the id and cosine of at most `k`."""
        if where is not None:
            self.settle()
            if (exact := searching.compared(self._catalog, query, k, where, searching.FEW)) is not None:
                return exact
        with self._lock:
            if not self._synchronise(_PATIENCE):
                self._tell(LOADING)
                return {}
            return searching.nearest(self._catalog, self._graph, self._pile, query, k, where)

    def prepare(self) -> None:
        """Begin to load what there is to load, and wait for nothing."""
        with contextlib.suppress(EmbeddingModelMissing), self._lock:
            self._synchronise(0.0)

    def close(self) -> None:
        """Wait for what is being loaded: Python must not end under a thread inside hnswlib."""
        if self._loading is not None and self._loading.is_ours():
            self._loading.wait(None)

    def look(self) -> None:
        """Load what there is to load, and take up what is new."""
        with self._lock:
            self._synchronise()

    def settle(self) -> None:
        """See to it that all vectors of the catalog are from one model, the one that is used now.

        Raises
        ------
        StoreError
            Another process uses the store with another model at this time.
        """
        before = self._catalog.about("embedder")
        if before == self._embedder.fingerprint:
            return
        if self._opening == self._catalog.openings:  # it was settled already, and has been changed since
            raise StoreError(
                "Another process uses this memory with another embedding model. Set the same Memo.embedder in both, "
                "then restart this kernel."
            )
        self._catalog.change_embedder(self._embedder.fingerprint)
        if before is not None:
            self._tell(CHANGED)

    def removed(self, labels: list[int]) -> None:
        """Leave nothing of these vectors on the disk; the caller holds `changing`, and has removed them."""
        with self._lock:
            gone = np.asarray(labels, np.int64)
            if self._graph is not None:
                inside = bool(np.isin(gone, self._graph.labels).any())
                self._graph.hide(gone)
            else:
                inside = bool(len(gone))
            self._generations.sweep()
            if inside or self._to_write or not self._is_current():
                # The graph is written again, without them, in the background; it is here, so nothing is built anew.
                self._catalog.live("")  # first: if this dies here, nothing looks damaged
                self._generations.drop()
                self._generation, self._to_write = None, self._graph is not None

    def is_whole(self) -> bool:
        """Tell whether the live generation is what was written; if not, it is made anew."""
        with self._lock:
            self._synchronise()
            try:
                self._load_live(self._catalog.identity())
            except CorruptIndex:
                self._to_write = True
                return False
            return True

    def publish_due(self) -> bool:
        """Tell whether the next generation is due: many vectors are compared one by one, or the last was dropped."""
        with self._lock:
            self._synchronise()
            # In proportion to the graph too, so that writing it again and again costs a constant a vector.
            many = max(self._publish_after, len(self._graph) // 8 if self._graph else 0)
            return self._to_write or len(self._pile) >= many

    def publish(self, stopping: Callable[[], bool] = lambda: False) -> bool:
        """Make and publish the next generation; tell whether it was done.

        It is not if another process is at it, or if `stopping` says so in between.
        """
        with self._generations.publishing() as mine:
            if not mine or not self.publish_due():
                return False
            with self._lock:
                identity = self._catalog.identity()
                following, label = (self._graph, self._label) if self._to_write else (None, 0)
            if following is None:
                following, label = self._grown(identity, stopping)
            if stopping():
                return False
            with self._generations.changing():
                # What was forgotten while the graph was built must not come back with it.
                with self._lock:
                    if identity != self._catalog.identity():
                        return False
                    self._hide_what_is_gone(following, label)
                    following.purge()
                manifest = Manifest(identity, self._embedder.fingerprint, self._embedder.dim, label)
                name = self._generations.publish(following, manifest, self._catalog.vouch)
                with self._lock:
                    self._catalog.live(name)
                    self._take(following, label, name)
            return True

    def _grown(self, identity: str, stopping: Callable[[], bool]) -> tuple[Graph, int]:
        """Make a graph of all vectors, out of the live generation if there is one."""
        loaded = self._load(identity)
        label, graph = loaded or (0, Graph(self._embedder.dim))
        if graph.wasted > len(graph) // 4:
            label, graph = 0, Graph(self._embedder.dim)
        labels, values = vectors.after(self._catalog, label, self._embedder.dim)
        for start in range(0, len(labels), _SLICE):
            if stopping():
                break
            graph.add(labels[start : start + _SLICE], values[start : start + _SLICE])
            label = int(labels[min(start + _SLICE, len(labels)) - 1])
        return graph, label

    def _synchronise(self, patience: float | None = None) -> bool:
        """Take up what this or another process has added, forgotten or published since the last look.

        Tell whether it was done: not if the graph takes longer to load than so many seconds.
        """
        newest = vectors.newest(self._catalog)
        if self._opening != self._catalog.openings and self._identity == self._catalog.identity():
            self._opening = self._catalog.openings  # the same one, closed for a fork and opened again
        if self._opening != self._catalog.openings:
            if not self._begin(patience):
                return False
        else:
            self.settle()
            if not self._is_current():
                self._generation = self._generations.current()
                if self._graph is not None:
                    self._hide_what_is_gone(self._graph, self._label)
                    self._to_write = self._generation is None
        if newest > self._seen:
            labels, values = vectors.after(self._catalog, self._seen, self._embedder.dim)
            self._pile.add(labels, values)
            self._seen = int(labels[-1]) if len(labels) else newest
        return True

    def _begin(self, patience: float | None) -> bool:
        loading = self._loading
        if loading is None or loading.opening != self._catalog.openings or not loading.is_ours():
            loading = self._begin_loading()
        if patience and self._generations.graph_size() > _LARGE:
            patience = 0.0
        if not loading.wait(patience):
            return False
        self._loading = None
        loaded, identity = loading.result(), loading.identity
        if loaded is None:
            named, _ = loading.live
            if loading.live != self._live():
                loaded = self._load(identity)  # another process has dropped or published one meanwhile
            elif named:
                self._tell(DAMAGED)
                with contextlib.suppress(StoreError):  # a full disk: it is told again the next time
                    self._catalog.live("")
        label, graph = loaded or (0, None)
        self._take(graph, label, self._generations.current())
        self._opening, self._identity = loading.opening, identity
        if graph is not None:
            # Who forgot them may have died before the graph was dropped.
            self._to_write = self._hide_what_is_gone(graph, label)
        else:
            self._to_write = self._generation is not None  # what is there is of no use, and may hold what is forgotten
        return True

    def _begin_loading(self) -> Loading:
        opening = self._catalog.openings
        self.settle()
        self.reset()
        identity, live = self._catalog.identity(), self._live()
        # The catalog is this thread's; so the other is told beforehand what it needs of it.
        _, name = live
        known = {name: self._catalog.vouched(name)} if name else {}
        self._loading = Loading(lambda: self._load(identity, known.get), opening, identity, live)
        return self._loading

    def _live(self) -> tuple[str | None, str | None]:
        """Name the live generation as the catalog does, and as the folder does: a publisher may die between the two."""
        return self._catalog.about("generation"), self._generations.current()

    def _take(self, graph: Graph | None, label: int, name: str | None) -> None:
        self._graph, self._label, self._generation, self._to_write = graph, label, name, False
        self._pile, self._seen = Pile(self._embedder.dim), label
        self._opening = self._catalog.openings

    def _load(self, identity: str, vouched: Callable[[str], str | None] | None = None) -> tuple[int, Graph] | None:
        try:
            loaded = self._load_live(identity, vouched)
        except CorruptIndex:
            return None  # the vectors are in the catalog too: those are compared, and the next is built from them
        return (loaded[0].label, loaded[1]) if loaded else None

    def _load_live(
        self, identity: str, vouched: Callable[[str], str | None] | None = None
    ) -> tuple[Manifest, Graph] | None:
        vouched = vouched or self._catalog.vouched
        return self._generations.load(identity, self._embedder.fingerprint, self._embedder.dim, vouched)

    def _is_current(self) -> bool:
        return self._generations.current() == self._generation

    def _hide_what_is_gone(self, graph: Graph, label: int) -> bool:
        """Hide what has been forgotten since `graph` was made of all labels up to `label`; tell whether any was."""
        if vectors.count(self._catalog, label) == len(graph):  # none is ever added below
            return False
        gone: Labels = np.setdiff1d(graph.labels, vectors.labels(self._catalog), assume_unique=True)
        graph.hide(gone)
        return len(gone) > 0

    def fits(self, fingerprint: str | None) -> bool:
        """Tell whether vectors with that fingerprint are from the embedding model that is used now."""
        try:
            return fingerprint == self._embedder.fingerprint
        except EmbeddingModelMissing:  # it cannot be told yet: they wait
            return False
