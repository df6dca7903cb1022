"""Names that say that their value is secret: of variables, of keys in JSON, of columns, of the environment's variables.

How much a name says decides how much its value has to look like a secret: after `password` nearly any value is one,
after `token` what a generator made, and after `key` alone, which is a column's or a dictionary's most of the time,
only what can be nothing else.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote

from memo_jupyter.redact.values import is_path, is_placeholder

if TYPE_CHECKING:
    from collections.abc import Mapping


class Says(IntEnum):
    """How much a name says."""

    NOTHING = 0
    LITTLE = 1
    """`key`: only what is generated, and no digest."""
    SOME = 2
    """`token`: what is generated."""
    MUCH = 3
    """`password`, `api_key`: nearly anything."""


WORD = re.compile(
    r"pass(?:word|wd|phrase|code|wort)?|pwd|pw|secret|api[ _-]?key|credential|token|auth"
    r"|sess(?:ion)?[_-]?id|session|sid|otp|key|bearer"
)
"""The words, in small letters. They begin with letters, to which Python's engine skips."""

_SURE = ("password", "passwd", "passphrase", "passcode", "passwort", "pwd", "secret", "credential", "api")
_SHORT = frozenset(("pass", "pw", "pwd", "key", "sid", "otp", "auth", "session", "bearer"))
_OWNERS = ("db", "user", "my", "root", "admin", "ssh", "smtp", "ftp", "api")
_SECRET_KEYS = frozenset(
    "api access private encryption signing master auth account storage subscription shared client app application "
    "service license ssh deploy admin jwt hmac consumer webhook fernet crypto cipher secret session security".split()
)
_OPEN_KEYS = frozenset(
    "public primary foreign sort sorted cache partition hash index group join merge dict row column col object "
    "registry lookup routing range document unique natural surrogate left right state weight query value dedup".split()
)
_OTHER_TOKENS = frozenset("pad bos eos unk sep cls mask start end stop special next prev num max min".split())
_NOT_THE_VALUE = re.compile(
    r"(?:^|[_-]|(?<=[a-z]))(?:field|names?|cols?|columns?|types?|path|file|filename|dir|folder|ur[li]|endpoint|header|env|var|"
    r"label|len|length|counts?|limit|size|policy|strength|index|idx|pattern|regex|format|hint|prompt|required|valid|"
    r"enabled|expir\w*|at|version|arn|manager|ids?|embeddings?|map|list|dict|usage|budget|cost|prob|score|class|"
    r"classes|freq|scheme|method|provider|store|algo\w*|error|attempts|reset|template|words?|stdin|help|text|func|fn)$"
)
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
_BEFORE = 64  # characters of a name before its word


def begin(text: str, at: int) -> int:
    """Give where the name begins whose word stands at `at`."""
    before = text[max(0, at - _BEFORE) : at]
    return at - (len(before) - len(before.rstrip(_LETTERS)))


def says(text: str, start: int, word: str, at: int, rest: str) -> Says:
    """Tell how much a name says.

    Parameters
    ----------
    text : str
    start : int
        Where the name begins.
    word : str
        The word of `WORD` in it, in small letters.
    at : int
        Where that word begins.
    rest : str
        What follows the word in the name.
    """
    if (
        rest
        and (rest[0].islower() and not (word == "credential" and rest == "s"))
        and not rest.startswith(("key", "token"))
    ):
        return Says.NOTHING
    if rest and _NOT_THE_VALUE.search(rest.lower()):
        return Says.NOTHING
    before = text[start:at]
    inside = before[-1:].isalpha() and before[-1:].islower() == text[at].islower()
    if word in _SHORT and inside and not before.lower().endswith(_OWNERS):
        return Says.NOTHING
    owner = re.split(r"[_-]", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", before).strip("_-").lower())[-1]
    if word == "key":
        return _key(owner, before + text[at])
    if word == "token":
        return Says.NOTHING if owner in _OTHER_TOKENS else Says.SOME
    return Says.MUCH if word.startswith(_SURE) or word in ("pass", "pw") else Says.SOME


def _key(owner: str, shown: str) -> Says:
    if owner in _OPEN_KEYS:
        return Says.NOTHING
    if owner in _SECRET_KEYS:
        return Says.MUCH
    return Says.SOME if owner and shown.isupper() else Says.LITTLE


_VARIABLE = re.compile(
    r"(?:^|_)(?:TOKEN|KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|PAT|CREDENTIALS?|AUTH|COOKIE)\d*(?:_|$)"
    r"|(?:TOKEN|APIKEY|SECRET|PASSWORD|PASSWD)$"
)
_OPEN_VARIABLE = re.compile(
    r"^(?:PWD|OLDPWD)$|(?:^|_)(?:FILE|PATH|DIR|NAME|TYPE|SOCK|HOST|USER|TTL|LIMIT|PUBLIC|MODE|METHOD|VERSION|PID|REPEAT)(?:_|$)"
)
_IN_URL = re.compile(r"[A-Za-z][\w+.-]*://[^\s/:@]*:([^\s/]+)@")
_LEAST = 6


def secrets_of_environment(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Pick what the environment keeps secret: the values of variables whose names say so, and passwords in URLs.

    Parameters
    ----------
    environ : mapping of str to str
        Such as `os.environ`.

    Returns
    -------
    tuple of str
        For `Redactor.learn`, each once. Folders (`PWD`), files, numbers and placeholders are not in it.
    """
    found: dict[str, None] = {}
    for name, value in environ.items():
        shown = name.upper()
        if passwords := _IN_URL.findall(value):
            found.update(dict.fromkeys(each for password in passwords for each in (password, unquote(password))))
        elif _VARIABLE.search(shown) and not _OPEN_VARIABLE.search(shown) and can_be_known(value):
            found[value] = None
    return tuple(value for value in found if can_be_known(value))


_COMMON = frozenset(
    "localhost default production development staging testing public private master enabled disabled required "
    "jupyter notebook python ubuntu docker github google amazon openai anthropic postgres postgresql mysql sqlite "
    "mongodb redis admin administrator username password passwords letmein welcome string number value secret secrets "
    "token tokens access bearer basic oauth system service client server database project example sample training "
    "model models london berlin monday tuesday wednesday thursday friday saturday sunday january february march april "
    "august september october november december colour yellow purple orange please import return lambda function "
    "object method window windows darwin linux simple normal random global nonlocal continue except finally".split()
)
_SHORT_NUMBER = 8


def can_be_known(value: str) -> bool:
    """Whether a value can be looked for wherever it stands, so that nothing else is taken for it."""
    plain = value.strip()
    return (
        len(plain) >= _LEAST
        and not is_placeholder(plain)
        and not is_path(plain)
        and plain.lower() not in _COMMON
        and not (plain.replace(".", "").isdigit() and len(plain) < _SHORT_NUMBER)
        and len(set(plain)) > 2  # noqa: PLR2004  # "======", "ababab"
    )
