"""The command that shows what memo has learned of its user, and lets them change it, pause it and erase it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.arguments import Flag
from memo_jupyter.errors import BadInput
from memo_jupyter.fields import did_you_mean
from memo_jupyter.pages import day, lines, memories
from memo_jupyter.profile.finding import SORTS
from memo_jupyter.profile.lines import CODE, IN_PROMPTS, USER
from memo_jupyter.views import Line, Page, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memo_jupyter.command import Call
    from memo_jupyter.engine import Memo
    from memo_jupyter.profile.lines import ProfileLine

PROFILE_FLAGS = (
    Flag(("--history",), "history", "show what lines have taken the place of, too", default=False),
    Flag(("--sort",), "sort", "of a line that is added", "SORT", choices=SORTS, default=SORTS[0]),
    Flag(("--yes",), "yes", "do not ask before all is erased", default=False),
)
PROFILE_DETAILS = (
    "Without a word: show the profile. Words: add TEXT; edit ID TEXT; erase ID…, or erase all; pause; resume; learn, "
    "which learns here and now. What you wrote yourself is never replaced by what is learned. What you erase is not "
    "learned again. Forgetting a memory takes back what rested on it alone."
)

_FEW = 3  # memories that are named, of those that a line rests on


def profile(memo: Memo, call: Call) -> Page:
    """Show the profile, or do what is said of it."""
    word, _, rest = call.text.partition(" ")
    actions = {"": _show, "show": _show, "add": _add, "edit": _edit, "erase": _erase, "pause": _pause,
               "resume": _resume, "learn": _learn}  # fmt: skip
    if word not in actions:
        prefix = call.face.prefix
        hint = did_you_mean(word, [one for one in actions if one])
        raise BadInput(f"{prefix} profile takes no {word!r}.{hint} {prefix} help profile lists what it takes.")
    page = actions[word](memo, call, rest.strip())
    return Page([*page.blocks, *lines(memo.take_notices())])


def _show(memo: Memo, call: Call, rest: str) -> Page:
    if rest:
        raise BadInput(f"{call.face.prefix} profile show takes no {rest.split(maxsplit=1)[0]!r}.")
    shown = memo.profile(history=call.given["history"])
    holding = {line.id for line in memo.profile()}
    state = "" if memo.is_learning() else f"Learning is paused: {call.face.prefix} profile resume."
    if not memo.learning:
        state = "Learning in the background is switched off (Memo.learning)."
    used = "" if memo.use_profile else "It is not put into prompts (Memo.use_profile)."
    if not used and len(holding) > IN_PROMPTS:
        used = f"The first {IN_PROMPTS} lines stand in prompts, as far as they fit."
    told = lines([one for one in (state, used) if one])
    if not shown:
        return Page([Line("Nothing has been learned of you yet.", quiet=True), *told])
    rows = [_row(line, old=line.id not in holding) for line in shown]
    return Page([Table(("id", "sort", "date", "rests on", "line"), rows), *told])


def _add(memo: Memo, call: Call, rest: str) -> Page:
    line = memo.teach(rest, call.given["sort"])
    return Page([Line(f"Added to your profile as {line.id[-8:]}.")])


def _edit(memo: Memo, call: Call, rest: str) -> Page:
    line_id, _, text = rest.partition(" ")
    if not text.strip():
        raise BadInput(f"Write {call.face.prefix} profile edit ID and the line as it should be.")
    line = memo.teach(text, instead_of=line_id)
    return Page([Line(f"Kept as {line.id[-8:]}, in your words; the line before it is history.")])


def _erase(memo: Memo, call: Call, rest: str) -> Page:
    if not rest.replace("--yes", "").strip(" ,"):
        raise BadInput(f"Which lines? Give their ids, or write {call.face.prefix} profile erase all.")
    words = [word for word in rest.replace(",", " ").split() if word != "--yes"]
    if [word.casefold() for word in words] == ["all"]:
        number = len(memo.profile())
        question = f"Erase the whole profile, {_lines(number)}, for good?"
        agreed = call.given["yes"] or "--yes" in rest.split() or call.face.agreed(_show(memo, call, ""), question)
        if not agreed:
            told = " Add --yes to erase it." if agreed is None else ""
            return Page([Line(f"Nothing was erased.{told}")])
        memo.unlearn()
        return Page([Line("The profile is erased for good. Only what you remember from now on counts for it.")])
    gone = memo.unlearn(words)
    return Page([Line(f"Erased for good: {_lines(len(gone))}. What they were about is not learned again.")])


def _pause(memo: Memo, call: Call, rest: str) -> Page:
    del rest
    memo.pause_learning()
    return Page([Line(f"Nothing is learned until {call.face.prefix} profile resume. What is known stays in prompts.")])


def _resume(memo: Memo, call: Call, rest: str) -> Page:
    del call, rest
    memo.pause_learning(paused=False)
    return Page([Line("memo learns again, when you are idle.")])


def _learn(memo: Memo, call: Call, rest: str) -> Page:
    if rest:
        raise BadInput(f"{call.face.prefix} profile learn takes no {rest.split(maxsplit=1)[0]!r}.")
    done = memo.learn()
    told = f"{_lines(done.added)} learned"
    told += f", {done.superseded} in an older one's place" if done.superseded else ""
    told += f"; {memories(done.read)} read by the language model" if done.read else ""
    told += f", {done.left:,} still to be read" if done.left else ""
    return Page([Line(f"{told}."), *lines([done.problem] if done.problem else [])])


def _row(line: ProfileLine, *, old: bool) -> Sequence[str]:
    named = " ".join(one[-8:] for one in line.evidence[:_FEW])
    more = f" +{len(line.evidence) - _FEW}" if len(line.evidence) > _FEW else ""
    rests = {USER: "your words"}.get(line.author, named + more)
    by = "" if line.author in (USER, CODE) else f" (by {line.author})"
    return (line.id[-8:], "was" if old else line.sort, day(line.when), rests, line.text + by)


def _lines(number: int) -> str:
    return "1 line" if number == 1 else f"{number:,} lines"
