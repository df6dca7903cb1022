"""The command that sums a session up: by the local language model if there is one, and by what its cells show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.errors import BadInput, LLMError
from memo_jupyter.hints import worded
from memo_jupyter.interrupts import heard
from memo_jupyter.llm.prompt import fenced
from memo_jupyter.pages import lines
from memo_jupyter.times import local
from memo_jupyter.types import QUOTE
from memo_jupyter.views import Line, Page, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memo_jupyter.command import Call
    from memo_jupyter.engine import Memo
    from memo_jupyter.views import Block
    from memo_jupyter.workflow.session import Session

TAG = "session"

_SENT = 30  # cells that the model may read; what does not fit its window gives way, the oldest first
_LONGEST = 1200  # characters of one
_FACTS = 3000  # characters of the facts: they are always sent whole

_ASK = """\
Sum this session up for the person who worked in it: what was tried, what came out of it with its numbers, what went \
wrong and how it was mended, and what is open. At most eight short sentences, nothing that is not in the data. What \
was found in the session, as data:

"""


def session(memo: Memo, call: Call) -> Page:
    """Sum the session up, and keep that if it is wanted."""
    if call.text:
        raise BadInput(f"{call.face.prefix} session takes no {call.text.split()[0]!r}.")
    place = call.face.place()
    here, notebook = place.get("session"), place.get("notebook")
    last = call.given["last"]
    try:
        told = memo.session(here if isinstance(here, str) else None, last)
    except BadInput:  # nothing of this kernel's life is remembered yet: what came before it is told
        told = memo.session(None, last, notebook if isinstance(notebook, str) else None)
    rows = _facts(told)
    facts = "\n".join(f"{name}: {value}" for name, value in rows)
    notices: list[str] = []
    summary = _summary(memo, told, facts, notices)
    blocks: list[Block] = [Text(summary)] if summary else []
    named = [name if name != before else "" for (name, _), (before, _) in zip(rows, [("", ""), *rows], strict=False)]
    blocks.append(Table(("", ""), [(name, value) for name, (_, value) in zip(named, rows, strict=True)]))
    if call.given["save"]:
        blocks.append(Line(_save(memo, told, "\n\n".join(filter(None, (summary, facts))))))
    shown = [worded(one, call.face.prefix) for one in (*notices, *memo.take_notices())]
    return Page([*blocks, *lines(shown)])


def _summary(memo: Memo, told: Session, facts: str, notices: list[str]) -> str:
    """Have the language model word it; nothing if there is none, or if it fails."""
    cells = [one.text[:_LONGEST] for one in told.cells[-_SENT:]]
    try:
        if memo.language_model(look=False).name == QUOTE:
            return ""
        answer = memo.ask(_ASK + fenced(facts[:_FACTS]), recall=False, remember=False, context=cells, fresh=True)
        with heard(answer.stop):
            text = answer.text
    except LLMError as error:
        notices.append(f"No summary in words. {error}")
        return ""
    notices += answer.notices
    return text.strip()


def _facts(told: Session) -> list[tuple[str, str]]:
    begin, end = local(told.first), local(told.last)
    until = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    runs = f"{len(told.cells):,} run{'s' if len(told.cells) != 1 else ''} of cells"
    figures = f", {told.figures:,} figure{'s' if told.figures != 1 else ''}" if told.figures else ""
    rows = [
        ("session", f"{told.notebook or 'no notebook'}, {begin:%Y-%m-%d %H:%M} to {until}"),
        ("done", f"{runs}{figures}"),
    ]
    listed: Sequence[tuple[str, Sequence[str]]] = (
        ("results", told.results),
        ("errors mended", told.mended),
        ("errors open", told.open_errors),
        ("files read", told.read),
        ("files written", told.written),
        ("asked", told.questions),
        ("open", told.open_questions),
    )
    return [*rows, *((name, one) for name, found in listed for one in found)]


def _save(memo: Memo, told: Session, text: str) -> str:
    """Keep the summary as a note; one that says the same is kept already."""
    earlier = memo.recent(1, kinds=["note"], tags=[TAG], source=told.id)
    source = {"session": told.id} | ({"notebook": told.notebook} if told.notebook else {})
    if earlier:
        if memo.get(earlier[0].id).text == text:
            return f"This is kept already, as {earlier[0].id[-8:]}."
        source["supersedes"] = earlier[0].id
    record = memo.remember(text, tags=[TAG], source=source)
    return f"Kept as {record.short_id}" + (f", in the place of {earlier[0].id[-8:]}." if earlier else ".")
