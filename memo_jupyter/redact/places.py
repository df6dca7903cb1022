"""Places that hold secrets by themselves: URLs, headers, cookies, options of commands, `.netrc`, `.pgpass`.

Each is a pattern whose group 1 is the secret, with plain words of which one has to stand in the text for it to be
looked for, and what its value has to look like.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from memo_jupyter.redact import values
from memo_jupyter.redact.finding import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Q = r"[\"'`\\]{0,4}"


class Place(NamedTuple):
    """A place: the sort of what stands there, words in small letters, the pattern, and a test of the value."""

    sort: str
    hints: tuple[str, ...]
    pattern: str
    test: Callable[[str], bool]


def _any(value: str) -> bool:
    return not values.is_placeholder(value)


def _no_number(value: str) -> bool:
    return not value.isdigit() and _any(value)


def _made(value: str) -> bool:
    return values.is_made(value) and _any(value)


def _sent(value: str) -> bool:
    return (values.is_made(value) or len(value) >= 20) and _any(value) and "{" not in value  # noqa: PLR2004  # shorter words follow in prose


def _own(value: str) -> bool:
    return values.is_made(value) and not values.is_digest(value)


PLACES = (
    Place("url-password", ("://",), r"://[^\s:/?#@\"'`<>\[\]]{0,128}:([^\s/\"'`<>]{1,256})@(?=[\w\[.{$-])", _any),
    Place("url-password", ("://",), r"://[^\s:/?#@\"'`<>\[\]]{1,128}:([^\s/\"'`<>@]{6,256})\Z", _made),
    Place("url-token", ("://",), r"://([A-Za-z0-9_.~%-]{16,256})@", _made),
    Place(
        "url-token",
        ("=",),
        r"(?i)[?&;](?:amp;)?[\w.$-]{0,40}?(?:token|sig|signature|secret|password|passwd|pwd|api[_-]?key|appid|hmac|credential|jwt)"
        r"=([^\s&\"'<>#)\]}\\,;]{6,})",
        _any,
    ),
    Place(
        "url-token",
        ("=",),
        r"(?i)[?&](?:amp;)?[\w.$-]{0,40}?(?:key|code|auth|session|sid|access)=([^\s&\"'<>#)\]}\\,;]{16,})",
        _own,
    ),
    Place(
        "authorization",
        ("authorization",),
        rf"(?i)authorization{_Q}\]?\s*[:=,]\s*[bf]?{_Q}(?:(?:bearer|basic|token|apikey|api-key|digest|negotiate|key)\s+)?"
        r"([^\s\"'`,;{}<>\\]{6,})",
        _sent,
    ),
    Place("authorization", ("bearer",), r"(?i)\bbearer\s+([\w.~+/=-]{12,})", _made),
    Place("authorization", ("basic",), r"(?i)\bbasic\s+([A-Za-z0-9+/]{12,}={0,2})", _made),
    Place(
        "header",
        ("x-",),
        rf"(?i)\bx-[\w-]{{0,30}}?(?:key|token|auth|secret){_Q}\]?\s*[:=]\s*{_Q}([^\s\"'`,;{{}}<>\\]{{8,}})",
        _made,
    ),
    Place(
        "password",
        ("-u", "--user", "--proxy-user"),
        r"(?:\s-u|--user|--proxy-user)[ =]?[\"']?[^\s:\"'=]{1,64}:([^\s\"']{3,256})",
        _no_number,
    ),
    Place("password", ("auth",), r"auth\s*=\s*\(\s*[\"'][^\"'\n]{0,80}[\"']\s*,\s*b?[\"']([^\"'\n]{3,256})", _any),
    Place(
        "password",
        ("auth(", "login(", "authenticate("),
        r"(?i)(?:auth|login|authenticate)\(\s*[\"'][^\"'\n]{0,80}[\"']\s*,\s*b?[\"']([^\"'\n]{3,256})",
        _any,
    ),
    Place("api-key", ("login(",), r"login\(\s*(?:\w{1,20}\s*=\s*)?[\"']([^\"'\s]{16,256})[\"']", _made),
    Place(
        "api-key",
        (" login",),
        r"(?:wandb|comet|neptune|modal|huggingface-cli) login(?:\s+--\S+)*\s+([A-Za-z0-9_-]{16,})",
        _made,
    ),
    Place("password", ("sshpass",), r"sshpass\s+-p\s*[\"']?([^\s\"']{3,256})", _any),
    Place(
        "password",
        ("mysql", "mariadb"),
        r"\b(?:mysql|mysqldump|mariadb|mysqladmin)\b[^\n]{0,120}?\s-p[\"']?([^\s\"'-][^\s\"']{3,128})",
        _any,
    ),
    Place(
        "password",
        ("docker login", "podman login", "oc login", "az login"),
        r"\blogin\b[^\n]{0,120}?\s-p\s+[\"']?([^\s\"']{3,256})",
        _any,
    ),
    Place(
        "password",
        ("login", "account"),
        r"\b(?:login|account)\s+\S{1,128}\s+password\s+[\"']?([^\s\"']{3,256})",
        _no_number,
    ),
    Place(
        "password",
        (":",),
        r"(?m)^\s{0,8}(?:[\w.*-]{1,253}):(?:\d{2,5}|\*):[^:\s]{1,128}:[^:\s]{1,128}:((?:[^\s:\\]|\\.){3,256})\s*$",
        _no_number,
    ),
    Place(
        "password",
        ("cred", "login"),
        r"(?i)(?:creds?|credentials?|login)\s*=\s*[(\[]\s*[\"'][^\"'\n]{0,80}[\"']\s*,\s*b?[\"']([^\"'\n]{3,256})",
        _any,
    ),
    Place(
        "password",
        ("pass",),
        r"(?i)\b(?:password|passwd|pass|pw)\s*=\s*[\"'][^\"'\n]{0,80}[\"']\s*,\s*[\"']([^\"'\n]{4,256})",
        _any,
    ),
    Place(
        "password",
        ("set_password(",),
        r"set_password\(\s*[\"'][^\"'\n]{0,80}[\"']\s*,\s*[\"'][^\"'\n]{0,80}[\"']\s*,\s*[\"']([^\"'\n]{3,256})",
        _any,
    ),
    Place("secret", ("secretstr(", "secretbytes("), r"Secret(?:Str|Bytes)\(\s*b?[\"']([^\"'\n]{3,256})", _any),
    Place("cookie", ("cookies",), r"cookies\s*=\s*\{\s*[\"'][^\"'\n]{1,80}[\"']\s*:\s*[\"']([^\"'\n]{8,4096})", _made),
    Place(
        "password",
        ("echo ",),
        r"echo\s+(?:-n\s+)?[\"']?([^\s\"'|]{3,256})[\"']?\s*\|\s*(?:sudo\s+-S|[^\n]{0,80}--password-stdin)",
        _any,
    ),
    Place(
        "key",
        (".set(", ".conf.set", "setproperty("),
        r"(?i)set(?:property)?\(\s*[\"'][\w.-]{0,80}?(?:key|secret|password|token)[\w.-]{0,80}[\"']\s*,\s*[\"']([^\"'\n]{6,512})",
        _made,
    ),
    Place(
        "password",
        ("value=",),
        r"(?i)(?:key|name|id)=[\"'][\w.:-]{0,40}?(?:password|passwd|pwd|secret|token|api[_-]?key)[\w.:-]{0,40}[\"']"
        r"[^<>\n]{0,60}?\svalue=[\"']([^\"'\n]{4,256})",
        _any,
    ),
    Place("api-key", ("credential",), r"credential\s*=\s*[\"']([A-Za-z0-9+/]{40,}={0,2})", _made),
)

_COOKIES = re.compile(rf"(?i)(?:set-)?cookie{_Q}\]?\s*[:=]\s*{_Q}([^\"'\n\\]{{4,4096}})")
_COOKIE = re.compile(r"([\w.$-]{1,80})=([^\s;,\"']{4,2048})")
_COOKIE_NAME = re.compile(r"(?i)sess|sid|token|auth|csrf|xsrf|jwt|secret|remember|login")
_AWS = re.compile(r"(?<![A-Za-z0-9/+_-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])")


def cookies(text: str, lowered: str) -> Iterator[Span]:
    """Find the values of cookies that were sent or set; those such as `theme=dark` stay."""
    if "cookie" not in lowered:
        return
    for header in _COOKIES.finditer(text):
        for pair in _COOKIE.finditer(text, header.start(1), header.end(1)):
            value = pair[2]
            named = bool(_COOKIE_NAME.search(pair[1])) and len(value) >= 8  # noqa: PLR2004  # "auth=none"
            if not values.is_placeholder(value) and (named or values.is_made(value)):
                yield Span(*pair.span(2), "cookie", 3)


def aws_secrets(text: str, lowered: str) -> Iterator[Span]:
    """Find AWS's secret keys, which have no shape but their length, in texts that speak of AWS."""
    if "aws" not in lowered and "akia" not in lowered and "asia" not in lowered and "boto" not in lowered:
        return
    for found in _AWS.finditer(text):
        value = found[0]
        kinds = any(map(str.islower, value)) and any(map(str.isupper, value)) and any(map(str.isdigit, value))
        if kinds and values.is_made(value.replace("/", "").replace("+", "")):
            yield Span(*found.span(), "aws-secret", 5)
