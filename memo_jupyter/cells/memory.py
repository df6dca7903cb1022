"""The memory of a cell: what was seen of it, as the fields of a record, free of secrets."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memo_jupyter.cells.commit import commit_of
from memo_jupyter.cells.packages import packages_of
from memo_jupyter.cells.seen import Raised, Seen, Shown
from memo_jupyter.cells.thumbnails import thumbnail
from memo_jupyter.cells.writing import written
from memo_jupyter.types import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable

    from memo_jupyter.redact.redactor import Redactor

_PICTURES = 4
"""Pictures of a cell that are kept small."""

_TAGS = re.compile(r"#[ \t]*memo:[ \t]*tags?[ \t]+([^\n]+)", re.MULTILINE)
_TELLS_ALL = re.compile(
    r"^\s*(?:%env\s*$|%set_env\s*$|!\s*(?:env|printenv|set|export)\b|%%(?:bash|sh)\b[\s\S]*^\s*(?:env|printenv|set)\s*$"
    r"|(?:print\()?(?:dict\()?os\.environ\)*\s*$|!\s*cat\s+\S*\.(?:env|netrc|pgpass)\b)",
    re.MULTILINE,
)
"""What shows every variable of the environment, or a file of nothing but secrets."""

_NOT_KEPT = "[what this shows is not kept: it tells the environment]"


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept of a cell.

    Attributes
    ----------
    code, outputs : str
    error : str
        The class of the error that it raised, or nothing.
    fields : dict
        The keywords of a record, but for those that say which run it is.
    """

    code: str
    outputs: str
    error: str
    fields: dict[str, Any]


def memory_of(seen: Seen, redactor: Redactor, limit: int) -> Memory:
    """Write down what was seen of a cell.

    Parameters
    ----------
    seen : Seen
    redactor : Redactor
        Takes secrets out of everything that is text.
    limit : int
        The characters of its outputs that are kept.
    """
    found: Counter[str] = Counter()

    def clean(text: str) -> str:
        done = redactor.redact(text)
        found.update(one.sort.replace("-", " ") for one in done.found)
        return done.text

    code = clean(seen.code)
    pictures, thumbnails = _pictures(seen)
    outputs = _NOT_KEPT if seen.outputs and _TELLS_ALL.search(seen.code) else ""
    outputs = outputs or written(seen.outputs, limit, clean, pictures)
    error = seen.error.name if seen.error is not None else ""
    source = _source(seen, clean)
    if error:
        source["error"] = error
    if found:
        source["redacted"] = ", ".join(f"{sort} x{count}" if count > 1 else sort for sort, count in found.items())
    fields = {
        "text": f"{code}\n\n{outputs}" if outputs else code,
        "kind": "cell",
        "code": code,
        "outputs": outputs,
        "created": seen.started,
        "source": source,
        "tags": [*_tags(code), *([ERROR] if error else [])],
        "thumbnails": thumbnails,
    }
    return Memory(code, outputs, error, fields)


def cleaned(seen: Seen, clean: Callable[[str], str]) -> Seen:
    """Give a cell as it may be kept: its code and its error free of secrets, and nothing else of what it showed."""
    outputs = tuple(
        Raised(one.name, clean(one.message), clean(one.traceback)) for one in seen.outputs if isinstance(one, Raised)
    )
    return Seen(clean(seen.code), outputs, seen.started, seen.seconds, seen.place, seen.session, seen.folder)


def _pictures(seen: Seen) -> tuple[list[str], tuple[bytes, ...]]:
    """Say of each picture how large it is, and make the first ones small."""
    told: list[str] = []
    small: list[bytes] = []
    for one in seen.outputs:
        if not isinstance(one, Shown) or one.picture is None:
            continue
        made = thumbnail(one.picture) if len(told) < _PICTURES else None
        told.append(f"figure, {made.width} x {made.height} pixels" if made else "figure")
        small += [made.png] if made and made.png else []
    return told, tuple(small)


def _source(seen: Seen, clean: Callable[[str], str]) -> dict[str, str | int]:
    source: dict[str, str | int] = {**seen.place, "session": seen.session, "duration_ms": round(seen.seconds * 1000)}
    facts = {"folder": clean(seen.folder), "commit": commit_of(seen.folder), "packages": packages_of(seen.code)}
    return source | {name: value for name, value in facts.items() if value}


def _tags(code: str) -> list[str]:
    named = (word.strip() for found in _TAGS.findall(code) for word in found.split(","))
    return list(dict.fromkeys(word for word in named if word))
