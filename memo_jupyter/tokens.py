"""How many tokens a text is, where no tokenizer can be asked."""

from __future__ import annotations

import re

_WORDS = re.compile(r" ?[A-Za-z]?[a-z]{2,}| {2,}")
"""What tokenizers have long pieces for: words, and the spaces before code. Of the rest (digits, capitals, signs) each
character may well be a token: Qwen's, Llama 2's and Mistral's have one for each digit, so that a table of numbers is
three times as many tokens as prose of its length."""

_CHARS_PER_TOKEN = 3.5
"""Characters of words a token, on the low side: English has about 4.5, German 3.7."""

_OTHER, _FOREIGN, _WIDE = 1.1, 1.4, 3.2
"""Tokens of any other ASCII character; of one beyond ASCII; and of one beyond U+FFFF, such as an emoji. All on the high
side: the most of the tokenizers of DeepSeek V4, Qwen and Mistral."""


def estimated(text: str) -> int:
    """Estimate the tokens of `text`, erring on the high side."""
    plain = text if text.isascii() else text.encode("ascii", "ignore").decode()
    words = sum(map(len, _WORDS.findall(plain)))
    tokens = words / _CHARS_PER_TOKEN + (len(plain) - words) * _OTHER
    if len(plain) < len(text):
        wide = sum(char > "\uffff" for char in text)
        tokens += (len(text) - len(plain) - wide) * _FOREIGN + wide * _WIDE
    return min(int(tokens) + 1, at_most(text))


def at_most(text: str) -> int:
    """Give a number of tokens that `text` cannot exceed: every token stands for a byte at least, and one may lead."""
    return (len(text) if text.isascii() else len(text.encode("utf-8", "replace"))) + 1
