"""A store that is opened when it is needed, after a fork anew, and what it holds told; `Memo` is built on it."""

from __future__ import annotations

import os
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from traitlets import TraitError

from memo_jupyter import fields
from memo_jupyter.config import Settings, models_folder, store_folder
from memo_jupyter.errors import BadInput, UnknownId
from memo_jupyter.secrecy import Secrecy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.index.rows import Row
    from memo_jupyter.llm.choice import Models
    from memo_jupyter.opened import Opened
    from memo_jupyter.redact.redactor import Redactor

T = TypeVar("T")

_SHORTEST_ID = 4
_SHOWN = 8  # characters of an id that are shown, enough to name one memory of millions


class Keeper(Settings):
    """A store, opened, imported and made only when it is needed.

    Parameters and errors are those of `Memo`.
    """

    def __init__(self, path: str | Path | None = None, **settings: Any) -> None:
        known = [*self.class_traits(), "parent", "config"]
        for name in settings:
            if name not in known:
                raise BadInput(f"There is no setting {name!r}.{fields.did_you_mean(name, known)}")
        if path is not None:
            settings["home"] = str(path)
        try:
            super().__init__(**settings)
        except TraitError as error:
            raise BadInput(str(error)) from error
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._opened: Opened | None = None
        self._known_folder: tuple[str, Path] | None = None
        self._secrecy = Secrecy()
        self._opened_with: object = None
        self._left: list[object] = []
        self._known_models: Models | None = None

    def resolve(self, record_id: str) -> str:
        """Give the full id of a memory; see `get`."""
        wanted = fields.text(record_id, "The id of a memory").strip().upper()
        self._take_up()
        if len(wanted) < _SHORTEST_ID or not wanted.isalnum():
            raise UnknownId(f"{record_id!r} is not the id of a memory. %memo list shows those there are.")
        if self._open().store.has(wanted):  # a whole id needs no index
            return wanted
        found: list[str] = []
        if len(wanted) >= _SHOWN:  # found without waiting, where the index is still being made
            found = self._use(lambda parts: parts.index.catalog.ending_with(wanted))
        found = found or self._use(lambda parts: parts.index.catalog.ending_with(wanted), whole=True)
        if not found:  # one that was set aside is in no index, but can be forgotten
            found = [one for one in self._open().store.set_aside() if one.endswith(wanted)]
        if not found:
            raise UnknownId(f"There is no memory {record_id}. %memo list shows those there are.")
        if len(found) > 1:
            raise UnknownId(f"{record_id} could be {', '.join(found[:5])}. Give more of the id.")
        return found[0]

    def rows(self, ids: Sequence[str]) -> list[Row]:
        """Tell of memories, without reading their files, what a list shows; newest first.

        Parameters
        ----------
        ids : sequence of str
            Whole ids; one that is not in the index is left out.
        """
        return self._use(lambda parts: parts.index.catalog.rows(ids=ids))

    def stats(self) -> dict[str, Any]:
        """Tell what the store holds: `home`, `records` by kind, `bytes`, what waits to be embedded …"""
        from memo_jupyter.embed.sources import is_ready  # noqa: PLC0415  # only here

        self._take_up()
        parts = self._open()
        return {
            "home": str(parts.store.folder),
            "index": str(parts.index.folder),
            "records": self._use(lambda parts: parts.index.catalog.counts()),
            "waiting": self._use(lambda parts: parts.index.catalog.waiting()),
            "damaged": parts.store.set_aside(),
            "record_bytes": parts.store.size(),
            "index_bytes": parts.index.size(),
            "embedder": self.embedder,
            "embedder_ready": is_ready(self.embedder, models_folder(self.models)),
            "problem": parts.indexer.problem,
            "writable": parts.store.is_writable(),
        }

    def try_embedder(self) -> int:
        """Embed a word, and tell how many dimensions that has.

        Raises
        ------
        EmbeddingError
            The embedding model is not set up, or cannot be used.
        """
        return int(self._open().embedder.embed(["memo"]).shape[1])

    def take_notices(self) -> list[str]:
        """Give what the user should be told, and has not been: an index made anew, a damaged file set aside."""
        if self._opened is None:
            return []
        notices = self._opened.notices[:]
        del self._opened.notices[: len(notices)]  # the list stays: the parts add to it
        return notices

    def close(self) -> None:
        """Finish what is at hand and close the files; the next call opens them again."""
        self._notice_a_fork()
        self._shut()

    def _shut(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            if self._known_models is not None:
                self._known_models.close()
            self._opened = None
            self._known_models = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _make_embedder(self) -> Embedder:
        from memo_jupyter.embed.fastembed_model import FastembedEmbedder  # noqa: PLC0415  # only when it is needed

        return FastembedEmbedder(self.embedder, models_folder(self.models))

    def _models(self) -> Models:
        self._notice_a_fork()
        with self._lock:
            self._open()  # if it has to be opened anew, the models are made anew too
            if self._known_models is None:
                self._known_models = self._make_models()
            return self._known_models

    def _make_models(self) -> Models:
        from memo_jupyter.llm.choice import Models  # noqa: PLC0415  # brings in the network

        return Models(self, self._open().embedder)

    def _open(self) -> Opened:
        from memo_jupyter.embed.cached import CachedEmbedder  # noqa: PLC0415  # brings in numpy
        from memo_jupyter.index.location import locate  # noqa: PLC0415  # only when a store is opened
        from memo_jupyter.opened import Opened  # noqa: PLC0415  # brings in numpy and hnswlib

        self._notice_a_fork()
        with self._lock:
            wanted = (self.home, self.index, self.models, self.embedder, self.publish_after)
            if self._opened is not None and wanted != self._opened_with:
                self._shut()  # a setting was changed since, and what is open knows nothing of it
            if self._opened is None:
                folder = self._folder()
                index = locate(folder, self.index)
                self._opened = Opened(folder, index.folder, CachedEmbedder(self._make_embedder()), self.publish_after)
                if index.notice:
                    self._opened.tell(index.notice)
                self._opened_with = wanted
                weakref.finalize(self, self._opened.close)
            return self._opened

    def _folder(self) -> Path:
        """Give the store's folder, which stays the same wherever the notebook goes meanwhile."""
        if self._known_folder is None or self._known_folder[0] != self.home:
            self._known_folder = self.home, store_folder(self.home, Path.cwd())
        return self._known_folder[1]

    def _redactor(self) -> Redactor:
        return self._secrecy.redactor(self._folder())

    def _take_up(self) -> None:
        """See to it that what was handed over is kept; here nothing is handed over."""

    def _notice_a_fork(self) -> None:
        """Open everything anew in a forked child: its parent's locks, threads and connections are not its own."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._left += [self._opened, self._known_models]  # kept and left alone: closing them would meddle
            self._lock = threading.RLock()
            self._secrecy = self._secrecy.forked()
            self._opened = self._known_models = None

    def _use(self, work: Callable[[Opened], T], *, whole: bool = False) -> T:
        return self._open().use(work, whole=whole)
