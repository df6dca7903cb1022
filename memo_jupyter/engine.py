"""`Memo`: remember, recall, ask, forget. Everything else is a face of it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sized
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from traitlets import TraitError

from memo_jupyter import fields
from memo_jupyter.config import Settings, models_folder, store_folder
from memo_jupyter.errors import BadInput, CorruptRecord, UnknownId

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime
    from types import TracebackType

    from memo_jupyter.answer import Answer
    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.index.catalog import Filter, Row
    from memo_jupyter.llm.base import ChatModel
    from memo_jupyter.llm.choice import Models
    from memo_jupyter.opened import Opened
    from memo_jupyter.types import Hit, Prompt, Record

    When = datetime | str

T = TypeVar("T")
M = TypeVar("M", bound="Memo")

_SHORTEST_ID = 4
_BATCH = 64
"""Records that `remember_many` embeds together."""

_AT_ONCE = 256
"""Records that a recall waits for to be embedded; of more, the rest is found a little later."""


class Memo(Settings):
    """A private memory in a folder.

    Nothing is opened, made or imported before it is needed.

    Parameters
    ----------
    path : str or Path, optional
        The store's folder; by default the nearest ``.memo`` folder above the current one, else the user's own store.
    **settings
        Any setting of `Settings`, such as ``base_url`` or ``model``.

    Raises
    ------
    BadInput
        There is no such setting, or its value does not fit.

    Examples
    --------
    >>> with Memo("~/research/.memo") as memo:  # doctest: +SKIP
    ...     memo.remember("The robust scaler gave 0.71.")
    ...     print(memo.ask("Which scaler was best?").text)
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
        self._lock = threading.RLock()
        self._opened: Opened | None = None
        self._known_models: Models | None = None

    # Remembering ------------------------------------------------------------------------------------------------------

    def remember(
        self,
        text: str,
        kind: str = "note",
        author: str | None = None,
        created: When | None = None,
        thread: str | None = None,
        source: Mapping[str, str | int] | None = None,
        tags: Iterable[str] = (),
    ) -> Record:
        """Keep a text. When this returns, it survives a crash and a power cut; it is embedded in the background.

        Parameters
        ----------
        text : str
        kind : str
            One of `KINDS`.
        author, thread : str, optional
            Who said it, and the conversation it belongs to.
        created : datetime or str, optional
            When it happened, if not now; a string is an ISO date or time. Without a zone it is local.
        source : mapping, optional
            Where it comes from: `notebook`, `path`, `page` …
        tags : iterable of str

        Raises
        ------
        BadInput
            The text is empty, or there is no such kind.
        StoreUnwritable
            It could not be written; nothing was kept.
        """
        return self.keep(
            text=text, kind=kind, author=author, created=created, thread=thread, source=source, tags=tuple(tags)
        )

    def keep(self, **given: Any) -> Record:
        """Keep a memory of any kind; takes the keywords of `remember`, and `prompt`, `response`, `code`, `outputs`."""
        record = fields.record(given)
        self._write(record)
        self._open().indexer.wake()
        return record

    def remember_many(self, items: Iterable[str | Mapping[str, Any]], *, progress: bool = True) -> list[Record]:
        """Keep many texts and embed them here and now.

        Parameters
        ----------
        items : iterable of str or mapping
            Texts, or the keywords of `remember`.
        progress : bool
            Whether to show a progress bar.

        Returns
        -------
        list of Record
            In the order given.

        Raises
        ------
        BadInput
            An item does not fit. What stood before its batch of 64 has been kept, and can be recalled.
        """
        from tqdm import tqdm  # noqa: PLC0415  # only here

        parts = self._open()
        records: list[Record] = []
        left = iter(items)
        total = len(items) if isinstance(items, Sized) else None
        with tqdm(total=total, desc="remember", unit=" memories", disable=not progress, leave=False) as bar:
            while batch := list(islice(left, _BATCH)):
                made = [fields.record({"text": item} if isinstance(item, str) else item) for item in batch]
                # Embedded first, so that each is written once, vectors and all.
                for record in parts.indexer.embedded_if_ready(made):
                    self._write(record)
                    records.append(record)
                bar.update(len(batch))
        parts.indexer.wake()  # the next generation may be due
        return records

    # Finding ----------------------------------------------------------------------------------------------------------

    def recall(
        self,
        query: str,
        k: int | None = None,
        kinds: Collection[str] | None = None,
        since: When | None = None,
        until: When | None = None,
        thread: str | None = None,
        tags: Collection[str] | None = None,
    ) -> list[Hit]:
        """Find the memories that bear on `query`, by meaning and by words.

        Parameters
        ----------
        query : str
        k : int, optional
            How many, at the most; by default the setting `k`.
        kinds, since, until, thread, tags
            Only these: one of the kinds, created since, created before, in the thread, with all of the tags.

        Returns
        -------
        list of Hit
            Best first.

        Raises
        ------
        BadInput
            The query is empty, or a filter does not fit.
        EmbeddingModelMissing
        """
        if not query.strip():
            raise BadInput("The query is empty: write what to look for.")
        return self.search(query, self.k if k is None else k, fields.where(kinds, since, until, thread, tags))

    def search(
        self, query: str, k: int, where: Filter | None = None, wanted: Callable[[Row], bool] | None = None
    ) -> list[Hit]:
        """Find the `k` memories that bear on `query`, of those that fit `where` and of which `wanted` is true."""
        from memo_jupyter.recall.recall import recall  # noqa: PLC0415  # brings in numpy

        def look(parts: Opened) -> list[Hit]:
            vector = parts.embedder.embed([query])[0]
            if not parts.indexer.catch_up(limit=_AT_ONCE):
                parts.notices.append("Many new memories are still being indexed; they can be found in a while.")
            return recall(
                parts.store, parts.index, query, vector, k, where=where, wanted=wanted, damaged=parts.set_aside
            )

        return self._use(look)

    def get(self, record_id: str) -> Record:
        """Read one memory.

        Parameters
        ----------
        record_id : str
            Its id, or the last four characters or more of it.

        Raises
        ------
        UnknownId
            None has that id, or more than one.
        CorruptRecord
            Its file is damaged; it has been set aside.
        """
        full = self.resolve(record_id)
        try:
            return self._open().store.read(full)
        except CorruptRecord:
            self._use(lambda parts: parts.index.remove([full]))
            raise

    def resolve(self, record_id: str) -> str:
        """Give the full id of a memory; see `get`."""
        wanted = record_id.strip().upper()
        if len(wanted) < _SHORTEST_ID or not wanted.isalnum():
            raise UnknownId(f"{record_id!r} is not the id of a memory. %memo list shows those there are.")
        found = self._use(lambda parts: parts.index.catalog.ending_with(wanted))
        if not found:  # one that was set aside is in no index, but can be forgotten
            found = [one for one in self._open().store.set_aside() if one.endswith(wanted)]
        if not found:
            raise UnknownId(f"There is no memory {record_id}. %memo list shows those there are.")
        if len(found) > 1:
            raise UnknownId(f"{record_id} could be {', '.join(found[:5])}. Give more of the id.")
        return found[0]

    def recent(
        self,
        limit: int = 20,
        kinds: Collection[str] | None = None,
        since: When | None = None,
        until: When | None = None,
        thread: str | None = None,
        tags: Collection[str] | None = None,
    ) -> list[Row]:
        """List memories, newest first, without reading their files."""
        where = fields.where(kinds, since, until, thread, tags)
        return self._use(lambda parts: parts.index.catalog.rows(where, limit=limit))

    # Asking -----------------------------------------------------------------------------------------------------------

    def ask(
        self,
        prompt: str,
        thread: str | None = None,
        k: int | None = None,
        *,
        recall: bool = True,
        remember: bool = True,
        model: str | None = None,
        form: str = "md",
        source: Mapping[str, str | int] | None = None,
    ) -> Answer:
        """Ask the local language model, with what memory holds on the question.

        Parameters
        ----------
        prompt : str
            The question.
        thread : str, optional
            The conversation it belongs to; by default the setting `thread`.
        k : int, optional
            How many memories to recall, at the most; by default the setting `k`.
        recall, remember : bool
            Whether to use memory for it, and whether to keep the interaction.
        model : str, optional
            The language model, by its name or an unmistakable part of it.
        form : str
            How the answer is to be written: `md` (Markdown), `text`, `code` or `json`.
        source : mapping, optional
            Where it was asked.

        Returns
        -------
        Answer
            Iterate it for the words as they arrive, or take its `text`.

        Raises
        ------
        BadInput
            The prompt is empty.
        UnknownModel, LLMError, EmbeddingModelMissing
        """
        from memo_jupyter.asking import Question  # noqa: PLC0415  # brings in the network

        question = Question(
            prompt, thread or self.thread, self.k if k is None else k, recall, model or self.model, form
        )
        return question.ask(self, self._models(), remember=remember, source=source or {})

    def prepare(
        self,
        prompt: str,
        thread: str | None = None,
        k: int | None = None,
        *,
        recall: bool = True,
        model: str | None = None,
        form: str = "md",
    ) -> Prompt:
        """Make ready what `ask` would send, and send nothing; the parameters are those of `ask`."""
        from memo_jupyter.asking import Question  # noqa: PLC0415  # as above

        question = Question(
            prompt, thread or self.thread, self.k if k is None else k, recall, model or self.model, form
        )
        return question.prepare(self, self._models())

    def language_models(self) -> list[str]:
        """Name the language models that can be asked now."""
        return self._models().names()

    def language_model(self, name: str = "") -> ChatModel:
        """Give the language model that would answer now, looking for servers anew; `name` as in `ask`."""
        models = self._models()
        models.look_again()
        return models.pick(name or self.model)

    # Forgetting and keeping in order ----------------------------------------------------------------------------------

    def forget(
        self, ids: str | Iterable[str] | None = None, *, thread: str | None = None, before: When | None = None
    ) -> list[str]:
        """Forget memories for good: when this returns, neither their text nor their vectors are in the store.

        Parameters
        ----------
        ids : str or iterable of str, optional
            These; full ids or unique endings.
        thread : str, optional
            All of this conversation.
        before : datetime or str, optional
            All that were created before.

        Returns
        -------
        list of str
            The ids of what was forgotten.

        Raises
        ------
        UnknownId
            One of the ids is none; nothing was forgotten.
        BadInput
            Nothing was named.
        """
        if ids is None and thread is None and before is None:
            raise BadInput("Name what to forget: ids, a thread, or a time.")
        named = [self.resolve(one) for one in ([ids] if isinstance(ids, str) else ids or ())]
        if thread is not None or before is not None:
            where = fields.where(until=before, thread=thread)
            named += [row.id for row in self._use(lambda parts: parts.index.catalog.rows(where))]
        wanted = list(dict.fromkeys(named))

        def remove(parts: Opened) -> None:
            with parts.store.lock():
                for one in wanted:
                    parts.store.remove(one)
                parts.index.remove(wanted)

        if wanted:
            self._use(remove)
            self._open().indexer.wake()
        return wanted

    def verify(self) -> list[str]:
        """Read every record, compare the index with them, and mend the index.

        Returns
        -------
        list of str
            What was found amiss, a line each; empty if all is well.
        """
        from memo_jupyter.verify import verify  # noqa: PLC0415  # rarely needed

        return self._use(verify)

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Make the index anew from the records; give their number."""
        self._open().rebuild(progress)
        return sum(self._use(lambda parts: parts.index.catalog.counts()).values())

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
        notices, self._opened.notices = self._opened.notices, []
        return notices

    def close(self) -> None:
        """Finish what is at hand and close the files; the next call opens them again."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None
            if self._known_models is not None:
                self._known_models.close()
            self._known_models = None

    def __enter__(self: M) -> M:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Parts ------------------------------------------------------------------------------------------------------------

    def _make_embedder(self) -> Embedder:
        from memo_jupyter.embed.fastembed_model import FastembedEmbedder  # noqa: PLC0415  # only when it is needed

        return FastembedEmbedder(self.embedder, models_folder(self.models))

    def _models(self) -> Models:
        with self._lock:
            if self._known_models is None:
                self._known_models = self._make_models()
            return self._known_models

    def _make_models(self) -> Models:
        from memo_jupyter.llm.choice import Models  # noqa: PLC0415  # brings in the network

        return Models(self, self._open().embedder)

    def _open(self) -> Opened:
        from memo_jupyter.opened import Opened  # noqa: PLC0415  # brings in numpy and hnswlib

        with self._lock:
            if self._opened is None:
                folder = store_folder(self.home, Path.cwd())
                index = Path(self.index).expanduser().absolute() if self.index else folder / "index"
                self._opened = Opened(folder, index, self._make_embedder(), self.publish_after)
                weakref.finalize(self, self._opened.close)
            return self._opened

    def _use(self, work: Callable[[Opened], T]) -> T:
        return self._open().use(work)

    def _write(self, record: Record) -> None:
        parts = self._open()
        parts.store.write(record)  # from here on, it is kept
        parts.use(lambda parts: parts.index.add(record, parts.store.day(record.id)))
