"""What a cell shows, heard while it runs: printed, displayed, returned and raised, in its order.

Nothing of IPython tells all of it afterwards, so what shows it is wrapped for as long as the cell runs: `write` of the
two streams, the display publisher, the displayhook, the formatter (which sees the objects), and what shows a traceback.
Every wrapper does first what it wraps, and whatever goes wrong in memo's own part is logged and forgotten. What memo's
own threads print meanwhile, a library's warning as they import it, is neither shown nor heard: it would stand below
the user's cell, and `warnings` cannot be silenced for one thread.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from typing import TYPE_CHECKING, Any

from memo_jupyter.cells.seen import Raised
from memo_jupyter.cells.writing import plain
from memo_jupyter.notebook.details import detail_of
from memo_jupyter.notebook.heard import Heard, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from IPython.core.interactiveshell import InteractiveShell

    from memo_jupyter.cells.seen import Output

_log = logging.getLogger(__name__)

_ERROR = 20_000
"""Characters of a traceback that are kept: one of deep recursion is longer, and says the same again and again."""


_OWN_THREADS = "memo-"


class Capture:
    """Hears what cells of one shell show.

    Parameters
    ----------
    shell : InteractiveShell
    limit : callable
        Gives the characters of a text that are kept, of its beginning and of its end each.
    learn : callable
        Told what the user typed unseen (`getpass`): it must not be kept.
    """

    def __init__(
        self, shell: InteractiveShell, limit: Callable[[], int], learn: Callable[[str], None] = lambda _: None
    ) -> None:
        self._shell = shell
        self._limit = limit
        self._learn = learn
        self._heard: Heard | None = None
        self._undo: list[Callable[[], None]] = []
        self._thread = _Thread()
        self._failed = False
        self._object: tuple[Any, str] = (None, "")

    def start(self) -> None:
        """Begin to hear."""
        self._failed = False
        self._heard = Heard(self._limit())
        self._object = (None, "")
        shell = self._shell
        for name in ("stdout", "stderr"):
            self._wrap(getattr(sys, name), "write", self._writer(name))
        self._wrap(shell.display_formatter, "format", self._formatter)
        self._wrap(shell.display_pub, "publish", self._publisher)
        self._wrap(shell.display_pub, "clear_output", self._clearer)
        self._wrap(shell.displayhook, "write_output_prompt", self._prompt)
        self._wrap(shell.displayhook, "write_format_data", self._last_value)
        self._wrap(shell, "_showtraceback", self._error)
        if "getpass" in sys.modules:
            self._wrap(sys.modules["getpass"], "getpass", self._typed)

    def stop(self) -> tuple[Output, ...]:
        """Hear no more, and give what was heard."""
        while self._undo:
            self._undo.pop()()
        heard, self._heard = self._heard, None
        self._object = (None, "")
        return heard.outputs() if heard is not None else ()

    @contextlib.contextmanager
    def muted(self) -> Iterator[None]:
        """Hear nothing of this thread within a ``with`` block: what memo itself shows is no new memory."""
        self._thread.quiet += 1
        try:
            yield
        finally:
            self._thread.quiet -= 1

    def _wrap(self, owner: Any, name: str, made: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        original = getattr(owner, name, None)
        if original is None:
            return
        own = owner.__dict__.get(name, _ABSENT) if hasattr(owner, "__dict__") else _ABSENT
        wrapper = made(original)
        try:
            setattr(owner, name, wrapper)
        except Exception:  # an object that takes no attributes: what goes through it is not heard
            return

        def undo() -> None:
            # Somebody may have wrapped it again, as IPython does with the streams: then it is theirs to undo.
            if getattr(owner, name, None) is not wrapper:
                return
            if own is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, own)

        self._undo.append(undo)

    def _note(self, what: Callable[..., None], *args: Any) -> None:
        if self._thread.quiet:
            return
        try:
            what(*args)
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Say once in the log what went wrong; the user's cell goes on."""
        if not self._failed:
            _log.warning("what a cell shows was not heard: %r", error)
        self._failed = True

    def _writer(self, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        stream = getattr(sys, name)
        cell = _request(stream)
        here = self._thread

        def made(write: Callable[..., Any]) -> Callable[..., Any]:
            def written(text: Any, *args: Any, **kwargs: Any) -> Any:
                if threading.current_thread().name.startswith(_OWN_THREADS):
                    return len(text)
                before = here.heard
                done = write(text, *args, **kwargs)
                # If it was heard within: a cell put what wraps an earlier wrapper in its place, or made one of both.
                if here.heard == before and not here.quiet:  # `_note`, without a call of its own: it may be a million
                    here.heard += 1
                    try:
                        self._print(name, text, stream, cell)
                    except Exception as error:
                        self._fail(error)
                return done

            return written

        return made

    def _print(self, name: str, text: Any, stream: Any, cell: Any) -> None:
        if self._heard is not None and _request(stream) == cell:  # else a task's that an earlier cell has begun
            self._heard.stream(name, text)

    def _typed(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*args: Any, **kwargs: Any) -> Any:
            done = ask(*args, **kwargs)
            self._note(self._learn, done)
            return done

        return asked

    def _formatter(self, format_: Callable[..., Any]) -> Callable[..., Any]:
        def formatted(obj: Any, *args: Any, **kwargs: Any) -> Any:
            done = format_(obj, *args, **kwargs)
            self._note(self._look_at, done, obj)
            return done

        return formatted

    def _look_at(self, formatted: Any, obj: Any) -> None:
        # What is shown next is this very dict: so it is known of which object it is.
        self._object = (formatted[0], detail_of(obj))

    def _publisher(self, publish: Callable[..., Any]) -> Callable[..., Any]:
        def published(data: Any, *args: Any, **kwargs: Any) -> Any:
            with self.muted():  # a terminal prints it, and it is heard as a display
                done = publish(data, *args, **kwargs)
            self._note(self._display, data, kwargs)
            return done

        return published

    def _display(self, data: Any, kwargs: dict[str, Any]) -> None:
        heard = self._heard
        if heard is None:
            return
        formatted, detail = self._object
        made = shown(data, detail if data is formatted else "", heard.limit)
        display = (kwargs.get("transient") or {}).get("display_id")
        if kwargs.get("update"):
            heard.update(display, made)
        else:
            heard.show(made, display)

    def _clear(self, wait: bool) -> None:  # noqa: FBT001  # as it is called
        if self._heard is not None:
            self._heard.clear(wait)

    def _clearer(self, clear: Callable[..., Any]) -> Callable[..., Any]:
        def cleared(wait: bool = False, *args: Any, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002  # as it is called
            with self.muted():
                done = clear(wait, *args, **kwargs)
            self._note(self._clear, wait)
            return done

        return cleared

    def _prompt(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def written(*args: Any, **kwargs: Any) -> Any:
            with self.muted():  # a terminal prints it before the value, and nobody wants to find it
                return write(*args, **kwargs)

        return written

    def _last_value(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def written(data: Any, *args: Any, **kwargs: Any) -> Any:
            with self.muted():
                done = write(data, *args, **kwargs)
            self._note(self._display, data, {})
            return done

        return written

    def _error(self, show: Callable[..., Any]) -> Callable[..., Any]:
        def showed(kind: Any, error: Any, lines: Any, *args: Any, **kwargs: Any) -> Any:
            with self.muted():
                done = show(kind, error, lines, *args, **kwargs)
            self._note(self._take_error, kind, error, lines)
            return done

        return showed

    def _take_error(self, kind: Any, error: Any, lines: Any) -> None:
        if self._heard is not None:
            self._heard.show(_raised(kind, error, lines))


class _Thread(threading.local):
    """What each thread is at: several may show something at once."""

    quiet = 0  # blocks in which nothing is heard
    heard = 0  # texts that were heard


def _request(stream: Any) -> Any:
    """Name the request that a kernel's stream shows a text with; a terminal's has none."""
    header = getattr(stream, "parent_header", None)
    return header.get("msg_id") if isinstance(header, dict) else None


_ABSENT = object()


def _raised(kind: Any, error: Any, lines: Any) -> Raised:
    name = getattr(kind, "__name__", str(kind))
    try:
        message = str(error)
    except Exception:  # an error's own words may raise anything
        message = ""
    trace = plain("\n".join(map(str, lines)))
    if len(trace) > _ERROR:
        trace = f"{trace[: _ERROR // 2]}\n[…]\n{trace[-_ERROR // 2 :]}"
    return Raised(name, message[:_ERROR], trace)
