"""The command that switches remembering cells on and off, tells how it stands, and what was taken out of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memo_jupyter.errors import BadInput
from memo_jupyter.fields import did_you_mean
from memo_jupyter.hints import IN_SHELL
from memo_jupyter.pages import day, lines, linked, memories
from memo_jupyter.views import Line, Page, Table

if TYPE_CHECKING:
    from memo_jupyter.command import Call
    from memo_jupyter.engine import Memo

AUTO_DETAILS = (
    "on and off hold for this notebook; c.Memo.auto = False keeps it off everywhere. pause takes a time such as 30m, or "
    "2h. review lists the memories that secrets were taken out of. In a cell, # memo: ignore leaves it out, # memo: keep "
    "remembers it even while it is off, and # memo: tags a, b gives it tags."
)

_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_REVIEWED = 50


def auto(memo: Memo, call: Call) -> Page:
    """Do what the word says; without one, tell how it stands."""
    word, _, rest = call.text.partition(" ")
    actions = {"": _status, "status": _status, "on": _on, "off": _off, "pause": _pause, "review": _review}
    prefix = call.face.prefix
    if word not in actions:
        hint = did_you_mean(word, [one for one in actions if one])
        raise BadInput(f"{prefix} auto takes no {word!r}.{hint} {prefix} help auto lists what it takes.")
    if rest and word != "pause":
        raise BadInput(f"{prefix} auto {word} takes no {rest.split()[0]!r}.")
    if prefix == IN_SHELL and word in ("on", "off", "pause"):
        raise BadInput("A shell runs no cells: set MEMO_AUTO=0, or c.Memo.auto = False in ipython_kernel_config.py.")
    page = actions[word](memo, call, rest.strip())
    return Page([*page.blocks, *lines(memo.take_notices())])


def _status(memo: Memo, call: Call, rest: str) -> Page:
    del rest
    kept, problem = memo.cells_kept()
    stats = memo.stats()
    told = f"{memories(stats['records'].get('cell', 0))} of cells in the store"
    if call.face.prefix != IN_SHELL:
        told += f", {kept:,} of them from here"
    rows = [("executed cells", _state(memo, call.face.prefix)), ("kept", told)]
    if stats["waiting"]:
        rows.append(("waiting", f"{stats['waiting']:,} still to be embedded, in the background"))
    rows += [("amiss", one) for one in (problem, *memo.rules_of_secrecy()[1]) if one]
    return Page([Table(("", ""), rows)])


def _state(memo: Memo, prefix: str) -> str:
    if not memo.auto:
        return f"are not remembered: {prefix} auto on" if prefix != IN_SHELL else "are not remembered (MEMO_AUTO)"
    left = memo.paused_for()
    if left:
        return f"are not remembered for another {_length(left)}: {prefix} auto on"
    return "are remembered, with what they show"


def _on(memo: Memo, call: Call, rest: str) -> Page:
    del call, rest
    memo.auto = True
    memo.pause_cells(0)
    return Page([Line("Executed cells are remembered from the next one on.")])


def _off(memo: Memo, call: Call, rest: str) -> Page:
    del rest
    memo.auto = False
    keep = "Here only. To keep it off: c.Memo.auto = False in ipython_kernel_config.py, or MEMO_AUTO=0."
    told = f"Executed cells are not remembered until {call.face.prefix} auto on. What is remembered stays."
    return Page([Line(told), Line(keep, quiet=True)])


def _pause(memo: Memo, call: Call, rest: str) -> Page:
    found = _TIME.fullmatch(rest.casefold()) if rest else None
    if rest and found is None:
        raise BadInput(f"{rest!r} is no length of time: write {call.face.prefix} auto pause 1h, or 30m.")
    seconds = float(found[1]) * _SECONDS[(found[2] or "m")[0]] if found else 3600.0
    memo.pause_cells(seconds)
    return Page([Line(f"Executed cells are not remembered for {_length(seconds)}.")])


def _review(memo: Memo, call: Call, rest: str) -> Page:
    del rest
    rows = memo.redacted(_REVIEWED)
    if not rows:
        return Page([Line("No secret was found in what is remembered.", quiet=True)])
    table = Table(
        ("id", "date", "from", "taken out", "memory"),
        [(row.id[-8:], day(row.created), linked(row), str(row.source["redacted"]), row.opening) for row in rows],
    )
    told = f"The secrets themselves are kept nowhere. Rules of your own: {memo.rules_of_secrecy()[0]}"
    hint = f"{call.face.prefix} forget ID erases a memory for good."
    return Page([table, Line(told, quiet=True), Line(hint, quiet=True)])


def _length(seconds: float) -> str:
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            number = round(seconds / size, 1)
            return f"{number:g} {unit}{'' if number == 1 else 's'}"
    return f"{seconds:.0f} seconds"
