"""What of a cell's own words may be shown to a language model: names and paths, short, harmless, and no secret."""

from __future__ import annotations

import re

LONGEST_NAME = 40
LONGEST_PATH = 64

_SECRET = re.compile(
    r"""
      (?: passw | passphrase | secret | credential | \bpwd\b | \bauth\b )
    | (?: api | access | private ) [_-]? key
    | \b (?: sk-|pk_|ghp_|gho_|github_pat_|glpat-|hf_|xox[a-z]-|AKIA|ASIA|AIza|eyJ )  # how the keys of services begin
    | (?: access|auth|bearer|refresh) [_-]? token | token\s*[=:]
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LONG_RUN = re.compile(r"[A-Za-z0-9+=]{18,}")
_DIGITS_OF_A_KEY = 3
"""Digits that a long run of letters needs to be taken for a key: words and class names have fewer."""

_NAME = re.compile(r"[^\W\d][\w.]*")
_PATH = re.compile(r"[\w./~ :()+,=&@%'-]+")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^@?&=#%\s]+", re.IGNORECASE)
_MOST_WORDS = 4
"""Words of a path or a setting, by its spaces: what is longer may be a sentence, written for the model."""

_SHOWN_PARTS = 3
"""Parts of an absolute path that are shown, from its end: the rest is the computer's, and says nothing."""


def secret(text: str) -> bool:
    """Tell whether a text looks as if it were, or held, a password or a key; rather too often than too rarely."""
    return bool(_SECRET.search(text)) or any(
        sum(letter.isdigit() for letter in run[0]) >= _DIGITS_OF_A_KEY and not run[0].isdigit()
        for run in _LONG_RUN.finditer(text)
    )


def name(text: str) -> str:
    """Give a name (dotted ones too) as it may be shown, or ``""`` where it may not be."""
    if len(text) > LONGEST_NAME or not text.isprintable() or not _NAME.fullmatch(text) or secret(text):
        return ""
    return text


def word(text: str) -> str:
    """Give a short setting (a metric, a style, a file's ending) as it may be shown, or ``""``."""
    return text if name(re.sub(r"[-/ ]", "_", text)) and len(text.split()) <= _MOST_WORDS else ""


def path(text: str) -> str:
    """Give a path, or a URL that holds no credentials, as it may be shown, or ``""`` where it may not be."""
    text = re.sub(r"\\+", "/", text).strip()
    if not text.isprintable() or secret(text) or len(text.split()) > _MOST_WORDS:
        return ""
    if "://" in text:
        return text if _URL.fullmatch(text) and len(text) <= LONGEST_PATH else ""
    if not _PATH.fullmatch(text) or re.search(r"@.*:|:.*@", text):
        return ""
    parts = [part for part in text.split("/") if part not in ("", ".", "..")]
    if text[0] in "/~" or text[1:2] == ":":
        text = "/".join(["…", *parts[-_SHOWN_PARTS:]]) if len(parts) > _SHOWN_PARTS else text
    return text if len(text) <= LONGEST_PATH else ""
