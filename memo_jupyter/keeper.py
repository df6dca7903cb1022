"""A store that is opened when it is needed, and all that keeps it in order; `Memo` is this, and asks and recalls."""

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

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime
    from types import TracebackType

    from typing_extensions import Self

    from memo_jupyter.archive.transfer import Exported, Imported
    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.index.rows import Row
    from memo_jupyter.llm.choice import Models
    from memo_jupyter.opened import Opened

    When = datetime | str

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
        self._opened_with: object = None
        self._left: list[object] = []
        self._known_models: Models | None = None

    def resolve(self, record_id: str) -> str:
        """Give the full id of a memory; see `get`."""
        wanted = fields.text(record_id, "The id of a memory").strip().upper()
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

    def forget(  # noqa: PLR0913  # ways to name what goes; each is documented
        self,
        ids: str | Iterable[str] | None = None,
        *,
        query: str | None = None,
        kinds: Collection[str] | None = None,
        since: When | None = None,
        before: When | None = None,
        thread: str | None = None,
        tags: Collection[str] | None = None,
        source: str | None = None,
        dry_run: bool = False,
    ) -> list[str]:
        """Forget memories for good: when this returns, neither their text nor their vectors are in the store.

        Parameters
        ----------
        ids : str or iterable of str, optional
            These; full ids or unique endings.
        query : str, optional
            Those in whose text every word of it stands, in this form, upper and lower case alike.
        kinds, since, before, thread, tags, source
            One of the kinds; created at or after, created before; in the conversation; with all of the tags; from the
            notebook or file. Of these and `query`, all that are given have to fit. `ids` go besides.
        dry_run : bool
            Forget nothing; only tell what would be.

        Returns
        -------
        list of str
            The ids of what was forgotten.

        Raises
        ------
        UnknownId
            One of the ids is none; nothing was forgotten.
        BadInput
            Nothing was named, or the query has no words.
        StoreUnwritable
            The store cannot be written. What of it is forgotten already stays so.
        """
        from memo_jupyter.index import words  # noqa: PLC0415  # only here

        where = fields.where(kinds, since, before, thread, tags, source)
        if ids is None and query is None and where is None:
            raise BadInput("Name what to forget: ids, a query, a thread, a source, a kind, a tag, or a time.")
        if query is not None and not words.has_words(query):
            raise BadInput("The query has no words: write those that stand in what is to be forgotten.")
        wanted = [self.resolve(one) for one in ([ids] if isinstance(ids, str) else ids or ())]
        if query is not None:
            wanted += self._use(lambda parts: words.containing(parts.index.catalog, query, where), whole=True)
        elif where is not None:
            wanted += [row.id for row in self._open().rows(where, whole=True)]
        wanted = list(dict.fromkeys(wanted))
        if not dry_run:
            self._open().forget(wanted)
        return wanted

    def verify(self, progress: Callable[[int, int], None] | None = None) -> list[str]:
        """Read every record, compare the index with them, and mend the index.

        Parameters
        ----------
        progress : callable, optional
            Called with the number of days done and their total.

        Returns
        -------
        list of str
            What was found amiss, a line each; empty if all is well.
        """
        from memo_jupyter.verify import verify  # noqa: PLC0415  # rarely needed

        return self._use(lambda parts: verify(parts, progress), whole=True)

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Make the index anew from the records; give their number."""
        self._open().rebuild(progress)
        return sum(self._use(lambda parts: parts.index.catalog.counts()).values())

    def export(
        self, file: str | Path, *, vectors: bool = False, progress: Callable[[int, int], None] | None = None
    ) -> Exported:
        """Write all memories into one portable file of JSON lines, which a person can read and `import_` takes back.

        The file is there whole, or not at all. An older archive of that name is replaced; nothing else ever is.

        Parameters
        ----------
        file : str or Path
            A name that ends in ``.gz`` is packed.
        vectors : bool
            Whether to write the embeddings too: about three times the size, and nothing is embedded again where the
            same embedding model is used.
        progress : callable, optional
            Called with the number of memories done and their total.

        Returns
        -------
        Exported
            How many `memories` are in it, and the `problems` of those that are not, a line each.

        Raises
        ------
        BadInput
            The file is a link, a folder, in the store, or something else than an archive of memo.
        StoreUnwritable
            It could not be written; what was there before is untouched.
        """
        from memo_jupyter.archive.transfer import export  # noqa: PLC0415  # rarely needed

        return export(self._open(), file, vectors=vectors, progress=progress)

    def import_(self, file: str | Path, *, progress: Callable[[int, int], None] | None = None) -> Imported:
        """Add the memories of an archive that `export` wrote, with their ids and times, except those that are here.

        The whole archive is checked before anything is written. After a crash, importing it again goes on where it was
        interrupted. What was forgotten here and is in the archive comes back: that is what an archive is for.

        Parameters
        ----------
        file : str or Path
        progress : callable, optional
            Called with the number of bytes read and their total; the file is read twice.

        Returns
        -------
        Imported
            How many memories were `added`, and how many were `known`.

        Raises
        ------
        BadArchive
            It is not an archive of memo, or was changed; nothing was imported.
        StoreUnwritable
            The store could not be written; what was added before stays.
        """
        from memo_jupyter.archive.transfer import import_  # noqa: PLC0415  # rarely needed

        return import_(self._open(), file, progress=progress)

    def stats(self) -> dict[str, Any]:
        """Tell what the store holds: `home`, `records` by kind, `bytes`, what waits to be embedded …"""
        from memo_jupyter.embed.sources import is_ready  # noqa: PLC0415  # only here

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
        }

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
        with self._lock:
            if self._opened is not None:
                self._opened.close()
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
        from memo_jupyter.index.location import locate  # noqa: PLC0415  # only when a store is opened
        from memo_jupyter.opened import Opened  # noqa: PLC0415  # brings in numpy and hnswlib

        self._notice_a_fork()
        with self._lock:
            wanted = (self.home, self.index, self.models, self.embedder, self.publish_after)
            if self._opened is not None and wanted != self._opened_with:
                self.close()  # a setting was changed since, and what is open knows nothing of it
            if self._opened is None:
                folder = store_folder(self.home, Path.cwd())
                index = locate(folder, self.index)
                self._opened = Opened(folder, index.folder, self._make_embedder(), self.publish_after)
                if index.notice:
                    self._opened.tell(index.notice)
                self._opened_with = wanted
                weakref.finalize(self, self._opened.close)
            return self._opened

    def _notice_a_fork(self) -> None:
        """Open everything anew in a forked child: its parent's locks, threads and connections are not its own."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._left += [self._opened, self._known_models]  # kept and left alone: closing them would meddle
            self._lock = threading.RLock()
            self._opened = self._known_models = None

    def _use(self, work: Callable[[Opened], T], *, whole: bool = False) -> T:
        return self._open().use(work, whole=whole)
