"""A generation on its way into memory, in a thread of its own, while other things are done."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from memo_jupyter.index.dense import Graph

    Loaded = tuple[int, Graph] | None


class Loading:
    """What is being loaded, and for which opening of which catalog.

    Parameters
    ----------
    load : callable
        Loads it: the highest label and the graph, or None if there is none that can be used.
    opening, identity, live
        Which opening of which catalog it is for, and the live generation at that time: as the catalog named it, and
        as the folder did.
    """

    def __init__(
        self, load: Callable[[], Loaded], opening: int, identity: str, live: tuple[str | None, str | None]
    ) -> None:
        self.opening, self.identity, self.live = opening, identity, live
        self._process = os.getpid()
        self._loaded: Loaded = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(load,), name="memo-loading", daemon=True)
        self._thread.start()

    def is_ours(self) -> bool:
        """Tell whether this process began it: a forked child has no such thread."""
        return self._process == os.getpid()

    def wait(self, seconds: float | None) -> bool:
        """Wait for it, and tell whether it is done."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> Loaded:
        """Give what was loaded, or raise what was raised."""
        if self._error is not None:
            raise self._error
        return self._loaded

    def _run(self, load: Callable[[], Loaded]) -> None:
        try:
            self._loaded = load()
        except BaseException as error:  # raised again by whoever asks for it
            self._error = error
