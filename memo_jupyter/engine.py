"""`Memo`: remember, recall, ask. Everything else is a face of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from memo_jupyter import fields
from memo_jupyter.errors import BadInput
from memo_jupyter.index.rows import Filter
from memo_jupyter.reading import Reading
from memo_jupyter.types import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from memo_jupyter.answer import Answer
    from memo_jupyter.asking import Question
    from memo_jupyter.index.rows import Row, Thread
    from memo_jupyter.llm.base import ChatModel
    from memo_jupyter.llm.discovery import Server
    from memo_jupyter.types import Doing, Hit, Prompt, Record

    When = datetime | str
    Context = str | Sequence[str] | Doing

_BATCH = 64
"""Records that `remember_many` embeds together."""


class Memo(Reading):
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
            Not one text: its letters would be taken for tags.

        Raises
        ------
        BadInput
            The text is empty, there is no such kind, or something does not fit.
        StoreUnwritable
            It could not be written; nothing was kept.
        """
        return self.keep(text=text, kind=kind, author=author, created=created, thread=thread, source=source, tags=tags)

    def keep(self, **given: Any) -> Record:
        """Keep a memory of any kind; takes the keywords of `remember`, and `prompt`, `response`, `code`, `outputs`."""
        kept = self._open().keep(fields.record(given))
        self._active()
        return kept

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

        if isinstance(items, (str, Mapping)) or not isinstance(items, Iterable):
            raise BadInput("Many memories are a list of texts or dicts; one is kept with remember.")
        parts = self._open()
        records: list[Record] = []
        left = iter(items)
        total = len(items) if isinstance(items, Sized) else None
        with tqdm(total=total, desc="remember", unit=" memories", disable=not progress, leave=False) as bar:
            while batch := list(islice(left, _BATCH)):
                made = [fields.record({"text": item} if isinstance(item, str) else item) for item in batch]
                records += parts.keep_many(made)
                bar.update(len(batch))
        parts.indexer.wake()  # the next generation may be due
        self._active()
        return records

    # Finding ----------------------------------------------------------------------------------------------------------

    def recall(  # noqa: PLR0913, PLR0917  # the filters are the interface
        self,
        query: str,
        k: int | None = None,
        kinds: Collection[str] | None = None,
        since: When | None = None,
        until: When | None = None,
        thread: str | None = None,
        tags: Collection[str] | None = None,
        source: str | None = None,
        context: Context | None = None,
        neighbours: int = 0,
    ) -> list[Hit]:
        """Find the memories that bear on `query`, by meaning and by words.

        Parameters
        ----------
        query : str
        k : int, optional
            How many, at the most; by default the setting `k`.
        kinds, since, until, thread, tags
            Only these: one of the kinds (by default all but `profile`), created since, created before, in the thread,
            with all of the tags.
        source : str, optional
            Only from there: the notebook or file, or the end of its path.
        context : str, list of str or Doing, optional
            What you are doing now, such as your last cells: memories that are near to it too come first. `why` tells
            its share.
        neighbours : int
            How many memories before and after each, in its thread, notebook or file, are given with it.

        Returns
        -------
        list of Hit
            Best first.

        Raises
        ------
        BadInput
            The query is empty, `k` is less than 1, or a filter does not fit.
        EmbeddingModelMissing
        """
        if not fields.text(query, "The query").strip():
            raise BadInput("The query is empty: write what to look for.")
        most = fields.number(self.k if k is None else k, "k, how many memories to find,", 1)
        where = fields.where(kinds, since, until, thread, tags, source)
        beside = fields.number(neighbours, "neighbours, how many memories before and after each,", 0)
        doing = fields.doing(context)
        self._take_up()
        if kinds is not None:
            return self._open().search(query, most, where, doing=doing, neighbours=beside)
        # What was learned of the user says again what other memories say.
        return self._open().search(query, most, where, lambda one: one.kind != "profile", doing, beside)

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
        return self._open().read(self.resolve(record_id))

    def recent(
        self,
        limit: int = 20,
        kinds: Collection[str] | None = None,
        since: When | None = None,
        until: When | None = None,
        thread: str | None = None,
        tags: Collection[str] | None = None,
        source: str | None = None,
    ) -> list[Row]:
        """List the `limit` latest memories, newest first, without reading their files.

        Of a cell that was run again, the last run stands for all.

        Raises
        ------
        BadInput
            `limit` is less than 1, or a filter does not fit; the filters are those of `recall`.
        """
        most = fields.number(limit, "The limit, how many memories to list,", 1)
        self._take_up()
        listed = [kind for kind in KINDS if kind != "profile"] if kinds is None else kinds
        where = fields.where(listed, since, until, thread, tags, source) or Filter()
        return self._open().rows(replace(where, latest=True), most)

    def threads(self) -> list[Thread]:
        """List the conversations, the latest first."""
        return self._use(lambda parts: parts.index.catalog.threads())

    # Asking -----------------------------------------------------------------------------------------------------------

    def ask(  # noqa: PLR0913  # as in `recall`
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
        context: Context | None = None,
        fresh: bool = False,
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
        context : str, list of str or Doing, optional
            What you are doing now, as in `recall`; it stands in the prompt too. For recall, the thread so far is added
            to it. An empty text leaves all of that out.
        fresh : bool
            Whether to begin the thread anew: its earlier turns are not sent, with this question or later ones.

        Returns
        -------
        Answer
            Iterate it for the words as they arrive, or take its `text`.

        Raises
        ------
        BadInput
            The prompt is empty, or something does not fit.
        PromptTooLong
            The question alone is too long for the model's window; nothing was sent.
        UnknownModel, LLMError, EmbeddingModelMissing
        """
        question = self._question(prompt, thread, k, model, form, recall=recall, context=context, fresh=fresh)
        self._active()  # what is learned in the background gives way at once
        answer = question.ask(
            self, self._open(), self._models(), remember=remember, source=source or {}, clean=self._clean
        )
        self._active(answer)
        return answer

    def prepare(
        self,
        prompt: str,
        thread: str | None = None,
        k: int | None = None,
        *,
        recall: bool = True,
        model: str | None = None,
        form: str = "md",
        context: Context | None = None,
        fresh: bool = False,
    ) -> Prompt:
        """Make ready what `ask` would send, and send nothing; the parameters are those of `ask`."""
        question = self._question(prompt, thread, k, model, form, recall=recall, context=context, fresh=fresh)
        return question.prepare(self, self._open(), self._models())

    def language_models(self) -> list[str]:
        """Name the language models that can be asked now."""
        return self._models().names()

    def language_servers(self) -> list[Server]:
        """List the language models' servers that may be asked now, looking for them anew."""
        models = self._models()
        models.look_again()
        return models.servers()

    def other_language_servers(self) -> list[Server]:
        """List those on this computer's usual ports that are not asked, because `base_url` names another."""
        return self._models().others()

    def language_model(self, name: str | None = None, *, look: bool = True) -> ChatModel:
        """Give the language model that would answer now.

        Parameters
        ----------
        name : str, optional
            As in `ask`.
        look : bool
            Whether to look for servers anew.

        Raises
        ------
        UnknownModel, LLMError
        """
        models = self._models()
        if look:
            models.look_again()
        return models.pick(name or self.model)

    def _question(
        self,
        prompt: str,
        thread: str | None,
        k: int | None,
        model: str | None,
        form: str,
        *,
        recall: bool,
        context: Context | None,
        fresh: bool,
    ) -> Question:
        from memo_jupyter.asking import Question  # noqa: PLC0415  # brings in the network

        self._take_up()
        return Question(
            fields.text(prompt, "The prompt"),
            fields.text(thread or self.thread, "The thread"),
            fields.number(self.k if k is None else k, "k, how many memories to recall,", 0),
            recall,
            fields.text(model or self.model, "The model"),
            form,
            None if context == "" else fields.doing(context),
            fresh,
        )
