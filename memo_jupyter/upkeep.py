"""What keeps a memory in order: forgetting, verifying, rebuilding, and archives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter import fields
from memo_jupyter.errors import BadInput
from memo_jupyter.keeper import Keeper

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime
    from pathlib import Path

    from memo_jupyter.archive.transfer import Exported, Imported

    When = datetime | str


class Upkeep(Keeper):
    """A store, and what keeps it in order.

    Parameters and errors are those of `Memo`.
    """

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
            The ids of what was forgotten: also the earlier runs of cells, which would come to light again, and the
            profile's lines that rested on nothing else.

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

        self._take_up()
        where = fields.where(kinds, since, before, thread, tags, source)
        if ids is None and query is None and where is None:
            raise BadInput("Name what to forget: ids, a query, a thread, a source, a kind, a tag, or a time.")
        if query is not None and not words.has_words(query):
            raise BadInput("The query has no words: write those that stand in what is to be forgotten.")
        wanted = [self.resolve(one) for one in ([ids] if isinstance(ids, str) else ids or ())]
        if query is not None or where is not None:
            wanted += self._open().named(query, where)
        wanted += [run for one in wanted for run in self._open().earlier_runs(one)]
        wanted = list(dict.fromkeys((*wanted, *self._resting_on(wanted))))
        if not dry_run:
            self._open().forget(wanted)
        return wanted

    def _resting_on(self, wanted: Collection[str]) -> list[str]:
        from memo_jupyter.profile.learning import lines_of  # noqa: PLC0415  # only here
        from memo_jupyter.profile.lines import resting_alone  # noqa: PLC0415  # only here

        lines = lines_of(self._open()) if wanted else []
        # With evidence that was forgotten before, what is left of it may be among these.
        gone = {one for line in lines for one in line.evidence if not self._open().store.has(one)}
        return resting_alone(lines, gone.union(wanted)) if lines else []

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

        self._take_up()
        return export(self._open(), file, vectors=vectors, progress=progress)

    def import_(self, file: str | Path, *, progress: Callable[[int, int], None] | None = None) -> Imported:
        """Add what a file holds that is not here yet: an archive that `export` wrote, or what other programs kept.

        Those are ChatGPT's and Claude's data exports (the zip, or its ``conversations.json``), chat files of JupyterLab
        (``.chat``, where Jupyter AI answers), and IPython's history (``history.sqlite``). A file is recognised by what
        is in it. Of chats, each question with its answer becomes a memory, in a thread of the conversation's title; of
        IPython's history, the lines of a session that follow one another. All keep their times.

        Importing again adds nothing, and after a crash goes on where it was interrupted. What was forgotten here and is
        in the file comes back. An archive is checked whole before anything is written; of the others, what cannot be
        read is left out and told.

        Parameters
        ----------
        file : str or Path
        progress : callable, optional
            Called with how much is done, and of how much.

        Returns
        -------
        Imported
            How many memories were `added`, and how many were `known`; `what` the file is, how many `conversations` of
            it were read, and the `problems`, a line each.

        Raises
        ------
        BadArchive
            It is nothing that can be imported, or an archive that was changed; nothing was imported.
        StoreUnwritable
            The store could not be written; what was added before stays.
        """
        from memo_jupyter.imports.recognise import import_  # noqa: PLC0415  # rarely needed

        return import_(self._open(), file, progress=progress)
