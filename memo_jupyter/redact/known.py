"""Values that are known to be secret, found wherever they stand, and however they are written there.

A value may stand in a URL, in base64, in the quotes of repr or JSON, broken by a line's end, or cut by a table's
column or an output cap. All of these are derived from the value when it is learned; the value and its forms stay in
this process and are never shown.
"""

from __future__ import annotations

import base64
import json
import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from memo_jupyter.redact.finding import Span
from memo_jupyter.redact.names import can_be_known

if TYPE_CHECKING:
    from collections.abc import Iterator

SORT = "known-value"
_PART = 8  # characters of a value whose rest was cut off
_RANK = 8
_CUT = ("...", "…")
_BETWEEN = re.compile(r"[\s\"'\\]+")
_ENDS = 3  # of base64: how many bytes share a group of characters


def tight(text: str) -> str:
    """Leave out what may stand where a line ends within a value."""
    return _BETWEEN.sub("", text)


class Known:
    """One value."""

    def __init__(self, value: str) -> None:
        plain = value.strip()
        self._worded = plain if plain.isdigit() or (plain.isalpha() and plain.islower()) else None
        self._forms = () if self._worded else tuple(sorted(_forms(plain), key=len, reverse=True))
        self._plain = plain
        self._tight = tight(plain)

    def __repr__(self) -> str:
        return "Known()"  # never the value

    def find(self, text: str, close: str) -> Iterator[Span]:
        """Find the value; `close` is what `tight` gives of the text."""
        if self._worded:
            for found in re.finditer(rf"(?<![^\W_]){re.escape(self._worded)}(?![^\W_])", text):
                yield Span(*found.span(), SORT, _RANK)
            return
        whole = False
        for form in self._forms:
            at = text.find(form)
            while at >= 0:
                whole = True
                yield Span(at, at + len(form), SORT, _RANK)
                at = text.find(form, at + len(form))
        if len(self._tight) >= _PART:
            yield from self._cut(text)
            if self._tight in close and (not whole or close.count(self._tight) > text.count(self._plain)):
                for found in self._broken().finditer(text):
                    yield Span(*found.span(), SORT, _RANK)

    def _broken(self) -> re.Pattern[str]:
        """Make the pattern of the value with line ends in it; a line goes on after white space, or in a new string."""
        between = r"""(?:["']?[ \t]*\\?\r?\n[ \t]*["']?)?"""
        return re.compile(between.join(map(re.escape, "".join(self._plain.split()))))

    def _cut(self, text: str) -> Iterator[Span]:
        """Find the value's beginning where its rest was cut off, and its end where the text begins."""
        head = self._plain[:_PART]
        at = text.find(head)
        while at >= 0:
            end = at + _common(self._plain, text[at : at + len(self._plain)])
            if text.startswith(_CUT, end) or end == len(text):
                yield Span(at, end, SORT, _RANK)
            at = text.find(head, at + _PART)
        tail = self._plain[-_PART:]
        at = text.find(tail, 0, len(self._plain) + 4)
        if at >= 0:
            before = text[:at].lstrip(".…")
            if self._plain[:-_PART].endswith(before):
                yield Span(at - len(before), at + _PART, SORT, _RANK)


def learned(value: str) -> Known | None:
    """Make what finds a value, or None for one that would be taken for much else: short, a common word, a path."""
    return Known(value) if can_be_known(value) else None


def _common(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _forms(value: str) -> set[str]:
    """Give all the ways in which a value is written."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {
        value,
        quote(raw, safe=""),
        quote(raw),
        quote_plus(raw),
        re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), quote(raw, safe="")),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        repr(raw)[2:-1],
        value.replace("/", "\\/"),
        json.dumps(value)[1:-1].replace("/", "\\/"),
        value.replace("\\", "\\\\"),
        value.replace("'", "\\'"),
        value.replace('"', '\\"'),
        json.dumps(json.dumps(value)[1:-1])[1:-1],
        escape(value),
        raw.hex(),
    }
    for before in range(_ENDS):
        # Whatever stands before it moves the value within base64's groups; the characters at its ends it shares.
        code = base64.b64encode(b"\0" * before + raw).decode()
        inner = code[-(-before * 8 // 6) :].rstrip("=")
        inner = inner[:-1] if (before + len(raw)) % 3 else inner
        if len(inner) >= _PART - 1:
            forms |= {inner, inner.replace("+", "-").replace("/", "_"), quote(inner, safe="")}
    return {form for form in forms if len(form) >= _PART - 2}
