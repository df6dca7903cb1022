"""`jupyter memo WORD …`: the same commands in a shell."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

from memo_jupyter.arguments import read_words
from memo_jupyter.commands import Call, find
from memo_jupyter.engine import Memo
from memo_jupyter.errors import MemoError
from memo_jupyter.formats import code_in, json_in
from memo_jupyter.interrupts import heard
from memo_jupyter.pages import lines, prompt_page, sources
from memo_jupyter.progress import Bar
from memo_jupyter.views import Page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Shell:
    """The face of the commands in a shell."""

    prefix = "jupyter memo"

    def __init__(self) -> None:
        self.progress = Bar().tell

    def ask(self, memo: Memo, prompt: str, given: Mapping[str, Any]) -> None:
        """Write the answer to standard output as it arrives, and what it was given from memory to standard error."""
        chosen = {name: given[name] for name in ("thread", "k", "recall", "model", "form")}
        if given["dry_run"]:
            self.show(prompt_page(memo.prepare(prompt, **chosen), memo.take_notices()))
            return
        answer = memo.ask(prompt, **chosen, remember=given["remember"])
        form = given["form"]
        try:
            with heard(answer.stop):
                for words in answer:
                    if form in ("md", "text"):
                        sys.stdout.write(words)
                        sys.stdout.flush()
        finally:
            answer.close()
            if form == "code":
                sys.stdout.write(code_in(answer.so_far))
            if form == "json":
                sys.stdout.write(_pretty(answer.so_far))
            sys.stdout.write("\n")
            sys.stdout.flush()
            below = [*lines([*answer.notices, *memo.take_notices()])]
            self.show(Page([*below, sources(answer.recalled)] if answer.recalled else below), sys.stderr)

    def show(self, page: Page, stream: Any = None) -> None:
        """Write a page."""
        if page.blocks:
            print(page.text(shutil.get_terminal_size().columns), file=stream or sys.stdout)  # its purpose


def _pretty(text: str) -> str:
    try:
        return json.dumps(json_in(text), indent=2, ensure_ascii=False)
    except ValueError:
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
            page = command.run(memo, Call(given, " ".join(rest), shell))
            if page is not None:
                shell.show(page)
    except MemoError as error:
        print(f"memo: {error}", file=sys.stderr)  # noqa: T201  # its purpose
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `| head` has seen enough
        sys.stderr.close()
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
