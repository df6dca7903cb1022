r"""What words a text is found by. Pure functions, the same for what is remembered and for what is asked.

A text is cut into runs of letters and digits. Each run gives tokens that depend on it alone, whatever stands beside it:
that is how `forget` can tell from the tokens which texts a word may stand in. Beside them come the parts of a run
(``KeyError``: key, error), and runs that signs hold together (``df.groupby``, ``/data/a.csv``, ``0.71``) as a whole.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from py_rust_stemmers import SnowballStemmer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

QUESTION = "?"
"""The token of a text that ends as a question; no query has it."""

_MOST = 32  # tokens of a query that are looked up; a pasted page has more, and they add little
_SCANNED = 8192  # characters of a query that are read
_LONGEST = 64  # characters of a run that are kept: the rest of a hash or of packed data tells nothing
_LONGEST_WHOLE = 100
_LONGEST_CAMEL = 40  # beyond that it is no name, but packed data, and its parts would be noise

# Words that are in most questions and say nothing of what is asked.
_COMMON = frozenset(
    "a about all am an and any are as at be been but by can could did do does for from had has have he her him his how "
    "i if in into is it its me my no not of on or our she so some than that the their them then there these they this "
    "to up us was we were what when where which who why will with would you your".split()
)

_MARKS = r"\u0300-\u036f"  # diacritics that stand behind their letter
# Vowel signs, which Python does not count as parts of a word, of the scripts that cannot be written without them.
_SIGNS = (
    r"\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff\u0e31-\u0e3a\u0e47-\u0ecd\u1000-\u109f"
)
# Scripts without spaces between words, and Korean, whose words bear endings: found by one and two letters.
_DENSE = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    r"\uf900-\ufaff\U00020000-\U0003ffff"
)
_AROUND = ".,;:!?()[]{}\"'`*#<>|=+%$&~^-/\\"  # signs that stand beside words, and in none
_BOND = r"(?:://|::|:\\|['\u2019./\\@:-])"
_RUN = re.compile(rf"[\w{_MARKS}{_SIGNS}]+")
_PIECE = re.compile(rf"[\w{_MARKS}{_SIGNS}]+(?:{_BOND}[\w{_MARKS}{_SIGNS}]+)*")
_ENDING = re.compile(r"['\u2019](?:s|t|d|m|ll|re|ve)(?=['\u2019./\\@:-]|\Z)", re.IGNORECASE | re.ASCII)
_ENDINGS = frozenset("s t d m ll re ve".split())
_STEPS = re.compile(r"[/\\:]+")  # between the parts of a path
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_DENSE_RUN = re.compile(rf"[{_DENSE}]+|[^{_DENSE}]+")
_IS_DENSE = re.compile(rf"[{_DENSE}]")
_DIACRITICS = re.compile(rf"[{_MARKS}]")


def analysed(text: str) -> list[str]:
    """List the tokens that `text` is found by, in order: lower case, stemmed, without diacritics."""
    return _stemmed(_split(text))


def asked(query: str) -> list[str]:
    """List the tokens of `query` that say what it is about, each once; a query is words, never syntax."""
    telling = [token for token in _split(query[:_SCANNED]) if token not in _COMMON]
    return list(dict.fromkeys(_stemmed(telling)))[:_MOST]


def runs(text: str) -> list[str]:
    """List the words of `text` as they stand there, in lower case."""
    return [run.lower() for run in _RUN.findall(text)]


def tokens_of_run(run: str) -> list[str]:
    """List tokens that every text has in which the word `run`, as `runs` gives it, stands."""
    return [] if run in _ENDINGS else _stemmed(_of_run(run))


def telling(text: str) -> list[str]:
    """List the words of `text` that say what it is about, each once, in lower case, not stemmed."""
    return [word for word in dict.fromkeys(re.findall(r"\w+", text.lower())) if word not in _COMMON]


def _stemmed(tokens: list[str]) -> list[str]:
    # Made anew each time: it costs nothing, and is nobody's to share between threads.
    stems = SnowballStemmer("english").stem_words(tokens)
    # Only words are stemmed: `read_files` is a name, and 0.71 a number.
    return [stem if token.isalpha() else token for token, stem in zip(tokens, stems, strict=True)]


def _split(text: str) -> list[str]:
    tokens: list[str] = []
    for stretch in text.split():
        word = stretch.strip(_AROUND)
        if word.isalpha() and word.isascii() and len(word) <= _LONGEST:
            tokens.append(word.lower())
            if not word.islower() and not word[1:].islower() and len(word) <= _LONGEST_CAMEL:
                tokens += _camel(word)
        elif word:
            for piece in _PIECE.findall(word):
                tokens += _of_piece(piece)
    return tokens


def _of_piece(piece: str) -> Iterator[str]:
    """Give the tokens of runs that are held together: the whole, the steps of a path, the runs."""
    piece = _ENDING.sub("", piece)
    if not (found := _RUN.findall(piece)):
        return
    if len(found) > 1:
        yield from _whole(piece)
        for step in _STEPS.split(piece):
            within = _RUN.findall(step)
            if 1 < len(within) < len(found):
                yield from _whole(step)
    for run in found:
        yield from _of_run(run.lower())
        if run.isascii() and len(run) <= _LONGEST_CAMEL and run not in {run.lower(), run.upper(), run.title()}:
            yield from _camel(run)


def _whole(piece: str) -> Iterable[str]:
    if len(piece) > _LONGEST_WHOLE:
        return ()
    return "".join(_folded(piece.lower()).split()).split()


def _of_run(run: str) -> list[str]:
    """Give the tokens of one run in lower case, which depend on nothing else."""
    run = run[:_LONGEST]
    if run.isascii():
        if "_" not in run:
            return [run]
        return [part for part in (run, *run.split("_")) if part.strip("_")]
    tokens: list[str] = []
    for word in _RUN.findall(_folded(run)):
        for part in _DENSE_RUN.findall(word) if _IS_DENSE.search(word) else (word,):
            if _IS_DENSE.match(part):
                tokens += part
                tokens += map("".join, pairwise(part))
            elif part.strip("_"):
                tokens.append(part)
    return tokens


def _camel(run: str) -> Iterator[str]:
    """Give the parts of a name in which capitals begin words."""
    parts = _CAMEL.findall(run)
    if len(parts) > 1:
        yield from map(str.lower, parts)


def _folded(word: str) -> str:
    if word.isascii():
        return word
    bare = _DIACRITICS.sub("", unicodedata.normalize("NFKD", word))
    return unicodedata.normalize("NFC", bare).casefold()
