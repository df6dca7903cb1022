"""What the lines do that are not Python: magics, lines of a shell, and cells in other languages, read line by line."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING

from memo_jupyter.workflow.touches import CHANGED, FILE, MADE, READ, REMOVED, VARIABLE, Touch, looks_like_a_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LINES = 2000
_LONGEST = 1000
"""Lines, and characters of one, that are read: what is longer was made by a program."""

_MAGIC = re.compile(r"\s*%(\w+)[ \t]+(.*)")
_SHELL = re.compile(r"\s*(?:[\w., \t]{1,100}=\s*)?!+(.*)")
_CELL = re.compile(r"\s*%%(\w+)[ \t]*(.*)")
_SHELLS = frozenset("bash sh zsh script cmd powershell !".split())
_PROSE = frozenset("html markdown latex svg js javascript css writefile file memo".split())
_ASSIGNED = re.compile(
    r"\s*(?:let |const |var |my |local |global |mutable |auto |int |double |float )?([A-Za-z_][\w.]*)"
    r"(\[[^\]=]{0,80}\]|\$\w+)?\s*(<<?-|:=|[-+*/|&]?=(?![=>~]))"
)
_FUNCTION = re.compile(r"\s*(?:function|sub|fn|struct|macro)\s+([A-Za-z_]\w*)")
_TO_THE_RIGHT = re.compile(r".*->\s*([A-Za-z_]\w*)\s*$")  # R
_QUOTED = re.compile(r"\"([^\"\n]{1,300})\"|'([^'\n]{1,300})'")
_WRITING = re.compile(r"write|save|export|dump|>>?\s*\Z|\bto_|sink", re.IGNORECASE)
_TABLE = re.compile(
    r"\b(create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?:table|view)(?:\s+if\s+not\s+exists)?|insert\s+into|update"
    r"|drop\s+table(?:\s+if\s+exists)?|delete\s+from|alter\s+table|from|join)\s+([A-Za-z_][\w.]*)",
    re.IGNORECASE,
)
_OUTPUT = frozenset({"-o", "-O", "--output", "--output-document", "--output-file", "--out"})
_REDIRECTS = frozenset({">", ">>", "1>", "&>", "2>"})
_DOES = {"rm": REMOVED, "tee": MADE, "touch": MADE, "mkdir": MADE}
_ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)=")


def magic_touches(code: str) -> list[Touch]:
    """List what the magics and the shell's lines of a cell do to variables and files."""
    if "%" not in code and "!" not in code:
        return []
    found: list[Touch] = []
    for number, line in _numbered(code):
        if match := _CELL.fullmatch(line):
            found += _cell_magic(match[1], match[2], number)
        elif match := _MAGIC.fullmatch(line):
            found += _line_magic(match[1], match[2], number)
        elif match := _SHELL.fullmatch(line):
            found += shell_touches(match[1], number)
    return found


def other_touches(code: str) -> list[Touch]:
    """List what a cell in another language, or one that cannot be parsed, seems to do."""
    first = next((line for _, line in _numbered(code) if line.strip()), "")
    magic = _CELL.fullmatch(first)
    language = magic[1] if magic else ""
    found: list[Touch] = []
    if language in _PROSE:
        return found
    for number, line in _numbered(code):
        if line.lstrip()[:2] == "%%":
            continue
        if language in _SHELLS:
            found += shell_touches(line, number)
        elif language in ("sql", "sqlite", "bigquery"):
            found += _tables(line, number)
        else:
            found += _assigned(line, number)
    return found


def shell_touches(line: str, number: int = 1) -> Iterator[Touch]:
    """Give the files that a line of the shell touches."""
    for part in re.split(r"\|\||&&|[|;]", line[:_LONGEST]):
        words = _words(part)
        if words and (named := _ASSIGNMENT.match(" ".join(words[:2]))):
            yield Touch(named[1], MADE, number)
        yield from (Touch(name, how, number, FILE) for name, how in _command(words) if _is_name(name))


def _command(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give the files of one command, each with what it does to them."""
    words = words[1:] if words[:1] == ["sudo"] else words
    command = words[0].rsplit("/", 1)[-1] if words else ""
    plain: list[str] = []
    outputs: list[str] = []
    for before, word in pairwise(words):
        if word.startswith(">") or before in _REDIRECTS:
            yield word.lstrip(">"), CHANGED if ">>" in word + before else MADE
        elif before in _OUTPUT and (command, before) != ("curl", "-O"):
            outputs.append(word)
        elif word.startswith("--") and word.partition("=")[0] in _OUTPUT:
            outputs.append(word.partition("=")[2])
        elif not word.startswith(("-", "<", "&")) and word not in _REDIRECTS:
            plain.append(word)
    yield from ((one, MADE) for one in outputs)
    if command in ("wget", "curl"):
        url = next((word for word in plain if "/" in word), "")
        if url and not outputs and (command == "wget" or "-O" in words):
            yield url.rsplit("/", 1)[-1].partition("?")[0], MADE
    elif command in ("cp", "mv", "ln") and len(plain) > 1:
        yield from ((one, REMOVED if command == "mv" else READ) for one in plain[:-1])
        yield plain[-1], MADE
    else:
        how = {**_DOES, "sed": CHANGED if "-i" in words else READ}
        yield from ((one, how.get(command, READ)) for one in plain)


def _is_name(name: str) -> bool:
    return looks_like_a_file(name) and "$" not in name and "://" not in name


def _cell_magic(name: str, rest: str, number: int) -> Iterator[Touch]:
    words = _words(rest)
    plain = [word for word in words if not word.startswith("-")]
    if name in ("writefile", "file") and plain:
        yield Touch(plain[0], CHANGED if "-a" in words else MADE, number, FILE)
    elif name == "capture" and plain:
        yield Touch(plain[0], MADE, number)
    for flag, value in pairwise(words):  # %%bash --out listing, %%R -o frame
        if flag in ("--out", "-o", "--err") and value.isidentifier():
            yield Touch(value, MADE, number)


def _line_magic(name: str, rest: str, number: int) -> Iterator[Touch]:
    plain = [word for word in _words(rest) if not word.startswith("-")]
    if name in ("run", "load", "loadpy") and plain:
        yield Touch(plain[0], READ, number, FILE)
    elif name in ("save", "notebook", "logstart") and plain:
        yield Touch(plain[0], MADE, number, FILE)
    elif name == "store" and "-r" in rest.split():
        yield from (Touch(word, MADE, number) for word in plain)
    elif name in ("sx", "system"):
        yield from shell_touches(rest, number)
    elif name == "sql":
        yield from _tables(rest, number)


def _tables(line: str, number: int) -> Iterator[Touch]:
    for found in _TABLE.finditer(line):
        verb = found[1].split()[0].lower()
        how = {"create": MADE, "drop": REMOVED, "from": READ, "join": READ}.get(verb, CHANGED)
        yield Touch(found[2], how, number, FILE)


def _assigned(line: str, number: int) -> Iterator[Touch]:
    if match := _ASSIGNED.match(line):
        part = match[2] or "." in match[1]
        again = match[3][0] in "-+*/|&"
        yield Touch(match[1].split(".")[0], CHANGED if part or again else MADE, number, VARIABLE)
    elif match := _FUNCTION.match(line) or _TO_THE_RIGHT.fullmatch(line):
        yield Touch(match[1], MADE, number)
    how = MADE if _WRITING.search(_QUOTED.sub("", line)) else READ
    for quoted in _QUOTED.finditer(line):
        name = quoted[1] or quoted[2]
        if looks_like_a_file(name):
            yield Touch(name, how, number, FILE)


def _numbered(code: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(code[: _LINES * _LONGEST].split("\n", _LINES)[:_LINES], start=1):
        yield number, line[:_LONGEST]


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text[:_LONGEST], comments=True)
    except ValueError:  # a quote that is not closed
        return text[:_LONGEST].split()
