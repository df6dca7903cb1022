"""Where a text ends its sentences, which of them ask, and which lean on the one before. Pure functions.

Texts here are notes, conversations and Markdown: a line may end a sentence without a point, or may only be wrapped.
"""

from __future__ import annotations

import re

_WRAPPED = 50
"""Characters of a line that may have been wrapped; a shorter one was ended."""

_SHORT = (
    "al approx appr ca cf ch co corp dept dr ed eds eq eqs est etc exp fig figs incl inc jr jan feb mar apr jun jul "
    "aug sep sept oct nov dec ltd max min mr mrs ms no nos nr p pp par prof ref refs rep resp sec sr st std tab vol vs "
    "e.g i.e u.s a.m p.m z.b d.h u.a"
).split()
_ABBREVIATION = re.compile(rf"(?:^|[\s(\[\"'])(?:{'|'.join(map(re.escape, _SHORT))}|[A-Za-z])\.$", re.IGNORECASE)
"""What ends with a point that ends no sentence: a short form, or an initial."""

_END = re.compile(
    r"(?:[.\u2026][)\]\"'\u201d\u2019*_`]*\s+(?=[\"'(\[*_`\u201c\u2018]*[A-Z0-9\u00c0-\u00de\u0391-\u03a9\u0400-\u042f.])"
    r"|[!?]+[)\]\"'\u201d\u2019*_`]*\s+|[\u3002\uff01\uff1f]+\s*)"
)
_LISTED = re.compile(r"^(?:[-*+\u2022]|\(?[0-9]{1,3}[.)]|\(?[a-z]\))\s+(?:\[[ xX]\]\s+)?")
"""What opens an item of a list."""

_QUOTING = re.compile(r"^(?:>\s?)+")
_ASKS = re.compile(r"\?[)\]\"'\u201d\u2019*_`!]*$|\uff1f$")
_WANTS = re.compile(
    r"(?:(?:and|so|ok|okay|hi|hey|hello|now|then|please)\b[ ,]*)*"
    r"(?:what|which|who|whom|whose|when|where|why|how|can|could|do|does|did|is|are|was|were|should|would|will|explain|"
    r"tell|show|give|write|list|summari[sz]e|describe|compare|translate|help|find|suggest|make|remind|draft|fix|plot)\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"(?:it|its|this|that|these|those|they|them|their|he|she|his|her|both|neither|such|same|instead|otherwise|"
    r"therefore|hence|then|so|but|and|because|also|yes|no|yep|nope|right|exactly|correct|true|none|ok|okay|sure"
    r"|(?:here|there)(?= it\b))\b(?!-)(?!\. ?[0-9])",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """Cut a paragraph of prose into its sentences, each on one line."""
    found: list[str] = []
    for line in _lines(text):
        start = 0
        for end in _END.finditer(line):
            until = line[start : end.end()].rstrip()
            if not _ABBREVIATION.search(until):
                found.append(until)
                start = end.end()
        found.append(line[start:])
    return [one.strip() for one in found if re.search(r"\w", one)]


def item(line: str) -> str | None:
    """Give what an item of a list says; None if the line opens none."""
    listed = _LISTED.match(line.strip())
    return line.strip()[listed.end() :] if listed else None


def plain(line: str) -> str:
    """Take the mark of a quotation from a line: what it says is what counts."""
    return _QUOTING.sub("", line.strip())


def asks(sentence: str) -> bool:
    """Tell whether a sentence is a question, as its end says."""
    return _ASKS.search(sentence) is not None


def wants(sentence: str) -> bool:
    """Tell whether a sentence of a prompt asks for something, whatever its end."""
    return asks(sentence) or _WANTS.match(sentence) is not None


def leans(sentence: str) -> bool:
    """Tell whether a sentence is hard to understand without the one before: "It did.", "Yes."."""
    return _LEANS.match(sentence.lstrip("\"'(*_`")) is not None


def _lines(text: str) -> list[str]:
    """Join the lines that were only wrapped."""
    lines: list[str] = []
    last = 0  # characters of the last line as it stood
    for line in text.split("\n"):
        bare = " ".join(line.split())
        if not bare:
            continue
        if lines and last >= _WRAPPED and (bare[0].islower() or not re.search(r"[.!?:;][)\"'*_`]*$", lines[-1])):
            lines[-1] += f" {bare}"
        else:
            lines.append(bare)
        last = len(bare)
    return lines
