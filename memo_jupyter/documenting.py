"""The command that reads files into memory, and what it shows of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.documents.finding import paths_in
from memo_jupyter.errors import BadInput, Stopped
from memo_jupyter.interrupts import heard
from memo_jupyter.pages import lines, memories
from memo_jupyter.views import Line, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memo_jupyter.command import Call
    from memo_jupyter.documents.report import ReadReport
    from memo_jupyter.engine import Memo

READ_DETAILS = (
    "Files, folders and patterns such as notes/**/*.md: Markdown, text, reStructuredText, Python, notebooks with "
    "their outputs, HTML, PDF (pip install 'memo-jupyter[documents]'), Word (.docx); of CSV and TSV files a summary. "
    "Read again, only what changed is replaced, and what is gone from a folder is forgotten. After Ctrl-C or a crash, "
    "the same line goes on."
)

_PROBLEMS = 10  # that are listed


def read(memo: Memo, call: Call) -> Page:
    """Read the files that were named; see `Memo.read`."""
    paths = list(call.words) or paths_in(call.text)
    if not paths:
        raise BadInput(f"What is to be read? Name files or folders: {call.face.prefix} read notes/ report.pdf")
    done, total = 0.0, 0

    def progress(now: float, of: int) -> None:
        nonlocal done, total
        done, total = now, of
        call.face.progress(f"reading, {int(now):,} of {_files(of)} done", min(1.0, now / max(1, of)))

    def stop() -> None:
        """Nothing besides: the interrupt itself ends it, and is not lost."""

    try:
        with heard(stop):
            report = memo.read(paths, progress=progress)
    except KeyboardInterrupt:
        call.face.progress("stopped", 1.0)
        are = "is" if int(done) == 1 else "are"
        raise Stopped(f"Stopped. {int(done):,} of {_files(total)} {are} read; the same line again goes on.") from None
    return Page([Line(told) for told in _told(report)] + lines([*_problems(report), *memo.take_notices()]))


def _told(report: ReadReport) -> Sequence[str]:
    counts = [f"Read {_files(report.read)}"] if report.read or not report.unchanged else []
    counts += [f"{report.unchanged:,} unchanged"] if report.unchanged else []
    counts += [f"{report.empty:,} without any text"] if report.empty else []
    counts += [f"{report.removed:,} gone, and forgotten"] if report.removed else []
    counts += [f"{len(report.problems):,} not read"] if report.problems else []
    told = "; ".join(counts)
    changed = [f"{memories(report.added)} kept"] if report.added else []
    changed += [f"{memories(report.forgotten)} forgotten for good"] if report.forgotten else []
    told = f"{told}. {', '.join(changed)}." if changed else f"{told}. Nothing is new."
    later = "They are found by their words now, and by meaning once the embedding model is there: %memo setup."
    return [told[0].upper() + told[1:], *([later] if report.waiting else [])]


def _problems(report: ReadReport) -> Sequence[str]:
    more = len(report.problems) - _PROBLEMS
    return [*report.problems[:_PROBLEMS], *([f"… and {more:,} more."] if more > 0 else [])]


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number:,} files"
