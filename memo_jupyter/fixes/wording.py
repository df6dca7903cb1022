"""The one line that names a past fix."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from memo_jupyter.characters import for_terminal
from memo_jupyter.fixes.fix import BEFORE, INSTALL
from memo_jupyter.fixes.lines import near, read
from memo_jupyter.fixes.mending import added, diff
from memo_jupyter.fixes.traces import frames, of_user
from memo_jupyter.times import local

if TYPE_CHECKING:
    from memo_jupyter.fixes.fix import Fix

LONGEST = 120  # characters of the line
_ROOM = 24  # characters of the code that is quoted, at the least: for less, the notebook's name gives way

_ASSIGNED = re.compile(r"^[\w., ]+ = ")

_BY = {BEFORE: "by running {} first", INSTALL: "by {}"}


def worded(fix: Fix, now: datetime | None = None) -> str:
    """Say when, where and how an error was mended."""
    code = telling_line(fix)
    shown = _BY.get(fix.how, "by {}" if added(fix.broken, fix.fixed) else "by taking out {}")
    notebook = fix.place.get("notebook")
    places = [f" in {str(notebook).replace(chr(92), '/').rsplit('/', 1)[-1]}", ""] if notebook else [""]
    for place in places:
        around = f"memo: {_day(fix.when, now)} you mended this {fix.name}{place} {shown} - %memo fix"
        room = LONGEST - len(around)  # what is put in takes the place of {}, and brings two quotes
        if room >= _ROOM or place == places[-1]:
            break
    words = for_terminal(" ".join(code.split()))
    if len(words) > room:
        words = _ASSIGNED.sub("", words)  # what is done says more than what it is called
    if len(words) > room:
        words = words[: max(0, room - 1)].rstrip() + "…"
    return around.replace("{}", f'"{words}"', 1)


def telling_line(fix: Fix) -> str:
    """Choose the line of a fix that says most: what stands in the place of the line that failed, or came before it."""
    new = added(fix.broken, fix.fixed)
    if fix.how in (BEFORE, INSTALL):
        return new[0] if new else ""
    if not new:
        return next((line[1:].strip() for line in diff(fix.broken, fix.fixed) if line.startswith("-")), "")
    failed = next((frame.line for frame in reversed(of_user(frames(fix.traceback))) if frame.line), "")
    if not failed or any(failed == line.strip() for line in fix.fixed.splitlines()):
        return new[0]
    subject = read(failed)
    return max(new, key=lambda line: near(read(line), subject))


def _day(when: datetime, now: datetime | None) -> str:
    then, today = local(when), local(now or datetime.now(timezone.utc))
    if then.date() == today.date():
        return "today"
    year = "" if then.year == today.year else f" {then.year}"
    return f"on {then.day} {_MONTHS[then.month - 1]}{year}"


_MONTHS = "Jan Feb March April May June July Aug Sept Oct Nov Dec".split()  # whatever language the machine speaks
