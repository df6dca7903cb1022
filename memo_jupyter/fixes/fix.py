"""A fix: an error, the code that raised it, and the code that mended it; and how that is kept as a memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from memo_jupyter.fixes.mending import diff
from memo_jupyter.fixes.templates import template
from memo_jupyter.fixes.traces import entry, frames, of_user

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from memo_jupyter.types import Record

EDIT, BEFORE, INSTALL = "edit", "before", "install"
"""How an error was mended: by an edit, by a cell that was run first, by a package that was installed."""

_TRACE = "\n\nRaised at:\n"


@dataclass(frozen=True, slots=True)
class Fix:
    """An error that was mended.

    Attributes
    ----------
    name, message, traceback : str
        The error that was raised last before it: its class, its words, and where it was raised.
    broken, fixed : str
        The code that raised it, and the code that runs. What was run before it stands at the beginning of `fixed`.
    how : str
        `edit`, `before` or `install`.
    place : mapping
        Where it was mended: `notebook`, `cell`, `execution_count`, as far as that is known.
    when : datetime
        UTC.
    broken_place : mapping
        Where the broken code was run, so that its memory can be found.
    """

    name: str
    message: str
    traceback: str
    broken: str
    fixed: str
    how: str
    place: Mapping[str, str | int]
    when: datetime
    broken_place: Mapping[str, str | int] = field(default_factory=dict)


def fix_fields(fix: Fix, broken: str | None = None, fixed: str | None = None) -> dict[str, Any]:
    """Give a fix as the fields of a memory (see `fields.record`).

    Parameters
    ----------
    broken, fixed : str, optional
        The ids of the two cells' memories, if they are known.
    """
    ids = {"broken": broken, "fixed": fixed}
    source = {name: fix.place[name] for name in ("notebook", "cell", "execution_count") if name in fix.place}
    source |= {"error": fix.name, "how": fix.how} | {name: value for name, value in ids.items() if value}
    error = f"{fix.name}: {fix.message}".strip().rstrip(":")
    return {
        "kind": "fix",
        "created": fix.when,
        "text": "\n\n".join(
            [
                error,
                f"{_WORDS[fix.how]}\n" + "\n".join(_in_words(fix.broken, fix.fixed)),
                f"Before:\n{fix.broken.strip()}",
                f"After:\n{fix.fixed.strip()}",
                f"Errors of the same form: {template(fix.name, fix.message).text}",
            ]
        ),
        "code": fix.fixed,
        "outputs": error + _TRACE + telling_part(fix.traceback),
        "prompt": fix.broken,
        "source": source,
    }


def fix_of(record: Record) -> Fix:
    """Read a fix from its memory; of its traceback, the telling part is there."""
    told, _, trace = (record.outputs or "").rpartition(_TRACE)
    name = str(record.source.get("error", ""))
    message = told.removeprefix(name).removeprefix(":").strip()
    how = str(record.source.get("how", EDIT))
    return Fix(
        name, message, trace, record.prompt or "", record.code or "", how if how in _WORDS else EDIT,
        record.source, record.created,
    )  # fmt: skip


def telling_part(traceback: str) -> str:
    """Give what of a traceback tells where it was raised, in Python's own layout: the user's lines, and the last."""
    found = frames(traceback)
    kept = [*of_user(found)[-3:], *filter(None, [entry(found)]), *found[-1:]]
    lines: list[str] = []
    for frame in dict.fromkeys(kept):
        file = (
            f"/site-packages/{frame.package}/" if frame.package else "<ipython-input>" if frame.in_cell else "your file"
        )
        lines.append(f'  File "{file}", line {frame.number}, in {frame.function or "<module>"}')
        lines += [f"    {frame.line}"] if frame.line else []
    return "\n".join(lines)


_WORDS = {
    EDIT: "Mended by this change:",
    BEFORE: "Mended by running something first:",
    INSTALL: "Mended by installing a package:",
}


def _in_words(broken: str, fixed: str) -> list[str]:
    signs = {"-": "instead of", "+": "now"}
    return [f"{signs[line[0]]}: {line[1:].strip()}" for line in diff(broken, fixed) if line[0] in signs]
