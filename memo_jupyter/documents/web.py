"""HTML, as the text that a person would read, with headings and lists as Markdown writes them.

With the standard library's parser: it makes no tree, so a million tags within one another are as harmless as a million
beside one another. It runs in a process that is watched all the same.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from memo_jupyter.documents.cutting import cut
from memo_jupyter.documents.decoding import decoded
from memo_jupyter.documents.part import ALIVE

if TYPE_CHECKING:
    from memo_jupyter.documents.part import Parts

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_HIDDEN = frozenset("script style template noscript svg math head nav iframe object".split())
_BLOCKS = frozenset(
    "address article aside blockquote dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr li main ol p pre section summary table tbody tfoot thead tr ul".split()
)
_LOOKED_AT = 2048
_AT_ONCE = 1_000_000  # characters: some seconds, for those that are all tags


def read_html(data: bytes) -> Parts:
    """Read a page."""
    said = _CHARSET.search(data[:_LOOKED_AT])
    page = _Page()
    text = decoded(data, said[1].decode("ascii") if said else "")
    for start in range(0, len(text), _AT_ONCE):
        page.feed(text[start : start + _AT_ONCE])
        yield ALIVE
    page.close()
    yield from cut(page.text(), headings=True)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._hidden = ""  # the tag that hides what is in it
        self._depth = 0  # … and how many of that tag are open
        self._as_it_is = 0
        self._title = False

    def text(self) -> str:
        self._break()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "title":
            self._title = not self._lines and not self._line
        elif self._hidden:
            self._depth += tag == self._hidden
        elif tag == "body":
            self._break()
        elif tag in _HIDDEN:
            self._hidden, self._depth = tag, 1
        elif tag == "br":
            self._break()
        elif tag in ("td", "th"):
            self._line.append(" | " if self._line else "")
        elif tag in _BLOCKS:
            self._break(blank=tag not in ("li", "tr", "dd", "dt"))
            self._as_it_is += tag == "pre"
            if tag[0] == "h" and tag[1:].isdigit():
                self._line.append("#" * int(tag[1:]) + " ")
            elif tag == "li":
                self._line.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title" and self._title:
            self._break(blank=True)
            self._title = False
        elif self._hidden:
            self._depth -= tag == self._hidden
            self._hidden = self._hidden if self._depth else ""
        elif tag in _BLOCKS:
            self._break(blank=tag not in ("li", "tr", "dd", "dt"))
            self._as_it_is = max(0, self._as_it_is - (tag == "pre"))

    def handle_data(self, data: str) -> None:
        if self._hidden and not self._title:
            return
        if self._as_it_is:
            self._line.append(data)
        else:
            self._line.append(re.sub(r"\s+", " ", data))

    def _break(self, *, blank: bool = False) -> None:
        line = "".join(self._line)
        self._line.clear()
        if line.strip(" #-|\n") or (self._as_it_is and line):
            self._lines.append(line.strip("\n") if self._as_it_is else re.sub(r" +", " ", line).strip())
        if blank and self._lines and self._lines[-1]:
            self._lines.append("")
