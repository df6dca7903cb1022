"""Shows an answer while it arrives: one display that is updated in a notebook, plain words in a terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from IPython.display import display

from memo_jupyter.characters import for_terminal
from memo_jupyter.notebook.markdown import safe_markdown

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import DisplayHandle

_EVERY = 1 / 15  # seconds between updates, at the least: more is not seen, and costs the page


class Live(Protocol):
    """A place where a growing text is shown."""

    def show(self, text: str) -> None:
        """Show `text`, which is what was shown and more."""
        ...

    def finish(self, bundle: dict[str, Any]) -> None:
        """Show the whole, in every form there is; `bundle` is by MIME type."""
        ...


def live(shell: InteractiveShell, *, markdown: bool) -> Live:
    """Open a place for a growing text, fit for the front end of `shell`."""
    # Only a kernel has displays that can be updated; a terminal would print each update anew.
    return _Display(markdown=markdown) if hasattr(shell, "kernel") else _Terminal()


class _Display:
    """One display of a notebook."""

    def __init__(self, *, markdown: bool) -> None:
        self._markdown = markdown
        self._handle: DisplayHandle | None = None
        self._last = 0.0

    def show(self, text: str) -> None:
        now = time.monotonic()
        if now - self._last >= _EVERY:
            self._last = now
            self._send(as_markdown(text) if self._markdown else as_text(text))

    def finish(self, bundle: dict[str, Any]) -> None:
        self._send(bundle)

    def _send(self, bundle: dict[str, Any]) -> None:
        # Some front ends are terminals, too.
        bundle = bundle | {"text/plain": for_terminal(bundle["text/plain"])}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


class _Terminal:
    """Words on the screen, as they come."""

    def __init__(self) -> None:
        self._shown = 0

    def show(self, text: str) -> None:
        sys.stdout.write(for_terminal(text[self._shown :]))
        sys.stdout.flush()
        self._shown = len(text)

    def finish(self, bundle: dict[str, Any]) -> None:
        if not self._shown:
            sys.stdout.write(for_terminal(bundle["text/plain"]))
        sys.stdout.write("\n")
        sys.stdout.flush()


def as_markdown(text: str) -> dict[str, Any]:
    """Give an answer in Markdown that loads nothing, and as it is for those who read plain text."""
    return {"text/markdown": safe_markdown(text), "text/plain": text}


def as_text(text: str) -> dict[str, Any]:
    """Give an answer as it is."""
    return {"text/plain": text}
