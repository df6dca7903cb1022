r"""`Redactor`: a text in, the same text without its secrets out.

The text is looked at in several ways (shapes of tokens, names that say so, places, blocks, tables, known values, the
user's rules), each of which tells spans; they are joined, and each becomes one mark. What is a mark already is never
looked into, and the text is looked at again until nothing is found, so that redacting twice changes nothing more.

It is a pure function of text, rules and known values, works in any thread, and asks nothing of the network.
"""

from __future__ import annotations

import re
import threading
from functools import cached_property
from typing import TYPE_CHECKING

from memo_jupyter.redact.finding import MARK, Redacted, Span, joined, replace
from memo_jupyter.redact.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from memo_jupyter.redact.known import Known
    from memo_jupyter.redact.places import Place
    from memo_jupyter.redact.rules import Compiled
    from memo_jupyter.redact.shapes import Shape

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_ROUNDS = 8
_CAPITALS = {ord(char): char.lower() for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_MOST_KNOWN = 500


class Redactor:
    """Takes secrets out of texts.

    Parameters
    ----------
    rules : Rules
        The user's own, as `read_rules` gives them.
    known : collection of str
        Values that are known to be secret; what is too short or too common to be looked for is left out.
    """

    def __init__(self, rules: Rules = Rules(), known: Collection[str] = ()) -> None:  # noqa: B008  # it is frozen
        self._rules = rules
        self._known: dict[str, Known] = {}
        self._lock = threading.Lock()
        for value in known:
            self.learn(value)

    def learn(self, value: str) -> bool:
        """Look for a value from now on: what `getpass` gave, or a variable whose name says that it is secret.

        Returns
        -------
        bool
            False for a value that is not looked for: under six characters, a common word, a path, a placeholder.
        """
        from memo_jupyter.redact.known import learned  # noqa: PLC0415  # nothing is read before it is needed

        found = learned(value)
        if not found:
            return False
        with self._lock:
            known = {**self._known, value: found}
            while len(known) > _MOST_KNOWN:
                del known[next(iter(known))]
            self._known = known  # a new one, since another thread may be reading the old one
        return True

    def redact(self, text: str) -> Redacted:
        """Take the secrets out.

        Parameters
        ----------
        text : str
            Code, outputs, tracebacks, tables; ANSI colours may be in it.

        Returns
        -------
        Redacted
            With the very same text if there was nothing to be found.
        """
        done = Redacted(text)
        for _ in range(_ROUNDS):
            before = done
            marks = [each.span() for each in re.finditer(MARK, done.text)] if "[secret: " in done.text else []
            done = replace(done.text, self._spans(done.text), marks, done.found)
            if done.text is before.text:
                break
        return done

    def _spans(self, text: str) -> list[Span]:
        if "\x1b" not in text:
            return self._found(text)
        parts: list[str] = []
        starts: list[int] = []
        at = 0
        for found in (*_ANSI.finditer(text), None):
            end = found.start() if found else len(text)
            parts.append(text[at:end])
            starts += range(at, end)
            at = found.end() if found else end
        return [
            Span(starts[span.start], starts[span.end - 1] + 1, span.sort, span.rank)
            for span in self._found("".join(parts))
        ]

    def _found(self, text: str) -> list[Span]:
        spans = [*self._looked(text)]
        allows = self._own.allows
        return (
            [span for span in joined(spans) if not allows(text[span.start : span.end])] if self._own.allowed else spans
        )

    def _looked(self, text: str) -> Iterator[Span]:
        from memo_jupyter.redact.assigned import assigned  # noqa: PLC0415  # nothing is read before the first redact
        from memo_jupyter.redact.blocks import private_keys  # noqa: PLC0415  # the same
        from memo_jupyter.redact.columns import columns  # noqa: PLC0415  # the same
        from memo_jupyter.redact.places import aws_secrets, cookies  # noqa: PLC0415  # the same

        lowered = text.lower()
        if len(lowered) != len(text):  # of a few characters the small letter is two
            lowered = text.translate(_CAPITALS)
        yield from private_keys(text)
        yield from self._patterns.shapes(text)
        yield from self._patterns.places(text, lowered)
        yield from cookies(text, lowered)
        yield from aws_secrets(text, lowered)
        yield from assigned(text, lowered)
        yield from columns(text, lowered)
        yield from self._own.find(text)
        known = self._known
        if known:
            from memo_jupyter.redact.known import tight  # noqa: PLC0415  # the same

            close = tight(text)
            for value in known.values():
                yield from value.find(text, close)

    @cached_property
    def _own(self) -> Compiled:
        return self._rules.compiled()

    @cached_property
    def _patterns(self) -> _Patterns:
        return _Patterns()


class _Patterns:
    """The patterns of shapes and places; each is compiled when a text first has one of its words."""

    def __init__(self) -> None:
        from memo_jupyter.redact.places import PLACES  # noqa: PLC0415  # nothing is read before the first redact
        from memo_jupyter.redact.shapes import SHAPES  # noqa: PLC0415  # the same

        self._shapes: tuple[Shape, ...] = SHAPES
        self._places: tuple[Place, ...] = PLACES
        self._compiled: dict[str, re.Pattern[str]] = {}

    def _pattern(self, pattern: str) -> re.Pattern[str]:
        compiled = self._compiled.get(pattern)
        if compiled is None:
            compiled = self._compiled[pattern] = re.compile(pattern)
        return compiled

    def shapes(self, text: str) -> Iterator[Span]:
        for shape in self._shapes:
            if any(hint in text for hint in shape.hints):
                for found in self._pattern(shape.pattern).finditer(text):
                    yield Span(*found.span(found.lastindex or 0), shape.sort, 6)

    def places(self, text: str, lowered: str) -> Iterator[Span]:
        for place in self._places:
            if any(hint in lowered for hint in place.hints):
                for found in self._pattern(place.pattern).finditer(text):
                    if place.test(found[1]):
                        yield Span(*found.span(1), place.sort, 3)
