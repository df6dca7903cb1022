"""The flags that several commands take."""

from __future__ import annotations

from memo_jupyter.arguments import Flag, count, name
from memo_jupyter.llm.prompt import FORMS
from memo_jupyter.types import ERROR, KINDS

NO_CONTEXT = Flag(("--no-context",), "context", "recall without regard to what you are doing now", default=True)

ASK_FLAGS = (
    Flag(("-k",), "k", "how many memories to recall", "N", count),
    Flag(("-m", "--model"), "model", "the language model, or a part of its name", "MODEL"),
    Flag(("-t", "--thread"), "thread", "the conversation it belongs to", "THREAD"),
    Flag(("-f", "--format"), "form", "the form of the answer", "FORM", choices=tuple(FORMS), default="md"),
    Flag(("--fresh",), "fresh", "begin the conversation anew: its earlier turns are not sent any more", default=False),
    Flag(("--no-recall",), "recall", "ask without memory", default=True),
    NO_CONTEXT,
    Flag(("--no-remember",), "remember", "do not keep this interaction", default=True),
    Flag(("--dry-run",), "dry_run", "show what would be sent, and send nothing", default=False),
)
CELL_FLAGS = (*ASK_FLAGS, Flag(("--into",), "into", "keep the Answer in this variable", "VAR", name))

FILTERS = (
    Flag(("-t", "--thread"), "thread", "only this conversation", "THREAD"),
    Flag(("--kind",), "kinds", "only this kind; error: the cells that raised one", "KIND", choices=(*KINDS, ERROR)),
    Flag(("--tag",), "tags", "only with this tag", "TAG"),
    Flag(("--since",), "since", "created since", "DATE"),
    Flag(("--until",), "until", "created before", "DATE"),
    Flag(("--source", "--notebook"), "source", "only from this notebook or file", "PATH"),
)
