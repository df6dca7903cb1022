"""`%memo import`: takes in what a file holds, and says what it was and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.errors import BadInput
from memo_jupyter.pages import lines, memories
from memo_jupyter.views import Line, Page

if TYPE_CHECKING:
    from memo_jupyter.command import Call
    from memo_jupyter.engine import Memo

IMPORT_DETAILS = (
    "Takes memo's own archives; ChatGPT's and Claude's data exports (the zip, or the conversations.json in it); chat "
    "files of JupyterLab (.chat), where Jupyter AI answers; and IPython's history (history.sqlite; import ipython "
    "finds this profile's). A file is recognised by what is in it. Conversations become threads of their titles. "
    "Importing again adds only what is new, and after a crash goes on where it was interrupted. What was forgotten "
    "here and is in the file comes back. An archive is checked whole first."
)

_SHOWN = 10  # problems
_IPYTHON = "ipython"


def import_(memo: Memo, call: Call) -> Page:
    """Carry out `%memo import`."""
    if not call.text:
        raise BadInput(f"Which file? Write its name: {call.face.prefix} import conversations.zip")
    done = memo.import_(
        call.face.history() if call.text == _IPYTHON else call.text,
        progress=lambda done, total: call.face.progress("reading the file", done / total),
    )
    were = "was" if done.known == 1 else "were"
    said = f"Recognised {done.what}. Added {memories(done.added)}{_within(done.conversations, done.what)}; "
    more = len(done.problems) - _SHOWN
    problems = [*done.problems[:_SHOWN], *([f"… and {more:,} more."] if more > 0 else [])]
    return Page([Line(f"{said}{done.known:,} {were} there already."), *lines(problems), *lines(memo.take_notices())])


def _within(conversations: int, what: str) -> str:
    if not conversations:
        return ""
    one = "session" if what.endswith("history") else "conversation"
    return f", in {conversations:,} {one}{'' if conversations == 1 else 's'}"
