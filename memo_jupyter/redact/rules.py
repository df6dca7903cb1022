r"""The user's own rules, from the file `redact.rules` in the store.

One rule a line; empty lines and those that begin with ``#`` are left out::

    # what my laboratory hands out
    lab token: LAB-[0-9A-F]{12}
    PRJ-\d{6}
    allow: LAB-000000000000

A rule is a regular expression, with a name and a colon before it or without; if it has a group, the first is the
secret. What an expression after ``allow:`` matches whole is never a secret.

The expressions run in RE2, which takes a time that grows with the text alone, whatever the expression: there is none
that hangs, and no time limit after which a secret would have to be let through. It knows no look-around and no
back-references.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memo_jupyter.redact.finding import Span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = "redact.rules"
"""The file's name, in the store's folder."""

LARGEST = 65_536
"""Bytes that are read of the file."""

_MOST = 200  # rules
_LONGEST = 1_000  # characters of an expression
_MATCHES = 10_000  # of one rule in one text
_MEMORY = 1 << 20  # bytes that RE2 may use for one expression
_NAMED = re.compile(r"([A-Za-z][A-Za-z0-9 _-]{0,38}):\s+(\S.*)$")
_RANK = 10


@dataclass(frozen=True, slots=True)
class Rule:
    """A regular expression in RE2's syntax whose matches are secrets, and its name, which becomes their sort."""

    sort: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The user's own rules.

    Attributes
    ----------
    rules : tuple of Rule
    allowed : tuple of str
        Regular expressions of what is never a secret.
    problems : tuple of str
        One line for each line of the file that could not be taken. The others count.
    """

    rules: tuple[Rule, ...] = ()
    allowed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def compiled(self) -> Compiled:
        """Compile them; this imports RE2, if there are any."""
        return Compiled(
            tuple((rule.sort, _compile(rule.pattern)) for rule in self.rules),
            tuple(_compile(pattern) for pattern in self.allowed),
        )


@dataclass(frozen=True, slots=True)
class Compiled:
    """The user's own rules, ready to run."""

    rules: tuple[tuple[str, Any], ...]
    allowed: tuple[Any, ...]

    def find(self, text: str) -> Iterator[Span]:
        """Find what the rules match; empty matches are none."""
        for sort, pattern in self.rules:
            for number, found in enumerate(pattern.finditer(text)):
                if number >= _MATCHES:
                    # What comes then is not left in: better too much is taken out than too little.
                    yield Span(found.start(), len(text), sort, _RANK)
                    break
                group = 1 if pattern.groups and found.group(1) else 0
                if found.end(group) > found.start(group):
                    yield Span(found.start(group), found.end(group), sort, _RANK)

    def allows(self, value: str) -> bool:
        """Whether the user said that a value is never a secret."""
        return any(pattern.fullmatch(value) for pattern in self.allowed)


def read_rules(path: Path) -> Rules:
    """Read the file; one that is not there has no rules.

    Parameters
    ----------
    path : Path
        Such as ``<store>/redact.rules``.

    Returns
    -------
    Rules
        What cannot be read or understood stands in its `problems`; nothing is raised.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        return Rules()
    except OSError as error:
        return Rules(problems=(f"{path.name}: cannot be read ({error.strerror}); none of its rules count",))
    return parse_rules(content[:LARGEST].decode("utf-8-sig", "replace"), path.name, whole=len(content) <= LARGEST)


def parse_rules(text: str, name: str = FILE, *, whole: bool = True) -> Rules:
    """Take the rules from a file's text; `whole` is false where the file goes on beyond it."""
    rules: list[Rule] = []
    allowed: list[str] = []
    problems: list[str] = []
    lines = text.splitlines()
    if not whole:
        problems.append(f"{name}: larger than {LARGEST // 1024} KB; the rules from line {len(lines)} on do not count")
        lines.pop()
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if len(rules) + len(allowed) >= _MOST:
            problems.append(f"{name}, line {number}: more than {_MOST} rules; those from here on do not count")
            break
        named = _NAMED.match(line)
        sort, pattern = (named[1].strip(), named[2]) if named else ("own rule", line)
        problem = _problem(pattern)
        if problem:
            problems.append(f"{name}, line {number}: {problem}")
        elif sort.lower() == "allow":
            allowed.append(pattern)
        else:
            rules.append(Rule(re.sub(r"[^a-z0-9]+", "-", sort.lower()).strip("-"), pattern))
    return Rules(tuple(rules), tuple(allowed), tuple(problems))


def _problem(pattern: str) -> str | None:
    """Say in a line why an expression cannot be a rule."""
    if len(pattern) > _LONGEST:
        return f"longer than {_LONGEST} characters; make it shorter, or two rules"
    try:
        compiled = _compile(pattern)
    except Exception as error:  # RE2's own class; its message is bytes
        told = error.args[0] if error.args else error
        why = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
        if re.search(r"\(\?<?[=!]|\\[1-9]|\(\?P=", pattern):
            why += "; look-around and back-references are not available"
        return f"not a regular expression ({why})"
    if compiled.fullmatch(""):
        return "matches the empty text, so it would match everywhere; make it more exact"
    return None


def _compile(pattern: str) -> Any:
    import re2  # noqa: PLC0415  # only who has rules of their own pays for it

    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return re2.compile(pattern, options)
