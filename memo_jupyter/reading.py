"""Documents: files read into memory, and read again when they have changed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from memo_jupyter.errors import BadInput, StoreError
from memo_jupyter.worked import Workflow

if TYPE_CHECKING:
    from collections.abc import Callable

    from memo_jupyter.documents.report import ReadReport

    Path = str | os.PathLike[str]


class Reading(Workflow):
    """A store that reads files.

    Parameters and errors are those of `Memo`.
    """

    def read(self, paths: Path | Iterable[Path], *, progress: Callable[[float, int], None] | None = None) -> ReadReport:
        """Read files into memory: Markdown, text, reStructuredText, Python, notebooks, HTML, PDF, Word, CSV and TSV.

        A file that is read again costs next to nothing if it is unchanged; else the parts that changed are replaced,
        and the others keep their memories. What is gone from a folder that is read again is forgotten. What is new is
        kept before what it replaces is forgotten, and whatever interrupts it, the same call again goes on.

        Parameters
        ----------
        paths : str, Path or iterable of them
            Files, folders and patterns (``notes/**/*.md``). In folders, what is hidden, what tools keep there
            (``node_modules``, ``__pycache__``, virtual environments) and memo's stores are passed over.
        progress : callable, optional
            Called with the number of files done, the one at hand in part, and of all.

        Returns
        -------
        ReadReport
            How many files were `read`, `unchanged` and `removed`, and the `problems` of those that could not be read.

        Raises
        ------
        BadInput
            No path was given, or something that is none.
        StoreError
            The store cannot be written, or another process reads files into it.
        """
        from memo_jupyter.documents.finding import find  # noqa: PLC0415  # only here
        from memo_jupyter.reader import Reader  # noqa: PLC0415  # the same
        from memo_jupyter.records.locks import held_if_free  # noqa: PLC0415  # the same

        given = [paths] if isinstance(paths, (str, os.PathLike)) else paths
        if not isinstance(given, Iterable):
            raise BadInput(f"A path is a text, not {type(given).__name__}.")
        named = [_text(one) for one in given]
        if not named:
            raise BadInput("Name what to read: files, folders, or a pattern such as notes/**/*.md.")
        parts = self._open()
        own = [os.path.realpath(one) for one in (parts.store.folder, parts.index.folder)]
        parts.store.disk.make_folder(parts.store.folder)
        with held_if_free(parts.store.folder / "reading.lock") as mine:
            if not mine:
                raise StoreError("Another process is reading files into this store. Try again when it is done.")
            reader = Reader(parts, self._clean, self.forget, progress or (lambda _done, _total: None))
            report = reader.read(find(named, own))
        self._active()
        return report


def _text(path: object) -> str:
    told = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path
    if not isinstance(told, str):
        raise BadInput(f"A path is a text, not {type(told).__name__}.")
    if not told.strip():
        raise BadInput("The path is empty: name a file, a folder, or a pattern such as notes/**/*.md.")
    return told
