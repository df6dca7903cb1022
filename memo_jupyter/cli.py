"""`jupyter memo WORD …`: the same commands in a shell."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from memo_jupyter.arguments import read_words
from memo_jupyter.characters import for_terminal
from memo_jupyter.command import Call
from memo_jupyter.commands import find
from memo_jupyter.engine import Memo
from memo_jupyter.errors import MemoError
from memo_jupyter.formats import NO_CODE, NO_JSON, code_in, json_in
from memo_jupyter.hints import IN_SHELL, worded
from memo_jupyter.interrupts import heard
from memo_jupyter.pages import lines, prompt_page, used
from memo_jupyter.progress import Bar, confirmed
from memo_jupyter.startup import history_file
from memo_jupyter.types import Doing
from memo_jupyter.views import Line, Page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from memo_jupyter.views import Block


class Shell:
    """The face of the commands in a shell."""

    prefix = IN_SHELL

    def __init__(self) -> None:
        self.progress = Bar().tell

    def ask(self, memo: Memo, prompt: str, given: Mapping[str, Any]) -> None:
        """Write the answer to standard output as it arrives, and what it was given from memory to standard error."""
        chosen = {name: given[name] for name in ("thread", "k", "recall", "model", "form", "fresh")}
        chosen["context"] = None if given["context"] else ""
        if given["dry_run"]:
            self.show(prompt_page(memo.prepare(prompt, **chosen), memo.take_notices()))
            return
        answer = memo.ask(prompt, **chosen, remember=given["remember"])
        form = given["form"]
        try:
            with heard(answer.stop):
                for words in answer:
                    if form in ("md", "text"):
                        _write(words)
        finally:
            answer.close()
            notices: list[str] = []
            if form in ("code", "json"):  # only whole, it can be told what is code or JSON in it
                _write(_taken_out(answer.so_far, form, notices))
            _write("\n")
            below = [*lines([*notices, *answer.notices, *memo.take_notices()])]
            self.show(Page([*below, *used(answer)]), sys.stderr)

    def doing(self) -> Doing:
        """Tell what the user is doing: a shell does not say."""
        return Doing()

    def place(self) -> Mapping[str, str | int]:
        """Tell where it was typed: a shell is no place that one could go back to."""
        return {}

    def next_cell(self, code: str) -> str:
        """Say nothing: a shell has no cells, and the code is shown all the same."""
        del code
        return ""

    def history(self) -> Path:
        """Tell where the default profile keeps it."""
        return history_file()

    def agreed(self, page: Page, question: str) -> bool | None:
        """Show what it is about and ask; in a pipe no one can be asked."""
        self.show(page)
        return confirmed(question) if sys.stdin.isatty() else None

    def show(self, page: Page, stream: Any = None) -> None:
        """Write a page."""
        if page.blocks:
            blocks = [self._worded(block) for block in page.blocks]
            _write(Page(blocks).text(shutil.get_terminal_size().columns) + "\n", stream)

    def fail(self, error: MemoError) -> None:
        """Write the one line of an error."""
        _write(f"memo: {worded(str(error), self.prefix)}\n", sys.stderr)

    def _worded(self, block: Block) -> Block:
        # Only memo's own lines: in a memory, `%memo` is the user's word.
        return replace(block, text=worded(block.text, self.prefix)) if isinstance(block, Line) else block


def _write(text: str, stream: Any = None) -> None:
    """Write to the terminal what anybody may have written: a model, a memory, a server. There is no other way out."""
    stream = stream or sys.stdout
    stream.write(for_terminal(text))
    stream.flush()


def _taken_out(text: str, form: str, notices: list[str]) -> str:
    """Give the code or the JSON of an answer; if there is none, all of it."""
    if form == "code":
        code = code_in(text)
        if not code and text.strip():
            notices.append(NO_CODE)
        return code or text
    try:
        return json.dumps(json_in(text), indent=2, ensure_ascii=False)
    except ValueError:
        if text.strip():
            notices.append(NO_JSON)
        return text


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command; return 0, or 1 after one line on standard error, or 130 after Ctrl-C."""
    words = list(sys.argv[1:] if argv is None else argv)
    shell = Shell()
    if not words or words[0] in ("-h", "--help"):
        words = ["help"]
    try:
        command = find(words[0], shell.prefix)
        if {"-h", "--help"} & set(words[1:]):
            command, words = find("help", shell.prefix), ["help", words[0]]
        given, rest = read_words(words[1:], command.flags)
        with Memo() as memo:
            page = command.run(memo, Call(given, " ".join(rest), shell, rest))
            if page is not None:
                shell.show(page)
    except MemoError as error:
        shell.fail(error)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `| head` has seen enough
        sys.stderr.close()
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
