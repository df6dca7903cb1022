"""What must not be kept, held in one place: the user's rules, the environment's secrets, and what was typed unseen."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from memo_jupyter.redact.redactor import Redactor

_MOST = 500
"""Values that are held, at the most; the latest count."""


class Secrecy:
    """Makes what takes secrets out of texts, as the rules and the environment are now.

    The secrets are held in memory only.
    """

    def __init__(self) -> None:
        self.problems: tuple[str, ...] = ()
        self._learned: dict[str, None] = {}
        self._lock = threading.Lock()
        self._made: tuple[object, Redactor] | None = None

    def learn(self, value: str) -> None:
        """Look for a value that is secret from now on."""
        with self._lock:
            self._learned = dict.fromkeys((*self._learned, value)[-_MOST:])

    def redactor(self, store: Path) -> Redactor:
        """Give what takes secrets out.

        Parameters
        ----------
        store : Path
            The store's folder, in which the user's own rules may stand. Those that cannot be understood are told in
            `problems`; the others count.
        """
        from memo_jupyter.redact.names import secrets_of_environment  # noqa: PLC0415  # not before there is a text
        from memo_jupyter.redact.redactor import Redactor  # noqa: PLC0415  # the same
        from memo_jupyter.redact.rules import FILE, read_rules  # noqa: PLC0415  # the same

        path = store / FILE
        with self._lock:
            learned = self._learned
            state = (path, _changed(path))
            if self._made is None or self._made[0] != state:
                rules = read_rules(path)
                self.problems = rules.problems
                self._made = state, Redactor(rules)
            redactor = self._made[1]
        for value in (*secrets_of_environment(os.environ), *learned):
            redactor.learn(value)
        return redactor

    def forked(self) -> Secrecy:
        """Give the same for a forked child, whose parent may hold the lock."""
        child = Secrecy()
        child._learned = self._learned
        return child


def _changed(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
