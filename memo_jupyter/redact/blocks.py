"""Private keys in blocks of lines, whole or cut by an output cap.

A block without its end goes on for as long as the lines look like those of a key; one without its beginning goes as
far back. Certificates and public keys stay.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from memo_jupyter.redact.finding import Span

SORT = "private-key"
_BEGIN = re.compile(
    r"-----? ?BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)? ?-----?|PuTTY-User-Key-File-\d:|Private-Lines:"
)
_END = re.compile(r"-----? ?END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)? ?-----?|Private-MAC:")
_BREAK = re.compile(r"\r?\n|\\{1,2}r?\\{0,1}n")  # a line's end, also as repr and JSON write it
_HEADER = re.compile(r"\s*(?:Proc-Type|DEK-Info|Version|Comment|Hash|Encryption|Private-Lines|Public-Lines)\b.*")
_LINE = re.compile(
    r"[^A-Za-z0-9+/=]{0,24}(?:\d{1,4}[^A-Za-z0-9+/=]{1,8})?[A-Za-z0-9+/]{12,}={0,2}[^A-Za-z0-9+/=]{0,24}"
)
_LAST = re.compile(r"[\s\"'>#|+,.…(-]{0,16}[A-Za-z0-9+/]{1,76}={0,2}[\s\"'|+,.…)\\]{0,8}")
_SOME = re.compile(r"[A-Za-z0-9+/]{8,}")
_HEAD = re.compile(r"[\s\"'>#|+]{0,16}[A-Za-z0-9+/]{12,}={0,2}")
_TAIL = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}$")
_WIDE = 256  # characters of a line
_FULL = 60  # characters that a key's lines have, but for the last
_LONGEST = 65_536  # characters between a beginning and its end


def private_keys(text: str) -> list[Span]:
    """Find private keys, or what is left of them."""
    if "PRIVATE KEY" not in text and "Private-" not in text:
        return []
    begins, ends = list(_BEGIN.finditer(text)), list(_END.finditer(text))
    stops = [end.start() for end in ends]
    spans: list[Span] = []
    at = 0
    followings = [*(one.start() for one in begins[1:]), len(text)]
    for begin, following in zip(begins, followings, strict=False):
        place = bisect_left(stops, begin.end())
        if place < len(ends) and stops[place] <= following and ends[place].end() - begin.end() <= _LONGEST:
            stop = ends[place].end()
            content = _LINE.search(text, begin.end(), stops[place])
        else:
            stop = _forward(text, begin.end(), following)
            content = _SOME.search(text, begin.end(), stop)
        if begin.start() >= at and content:
            spans.append(Span(begin.start(), stop, SORT, 9))
            at = stop
    taken = [span.end for span in spans]
    floor = 0
    for end in ends:
        if end.end() not in taken[bisect_left(taken, end.end()) :][:1]:
            start = _backward(text, floor, end.start())
            if start < end.start():
                spans.append(Span(start, end.end(), SORT, 9))
        floor = end.end()
    return spans


def _forward(text: str, start: int, limit: int) -> int:
    """Give where a block that has no end ends."""
    limit = min(limit, start + _LONGEST)
    stop = at = start
    while at < limit:
        found = _BREAK.search(text, at, limit)
        end = found.start() if found else limit
        line = text[at:end].strip(" \t\"'")
        if line and not (_LINE.fullmatch(line) or _LAST.fullmatch(line) or _HEADER.fullmatch(line)):
            head = _HEAD.match(text, at, end)
            return head.end() if head else stop
        if line:
            stop = end
            if len(line) < _FULL and not _HEADER.fullmatch(line):
                return stop  # a key's last line is shorter
        at = found.end() if found else limit
    return stop


def _backward(text: str, floor: int, end: int) -> int:
    """Give where a block that has no beginning begins."""
    floor = max(floor, end - _LONGEST)
    breaks = [(found.start(), found.end()) for found in _BREAK.finditer(text, floor, end)]
    start = end
    for place in range(len(breaks) - 1, -1, -1):
        before = breaks[place - 1][1] if place else floor
        line = text[before : breaks[place][0]]
        if not line.strip():
            continue
        ends_it = start == end or not place  # the first and the last line that are left may be short
        if not (_LINE.fullmatch(line) or (ends_it and _LAST.fullmatch(line))):
            tail = _TAIL.search(line[-_WIDE:])
            return breaks[place][0] - len(tail[0]) if tail else start
        start = before
    return start
