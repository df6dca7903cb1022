"""How many tokens a text is, where no tokenizer can be asked."""

from __future__ import annotations

_CHARS_PER_TOKEN = 3.2
"""ASCII characters a token, on the low side: English has about 4.5, code about 3."""


def estimated(text: str) -> int:
    """Estimate the tokens of `text`, erring on the high side.

    Characters outside ASCII count as a token each: right for Chinese, high for accented letters.
    """
    ascii_only = text.isascii()
    plain = len(text) if ascii_only else len(text.encode("ascii", "ignore"))
    return int(plain / _CHARS_PER_TOKEN) + (len(text) - plain) + 1


def at_most(text: str) -> int:
    """Give a number of tokens that `text` cannot exceed: every token stands for a byte at least, and one may lead."""
    return (len(text) if text.isascii() else len(text.encode("utf-8", "replace"))) + 1
