"""Markdown from a language model, made so that showing it loads nothing.

A front end renders ``text/markdown`` with raw HTML and images, and fetches what they name: ``![](http://host/?q=…)`` in
an answer would carry words of the prompt out of the computer, and a memory read from somewhere may well ask the model
to write that. So outside code no tag and no image is left. Raw HTML is shown as text, an image as a link.

What is code has to be code for every renderer (JupyterLab's marked behind its own search for formulas, markdown-it in
VS Code), because code is left as it is. Fences are therefore written anew, in a form that none can read differently,
and a code span that holds anything that matters counts as code only where nothing in its paragraph could make a
renderer pair its backticks otherwise. Where that is unsure, it is shown escaped: ugly, and safe. (A parser such as
markdown-it-py knows one dialect; what is needed here is what all of them agree on.)
"""

from __future__ import annotations

import re

_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})(?P<info>.*)$")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_IMAGE = re.compile(r"!(?=\[)")
_TEX = re.compile(r"\\(?=(?:style|require|includegraphics)\b)")
"""What can open a tag, an image, and a TeX macro that loads or styles."""

_SPAN = re.compile(r"(?P<before>^|(?<=\s))(?P<mark>[(\"'*_]{0,2})`(?P<code>[^`\n]+)`(?!`)")
"""A code span as models write it: single backticks, on one line, after a space. marked finds only those before it looks
for emphasis."""
_RUNS = re.compile(r"`+")
_CONFUSING = re.compile(r"\\`|\]\(|\]:|\]\[|\$|\\[(\[]|\\begin|[|~]")
"""What can take a backtick for itself: an escape, a link, a formula, a cell of a table, a line struck through."""

_PLAIN = "text"
_DRAWN = {"mermaid", "math", "latex"}
"""Fences that front ends draw instead of showing their code."""


def safe_markdown(text: str) -> str:
    """Rewrite Markdown so that what it shows loads nothing; a text that is still growing is fine.

    Parameters
    ----------
    text : str
        Whatever a model wrote.

    Returns
    -------
    str
        Markdown that looks the same, but for raw HTML (shown as text) and images (shown as links).
    """
    done: list[str] = []
    paragraph: list[str] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    place = 0
    while place < len(lines):
        line = lines[place]
        opening = _FENCE.match(line)
        if opening and not (opening["fence"][0] == "`" and "`" in opening["info"]):
            done += _paragraph(paragraph)
            paragraph = []
            end = _closing(lines, place, opening["fence"])
            done += _fenced(opening["info"], lines[place + 1 : end])
            place = end + 1
            continue
        if line.strip():
            paragraph.append(line)
        else:
            done += [*_paragraph(paragraph), line]
            paragraph = []
        place += 1
    return "\n".join(done + _paragraph(paragraph))


def _closing(lines: list[str], opening: int, fence: str) -> int:
    """Find the line that closes a fence; the end of the text, if none does yet."""
    closes = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    return next((place for place in range(opening + 1, len(lines)) if closes.match(lines[place])), len(lines))


def _fenced(info: str, code: list[str]) -> list[str]:
    """Write a block of code in a fence that nothing in it can close, and that cannot close another one."""
    longest = max((len(run) for line in code for run in _RUNS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    language = re.match(r"[\w+#.-]*", info.strip())
    name = language[0] if language else ""
    # With a name, an opening can never be taken for a closing; blank lines keep formulas from reaching into it.
    return ["", fence + (_PLAIN if not name or name.lower() in _DRAWN else name), *code, fence, ""]


def _paragraph(lines: list[str]) -> list[str]:
    if not lines:
        return []
    text = "\n".join(lines)
    if not (_TAG.search(text) or _IMAGE.search(text) or _TEX.search(text)):
        return lines
    spans = [match.span("code") for match in _SPAN.finditer(text)] if _is_plain(text) else []
    pieces: list[str] = []
    place = 0
    for start, end in spans:
        pieces += [_escaped(text[place:start]), text[start:end]]
        place = end
    return "".join([*pieces, _escaped(text[place:])]).split("\n")


def _is_plain(text: str) -> bool:
    """Tell whether every backtick of a paragraph pairs on its own line, and nothing else can claim it."""
    if _CONFUSING.search(text):
        return False
    return all(not _RUNS.search(_SPAN.sub("", line)) for line in text.split("\n"))


def _escaped(text: str) -> str:
    return _TEX.sub(r"\\\\", _IMAGE.sub("(image) ", _TAG.sub("&lt;", text)))
