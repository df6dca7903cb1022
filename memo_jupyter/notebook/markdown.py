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

_TARGET = re.compile(r"\](?=[(:]\s*(?P<angle><)?(?P<to>(?(angle)[^>\n]*|[^\s)]*)))")
_HARMLESS = re.compile(r"(?:https?://|mailto:)[^\s<>\"`$\\]*|[^\s<>\"`$\\:&]*")
"""Where a link leads, and where it may: a trusted page follows `javascript:` too, and undoes entities first."""

_CLOSED = re.compile(r"[^$]*(?:\${1,2}[^$]+\${1,2}[^$]*)*")
_DISPLAY = re.compile(r"[\s>*+\-\d.)]*\$\$\s*")
_ENVIRONMENT = re.compile(r"\\(begin|end)\b(?:\{(\w+\*?)\})?")
_BEGIN = re.compile(r"\\(?=begin\b)")
_ADDRESSES = re.compile(r"://|www\.|\](?:\(|:)|@")
"""Formulas that end where they begin; and what becomes a link, into whose address a renderer may put their quotes."""

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
    """Rewrite one paragraph: what is not code, and with care what may be."""
    text = "\n".join(lines)
    if not re.search(r"[<!\\$\]]", text):
        return lines
    paired = all(not _RUNS.search(_SPAN.sub("", line)) for line in lines)
    words, code = _apart(text, _SPAN if paired else None)
    words = _without_open_formulas(words)
    if _CONFUSING.search(text):  # something else may claim a backtick: what looks like code is escaped, too
        code = [_escaped(span) for span in code]
    pieces = [piece for pair in zip(map(_escaped, words), [*code, ""], strict=True) for piece in pair]
    return "".join(pieces).split("\n")


def _apart(text: str, span: re.Pattern[str] | None) -> tuple[list[str], list[str]]:
    """Take a paragraph apart into what stands around its code, and its code."""
    words, code, place = [], [], 0
    for match in span.finditer(text) if span else ():
        words.append(text[place : match.start("code")])
        code.append(match["code"])
        place = match.end("code")
    return [*words, text[place:]], code


def _without_open_formulas(words: list[str]) -> list[str]:
    """Leave no formula open at a paragraph's end: some renderers read on, into the next block of code."""
    text = "`".join(words)
    if "$$" in text and (not _CLOSED.fullmatch(text) or _has_open_display(text.split("\n"))):
        words = [piece.replace("$", "&#36;") for piece in words]
    if _ends_in_environment(text):
        words = [_BEGIN.sub("&#92;", piece) for piece in words]
    if _ADDRESSES.search(text) and re.search(r"\$|\\[(\[]|\\begin", text):
        words = [piece.replace('"', "&quot;") for piece in words]
    return words


def _has_open_display(lines: list[str]) -> bool:
    """Tell whether a displayed formula is not plainly closed: on its line, or by lines of ``$$`` alone."""
    inside = False
    for line in lines:
        if _DISPLAY.fullmatch(line):
            inside = not inside
        elif line.count("$$") % 2 or (inside and "$$" in line):
            return True
    return inside


def _ends_in_environment(text: str) -> bool:
    r"""Tell whether not every ``\begin{name}`` has its own ``\end{name}`` after it."""
    inside: list[str] = []
    for word, name in _ENVIRONMENT.findall(text):
        if word == "begin":
            inside.append(name)
        elif not inside or inside.pop() != name:
            return True
    return bool(inside)


def _escaped(text: str) -> str:
    text = _TARGET.sub(lambda link: "]" if _HARMLESS.fullmatch(link["to"]) else "&#93;", text)
    return _TEX.sub(r"\\\\", _IMAGE.sub("(image) ", _TAG.sub("&lt;", text)))
