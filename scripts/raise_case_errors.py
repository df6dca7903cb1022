"""Runs the cells of the cases in `tests/unit/fixes/cases` in a real IPython, and writes down what each one raised.

    python scripts/raise_case_errors.py tests/unit/fixes/cases/*.txt

It needs what the cells import (pandas, matplotlib, scikit-learn, statsmodels); the tests read the files alone. A cell
that is marked `by hand` is not run: its error was written by hand, since its library is large or its error a matter of
the machine.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import warnings
from pathlib import Path

from IPython import version_info
from IPython.core.interactiveshell import InteractiveShell

_SECTION = re.compile(r"^%% (?=setup|cell|later)", re.MULTILINE)
_MACHINE = re.compile(r"(?:~|/)[\w./~-]*/(?=lib/python\d)")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Runner:
    """One shell, which each notebook of a case has for itself."""

    def __init__(self) -> None:
        self.shell = InteractiveShell.instance(colors="NoColor" if version_info < (9,) else "nocolor")
        self.shell.InteractiveTB.context = 3
        self.setup = ""
        self.notebook = ""
        self.raised: tuple[str, str, str] | None = None
        self.shell._showtraceback = self._take  # noqa: SLF001  # where every front end's traceback comes from

    def begin(self, setup: str) -> None:
        """Begin a case."""
        self.setup, self.notebook = setup, ""

    def run(self, notebook: str, code: str, *, restarted: bool) -> tuple[str, str, str] | None:
        """Run a cell, and give the class, the words and the traceback of what it raised."""
        if notebook != self.notebook or restarted:
            self.notebook = notebook
            self.shell.reset(new_session=True)
            self.raised = None
            self.shell.run_cell(self.setup, silent=True)
            if self.raised:
                raise SystemExit(f"{notebook}: the setup raised {self.raised[:2]}")
        self.raised = None
        self.shell.run_cell(code, store_history=True)
        return self.raised

    def _take(self, kind: type[BaseException], value: BaseException, lines: list[str]) -> None:
        folder = Path.cwd()
        text = _COLOURS.sub("", "\n".join(lines)).replace(str(folder.parent), "~")
        words = str(value)
        self.raised = kind.__name__, _MACHINE.sub("~/env/", words), _MACHINE.sub("~/env/", text)


def rewrite(path: Path, runner: Runner) -> list[str]:
    """Run the cells of a case and write the file anew; give what is not as the file says."""
    title, *sections = _SECTION.split(path.read_text("utf-8"))
    done, amiss = [title], []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "notebooks").mkdir()
        os.chdir(Path(folder) / "notebooks")
        for section in sections:
            head, _, body = section.partition("\n")
            if head == "setup":
                runner.begin(body)
            elif "by hand" not in head:
                code = body.partition("\n%- ")[0].rstrip("\n")
                raised = runner.run(head.split()[1], code, restarted=" restarted" in head)
                mends = "= fix" in head
                if (head.startswith("later") and not raised) or (mends and raised):
                    amiss.append(f"{path.name}: {head}: {raised}")
                told = "" if raised is None else f"%- {raised[0]}\n{raised[1]}\n%- traceback\n{raised[2].rstrip()}\n"
                body = f"{code}\n{told}"
            done.append(f"%% {head}\n{body}")
        os.chdir("/")
    path.write_text("".join(done), "utf-8")
    return amiss


def main() -> None:
    """Rewrite the files named."""
    warnings.simplefilter("ignore")
    runner = Runner()
    paths = [Path(name).absolute() for name in sys.argv[1:]]
    for path in paths:
        for line in rewrite(path, runner):
            print(line)


if __name__ == "__main__":
    main()
