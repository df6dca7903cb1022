"""Whether a value can be a secret: placeholders, references and words are not; what a generator made is.

No measure of entropy alone tells a token from a digest or the id of a data set, so that a value is only ever judged
beside the name or the place it stands in. What is measured is how often the kind of character changes (words and file
names have runs of one kind, generated values have not), and how many pairs of letters are such as words have.
"""

from __future__ import annotations

import re
from itertools import pairwise

_RUNS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_PIECES = re.compile(r"[^A-Za-z0-9]+")
_PLACEHOLDER = re.compile(
    r"""(?ix) ^(?:
      none|null|nil|true|false|yes|no|on|off|undefined|unknown|missing|required|optional|empty|n/?a|todo|tbd
    | str|string|bytes|int|text|any|secretstr|basic|bearer|password|passwd|pass|pwd|token|secret|api[_-]?key|key
    | (?:enter|insert|add|put|my|your|some|the|a|an|test|fake|dummy|example|sample)[-_ .]?
      (?:your|my|own|secret|super|api|access|auth|hf|openai|db|user|strong)?[-_ .]?
      (?:password|passwd|pass|token|secret|api[-_ ]?key|key|credentials?|value)s?(?:[-_ ]?(?:here|goes[-_ ]here|123))?
    | change[-_ ]?(?:me|it|this)!?|replace[-_ ]?me|redacted|hidden|removed|placeholder|x{3,}[-x]*|\.{3,}|…
    )$
    """
)
_REFERENCE = re.compile(
    r"""(?x) ^(?:
      \$?\{[^{}]*\}            # {name}, ${NAME}, f"{name}"
    | \$\([^()]*\)?            # $(command)
    | \$(?:env:)?[A-Za-z_]\w*  # $NAME
    | %\(?\w+\)?[s%]           # %s, %(name)s, %NAME%
    | <[^<>]*>?                # <your token>
    | \[[^\[\]]*\]?            # [MASK], [secret: …]
    | [^\w\s]+                # ***, ···
    | [•·●*x.]+
    )$
    """
)
_PATH = re.compile(r"(?:[A-Za-z]:\\|\.{0,2}/|~/)[\w.@+~-]+(?:[/\\]+[\w.@ +~-]*)*$")
_PROSE = re.compile(
    r"(?i)\b(?:the|your|is|of|to|for|with|please|enter|must|not|no|and|a|an|in|user|password|token|key)\b"
)
_DIGEST = re.compile(r"(?i)[0-9a-f]{16,128}$|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$")
_FOLLOWS = dict(
    each.split(":")
    for each in (
        "a:bcdgiklmnprstuvy b:aeiloruy c:aehiklortu d:adeiorsu e:acdeflmnprstvwx f:aefilortu g:aehilnor h:aeiort "
        "i:abcdefglmnoprstvz j:aou k:ei l:adeilostuy m:abeimopu n:acdegikostv o:bcdfgklmnoprstuvw p:aehiloprst q:u "
        "r:abcdegiklmnorstuy s:acehiklmopstuw t:aehilorstuwy u:bcdegilmnprst v:aeio w:aehino x:aipt y:eops z:aeo"
    ).split()
)
"""After each letter those that often follow it in words of European languages: a third of all pairs."""
_WORDLIKE = 0.5  # share of such pairs: in words nine of ten, in random letters a third
_LEAST_LETTERS = 10
_LEAST = 8  # characters of a piece that can be called generated
_LEAST_WHOLE = 12
_RUN = 3.0  # the mean run of one kind of character: below it, a value is generated
_RUN_WHOLE = 2.7


def is_placeholder(value: str) -> bool:
    """Whether a value stands for a secret that is elsewhere, or for none at all."""
    return (
        not value.strip()
        or value.startswith(("[secret:", "os.environ", "os.getenv", "process.env"))
        or len(set(value)) == 1
        or bool(_PLACEHOLDER.match(value) or _REFERENCE.match(value))
    )


def is_digest(value: str) -> bool:
    """Whether a value looks like a digest or a UUID, which names of other kinds hold just as well."""
    return bool(_DIGEST.match(value))


def is_path(value: str) -> bool:
    """Whether a value is a path of a file."""
    return bool(_PATH.match(value))


def is_prose(value: str) -> bool:
    """Whether a value is a sentence about secrets rather than one."""
    return " " in value and bool(_PROSE.search(value))


def is_name(value: str) -> bool:
    """Whether a value could be a variable in code."""
    return bool(_NAME.match(value))


def is_made(value: str) -> bool:
    """Whether a value looks as if a generator had made it."""
    pieces = [piece for piece in _PIECES.split(value) if piece]
    if any(len(piece) >= _LEAST and _run(piece) < _RUN and _kinds(piece) > 1 for piece in pieces):
        return True
    if any(len(piece) >= _LEAST_LETTERS and _wordlike(piece) < _WORDLIKE for piece in pieces):
        return True
    together = "".join(pieces)
    return len(together) >= _LEAST_WHOLE and " " not in value and _kinds(together) > 2 and _run(together) < _RUN_WHOLE  # noqa: PLR2004  # small, capital and figures


def is_uncommon(value: str) -> bool:
    """Whether a value that stands without quotes is more than a word, a number or a name in code."""
    if is_made(value):
        return True
    signs = sum(not char.isalnum() and char not in "_.,:-/" for char in value)
    return len(value) >= 6 and any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and signs > 0  # noqa: PLR2004


def is_mixed(value: str) -> bool:
    """Whether small letters, capitals and figures stand in a value."""
    return len(value) >= _LEAST and all(any(map(kind, value)) for kind in (str.islower, str.isupper, str.isdigit))


def _run(piece: str) -> float:
    return len(piece) / max(1, len(_RUNS.findall(piece)))


def _wordlike(piece: str) -> float:
    """Give the share of pairs of characters that words have; two figures are no pair, since numbers are no secrets."""
    small = piece.lower()
    pairs = [(a, b) for a, b in pairwise(small) if not (a.isdigit() and b.isdigit())]
    return sum(b in _FOLLOWS.get(a, "") for a, b in pairs) / len(pairs) if pairs else 1.0


def _kinds(piece: str) -> int:
    return (
        (not piece.isupper() and any(map(str.islower, piece)))
        + any(map(str.isupper, piece))
        + any(map(str.isdigit, piece))
    )
