"""`%%memo` asks; `%memo WORD …` is everything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.display import display
from IPython.lib.pretty import pretty

from memo_jupyter.arguments import read_line
from memo_jupyter.citations import marked
from memo_jupyter.command import Call
from memo_jupyter.commands import find
from memo_jupyter.errors import Stopped
from memo_jupyter.flags import CELL_FLAGS
from memo_jupyter.formats import NO_CODE, NO_JSON, code_in, json_in
from memo_jupyter.interrupts import heard
from memo_jupyter.notebook.completion import completer
from memo_jupyter.notebook.display import as_markdown, as_text, live
from memo_jupyter.notebook.filling import fill
from memo_jupyter.notebook.place import doing, folder, place
from memo_jupyter.pages import lines, prompt_page, used
from memo_jupyter.progress import Bar, confirmed
from memo_jupyter.startup import history_file
from memo_jupyter.views import Folded, Page, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from IPython.core.interactiveshell import InteractiveShell

    from memo_jupyter.answer import Answer
    from memo_jupyter.engine import Memo
    from memo_jupyter.notebook.autoremember import AutoRemember
    from memo_jupyter.notebook.raised import Raised
    from memo_jupyter.types import Doing
    from memo_jupyter.views import Block


@magics_class
class MemoMagics(Magics):  # type: ignore[misc]  # IPython ships no types
    """The magics of one shell.

    Parameters
    ----------
    shell : InteractiveShell
    memo : Memo
        What they are a face of.
    raised : Raised
        The errors that cells have raised.
    auto : AutoRemember
        What remembers the cells.
    """

    prefix = "%memo"

    def __init__(self, shell: InteractiveShell, memo: Memo, raised: Raised, auto: AutoRemember) -> None:
        super().__init__(shell)
        self.memo = memo
        self.raised = raised
        self.auto = auto
        self.completer = completer(memo, self._names)
        self.progress = Bar("stdout").tell

    @no_var_expand  # type: ignore[untyped-decorator]
    @line_cell_magic("memo")  # type: ignore[untyped-decorator]
    def magic(self, line: str, cell: str | None = None) -> None:
        """Ask the local model with `%%memo`; everything else is `%memo help`."""
        with self.auto.muted():
            self._carry_out(line, cell)

    def _carry_out(self, line: str, cell: str | None) -> None:
        if cell is not None:
            given, first = read_line(line, CELL_FLAGS)
            self.ask(self.memo, "\n".join(filter(None, (first, cell.strip("\n")))), given)
            return
        word, _, rest = line.strip().partition(" ")
        if word.endswith("?") and not rest:  # `%memo recall?`
            word, rest = "help", word.rstrip("?")
        command = find(word or "help", self.prefix)
        given, text = read_line(rest, command.flags)
        page = command.run(self.memo, Call(given, text, self))
        if page is not None:
            display(page)

    def ask(self, memo: Memo, prompt: str, given: Mapping[str, Any]) -> None:
        """Fill the prompt in, ask, and show the answer as it arrives, with what it was given from memory."""
        filled = fill(prompt, self.shell.user_ns, self.raised, pretty)
        chosen = {name: given[name] for name in ("thread", "k", "recall", "model", "form", "fresh")}
        chosen["context"] = self.doing() if given["context"] else ""
        if given["dry_run"]:
            display(prompt_page(memo.prepare(filled, **chosen), memo.take_notices()))
            return
        try:
            answer = memo.ask(filled, **chosen, remember=given["remember"], source=self.place())
        except KeyboardInterrupt:  # while it recalls, or waits for a server that loads its model
            raise Stopped("Stopped.") from None
        if given.get("into"):
            self.shell.user_ns[given["into"]] = answer
        self._show(answer, given["form"])

    def doing(self) -> Doing:
        """Tell what the last cells were."""
        return doing(self.shell)

    def place(self) -> Mapping[str, str | int]:
        """Tell the notebook and the cell, as far as the front end says."""
        return {**place(self.shell), "session": self.auto.session, "folder": folder()}

    def next_cell(self, code: str) -> str:
        """Put code into the next cell; nbclient and some front ends only show it."""
        self.shell.set_next_input(code)
        return "It is in the next cell, where this front end takes it:"

    def history(self) -> Path:
        """Tell where this shell keeps it; where it keeps none, it is the default profile's."""
        kept = Path(str(self.shell.history_manager.hist_file))
        return kept if kept.is_file() else history_file()

    def agreed(self, page: Page, question: str) -> bool | None:
        """Show what it is about and ask; some front ends cannot, nor can a notebook that runs by itself."""
        display(page)
        return confirmed(question)

    def _names(self) -> list[str]:
        """Name the user's variables, without those that IPython and memo have put there."""
        hidden = getattr(self.shell, "user_ns_hidden", {})
        return [name for name in list(self.shell.user_ns) if not name.startswith("_") and name not in hidden]

    def _show(self, answer: Answer, form: str) -> None:
        shown = live(self.shell, markdown=form in ("md", "code"))
        try:
            with heard(answer.stop):
                for _ in answer:
                    shown.show(answer.so_far)
        except KeyboardInterrupt:
            answer.close()
            raise Stopped("Stopped." + (" What had arrived is kept." if answer.record else "")) from None
        finally:
            notices: list[str] = []
            if answer.so_far.strip():
                shown.finish(self._finished(answer, form, notices))
            self._show_below(answer, [*notices, *answer.notices, *self.memo.take_notices()])

    def _finished(self, answer: Answer, form: str, notices: list[str]) -> dict[str, Any]:
        text = answer.so_far
        if form == "json":
            try:
                value = json_in(text)
            except ValueError:
                notices.append(NO_JSON)
                return as_text(text)
            return {"application/json": value, "text/plain": json.dumps(value, indent=2, ensure_ascii=False)}
        if form == "code" and not answer.partial:
            if code := code_in(text):
                # Where front ends take it, the next cell holds the code; nbclient and others only show it.
                self.shell.set_next_input(code)
                return as_markdown(f"```python\n{code}\n```")
            notices.append(NO_CODE)
        text = marked(text, len(answer.recalled))
        return as_text(text) if form == "text" else as_markdown(text)

    def _show_below(self, answer: Answer, notices: list[str]) -> None:
        blocks: list[Block] = list(lines(notices))
        if answer.reasoning:
            blocks.append(Folded("reasoning", [Text(answer.reasoning.strip())]))
        blocks += used(answer)
        if blocks:
            display(Page(blocks))
