"""Values of names that say that they are secret: in code, JSON, settings, environment variables and options.

From each word such as `password` the text is read on: the rest of the name, a sign of assignment, the value. What can
only be code (a call, another variable, `None`) is none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from memo_jupyter.redact import names, values
from memo_jupyter.redact.finding import Span
from memo_jupyter.redact.names import Says

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAIL = re.compile(
    r"""(?x)
    (?P<rest>[\w-]{0,40}) (?P<close>\\{0,3}["'`]|) [\])]? (?P<gap>(?:[ ]is)?[ \t]*)
    (?: (?P<noted>:[ \t]*[A-Za-z_][\w.\[\], |]{0,40}?[ \t]*=(?!=)) | (?P<sign>:=|=>|->|[=!]={1,2}|=|:|,|>) )
    (?P<after>[ \t]*(?:\(?\s{0,40}(?=[bBrRuUfF]{0,2}\\{0,3}["'`]))?)
    """
)
_SPACED = re.compile(r"(?P<rest>[\w-]{0,40})(?P<gap>(?: is)?[ \t]+(?:[|│┃][ \t]*)?)(?=[^\s|│┃])")
_QUOTE = re.compile(r"""[bBrRuUfF]{0,2}(?P<escaped>\\{0,3})(?P<quote>\"{3}|'{3}|["'`])""")
_INSIDE = {
    '"': re.compile(r'(?:[^"\\\n]|\\[^\n]){0,2048}'),
    "'": re.compile(r"(?:[^'\\\n]|\\[^\n]){0,2048}"),
    "`": re.compile(r"[^`\n]{0,2048}"),
    '"""': re.compile(r'(?:(?!""").){0,2048}', re.DOTALL),
    "'''": re.compile(r"(?:(?!''').){0,2048}", re.DOTALL),
}
_ESCAPED = re.compile(r"""[^"'`\\\n]{0,2048}""")
_BARE = re.compile(r"""[^\s"'`<>,;(){}\[\]|&]{1,256}""")
_SET = re.compile(r"""[^\s;"'`]{1,256}""")
_SETTING = re.compile(r"(?:^|[\s!;&])(?:%(?:set_)?env|export|ENV|setenv|set|declare -x|\$env:)\s*$|--?env\s$|-e\s$")
_VARIABLE_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$")
_GOES_ON = re.compile(r"[ \t]*[|│┃'\"]?[ \t]*(?:[\r\n]|\Z|[|│┃])")
_SHORTEST = 4
_FIGURES = 3  # more than a variable's name has
_NAMED = 48  # characters of a name
_JUDGED = 96  # characters of a value that tell whether it is generated
_LONG = 16
_SORTS = {"api": "api-key", "key": "key", "token": "token", "secret": "secret", "auth": "token", "session": "cookie"}


class _Place(NamedTuple):
    """Where a value stands: how much its name says, and how it is given."""

    says: Says
    word: str
    sign: str
    quoted: bool
    setting: bool  # of an environment variable, or an option of a command: what stands there is a value and no code


def assigned(text: str, lowered: str) -> Iterator[Span]:
    """Find the values of names that say so; `lowered` is the text in small letters, of the same length."""
    at = 0
    for found in names.WORD.finditer(lowered):
        if found.start() < at:
            continue
        tail = _TAIL.match(text, found.end())
        span = _named(text, found, tail) if tail else _apart(text, found)
        if span:
            at = span.end
            yield span


def _named(text: str, found: re.Match[str], tail: re.Match[str]) -> Span | None:
    start = names.begin(text, found.start())
    said = names.says(text, start, found[0], found.start(), tail["rest"])
    sign = "=" if tail["noted"] else tail["sign"]
    if not said or (sign == "," and not tail["close"]) or (sign == ">" and text[start - 1 : start] != "<"):
        return None
    name = text[start : found.end()] + tail["rest"]
    if said is Says.LITTLE and sign == "=" and start < found.start():
        said = Says.SOME  # the key of something
    tight = not tail["gap"] and not tail["after"]
    setting = (
        sign == "=" and tight and (name.isupper() or text[start - 1 : start] == "-" or text[start : start + 1] == "-")
    )
    return _value(text, tail.end(), _Place(said, found[0], sign, quoted=False, setting=setting))


def _apart(text: str, found: re.Match[str]) -> Span | None:
    """Find a value that only spaces part from its name: of an option, a setting, a series of pandas."""
    tail = _SPACED.match(text, found.end())
    if not tail:
        return None
    start = names.begin(text, found.start())
    said = names.says(text, start, found[0], found.start(), tail["rest"])
    if not said:
        return None
    line = text.rfind("\n", max(0, start - 200), start) + 1
    option = text[start : start + 2] == "--"
    setting = bool(_SETTING.search(text[max(line, start - 40) : start]))
    alone = not text[line:start].strip("│|┃ \t") and (len(tail["gap"]) > 1 or "\t" in tail["gap"])
    if text[tail.end()] == "-":
        return None
    span = _value(text, tail.end(), _Place(said, found[0], " ", quoted=False, setting=option or setting))
    if not span or option or setting or (alone and _GOES_ON.match(text, span.end)):
        return span
    # In a sentence only what a generator made, and no digest, which sentences name as well.
    value = text[span.start : span.end]
    likely = said > Says.LITTLE and len(value) >= _LONG and values.is_made(value) and not values.is_digest(value)
    return span if likely else None


def _value(text: str, at: int, place: _Place) -> Span | None:
    quote = _QUOTE.match(text, at)
    if quote:
        place = place._replace(quoted=True)
        pattern = _ESCAPED if quote["escaped"] else _INSIDE[quote["quote"]]
        found = pattern.match(text, quote.end())
    else:
        follows = text.find("\n", at)
        found = (_SET if place.setting else _BARE).match(text, at, follows if follows >= 0 else len(text))
    if not found or not found[0]:
        return None
    value = found[0]
    if not quote and _is_named(value):
        return None  # the next name stands here, and is looked at by itself
    if not quote and not place.setting:
        value = value.rstrip(".:!?") if text[found.end() : found.end() + 1] in ("", " ", "\n") else value
        if text[found.end() : found.end() + 1] == ";" and place.sign == "=" and text[at - 1] == "=":
            place = place._replace(setting=True)  # of a connection string
        elif text[found.end() : found.end() + 1] in tuple("([{"):
            return None
    if not _is_secret(value, place):
        return None
    return Span(found.start(), found.start() + len(value), _sort(place.word), 2)


def _is_named(value: str) -> bool:
    """Whether a value is another name with its own value, as in ``key=token=…``."""
    name, sign, _ = value[:_NAMED].partition("=")
    return bool(sign) and bool(names.WORD.search(name.lower()))


def _is_secret(value: str, place: _Place) -> bool:
    if len(value) < _SHORTEST or values.is_placeholder(value) or values.is_path(value):
        return False
    made = values.is_made(value[:_JUDGED])
    if place.says is Says.LITTLE:
        return made and len(value) >= _LONG and place.quoted and not values.is_digest(value) and values.is_mixed(value)
    if place.says is Says.SOME:
        if values.is_digest(value):
            return place.word != "session"
        return made or (place.setting and values.is_uncommon(value))
    if place.setting:
        return not value.startswith("$")
    quoted = place.quoted and place.sign != ","
    shown = values.is_mixed(value) and (place.sign == ":" or sum(map(str.isdigit, value)) >= _FIGURES)
    likely = not values.is_prose(value) if quoted else made or shown or values.is_uncommon(value)
    return likely and not _VARIABLE_NAME.match(value)


def _sort(word: str) -> str:
    return next((sort for start, sort in _SORTS.items() if word.startswith(start)), "password")
