"""What is found in a text, and the mark that stands in its place.

Nothing here holds a secret, a part of one, or a digest of one: a finding tells its sort and where its mark stands.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = r"\[secret: [a-z0-9][a-z0-9 ]{0,39}\]"
"""How a mark looks, as a regular expression."""


class Span(NamedTuple):
    """A stretch of a text that is a secret; of spans that overlap, the one of the higher rank names the sort."""

    start: int
    end: int
    sort: str
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret that was taken out.

    Attributes
    ----------
    sort : str
        What it is: ``github-token``, ``password`` … or the name of the user's own rule.
    start, end : int
        Where its mark stands in the new text, in characters.
    """

    sort: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without its secrets.

    Attributes
    ----------
    text : str
        With a mark such as ``[secret: github token]`` in the place of each.
    found : tuple of Finding
        In the order of the text; empty if it was left as it was. Marks that stood in the text before are not in it.
    """

    text: str
    found: tuple[Finding, ...] = ()


def mark(sort: str) -> str:
    """Give the mark for a sort: letters, figures and spaces only, whatever the sort's name."""
    words = re.sub(r"[^a-z0-9]+", " ", sort.lower())[:40].strip()
    return f"[secret: {words or 'own rule'}]"


def replace(
    text: str, spans: Sequence[Span], marks: Sequence[tuple[int, int]] = (), earlier: Sequence[Finding] = ()
) -> Redacted:
    """Put marks in the place of the spans, which may overlap.

    Parameters
    ----------
    text : str
    spans : sequence of Span
    marks : sequence of (int, int)
        Where marks stand already, in order; they stay.
    earlier : sequence of Finding
        What was found in the text before; it is among what is told, where it has moved to.
    """
    free = [piece for span in joined(spans) for piece in _outside(span, marks)]
    parts: list[str] = []
    found: list[Finding] = []
    moved = [0]
    at = length = 0
    for span in free:
        new = mark(span.sort)
        parts += [text[at : span.start], new]
        length += span.start - at
        found.append(Finding(span.sort, length, length + len(new)))
        length += len(new)
        at = span.end
        moved.append(length - at)
    if not found:
        return Redacted(text, tuple(earlier))
    ends = [span.end for span in free]
    for one in earlier:
        by = moved[bisect_right(ends, one.start)]
        found.append(Finding(one.sort, one.start + by, one.end + by))
    return Redacted("".join([*parts, text[at:]]), tuple(sorted(found, key=lambda one: one.start)))


def joined(spans: Sequence[Span]) -> list[Span]:
    """Join the spans that overlap, in the order of the text."""
    done: list[Span] = []
    for span in sorted(spans):
        if span.start >= span.end:
            continue
        if done and span.start < done[-1].end:
            last = done[-1]
            named = max(last, span, key=lambda one: one.rank)
            done[-1] = Span(last.start, max(last.end, span.end), named.sort, named.rank)
        else:
            done.append(span)
    return done


def _outside(span: Span, marks: Sequence[tuple[int, int]]) -> list[Span]:
    """Give the parts of a span that are no marks."""
    pieces, at = [], span.start
    for start, end in marks[max(0, bisect_left(marks, (span.start, 0)) - 1) :]:
        if start >= span.end:
            break
        if end > at:
            if start > at:
                pieces.append(span._replace(start=at, end=start))
            at = end
    if at < span.end:
        pieces.append(span._replace(start=at))
    return pieces
