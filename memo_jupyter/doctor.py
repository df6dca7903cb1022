"""The command that looks at every part of memo, from the embedding model to the server, and names what mends it."""

from __future__ import annotations

import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, NamedTuple

from memo_jupyter.errors import BadInput, EmbeddingModelMissing, LLMError, MemoError, StoreError, UnknownModel
from memo_jupyter.hints import worded
from memo_jupyter.llm.window import ASSUMED
from memo_jupyter.pages import lines, memories
from memo_jupyter.types import QUOTE
from memo_jupyter.views import Line, Page, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from memo_jupyter.command import Call
    from memo_jupyter.engine import Memo

_LITTLE = 500 * 2**20  # bytes of free disk that are soon gone
_ANOTHER_STORE = "%config Memo.home = … names another folder."
_TELLING = ("ipython", "hnswlib", "tantivy", "fastembed", "onnxruntime", "httpx")


class _Finding(NamedTuple):
    part: str
    told: str
    mends: str = ""  # what is typed to mend it; empty where all is well


def doctor(memo: Memo, call: Call) -> Page:
    """Check each part, a line each."""
    prefix = call.face.prefix
    if call.text:
        raise BadInput(f"{prefix} doctor takes no {call.text.split()[0]!r}.")
    checks = (_versions, _store, _index, _embedding, _servers, _model, _privacy)
    found = [finding for check in checks for finding in _checked(check, memo)]
    amiss = sum(bool(finding.mends) for finding in found)
    rows = [
        ("mend" if one.mends else "well", one.part, worded(f"{one.told} {one.mends}".strip(), prefix)) for one in found
    ]
    verdict = "All is well." if not amiss else f"{amiss} {'thing wants' if amiss == 1 else 'things want'} mending."
    return Page([Table(("", "", ""), rows), Line(verdict), *lines(memo.take_notices())])


def _checked(check: Callable[[Memo], Iterator[_Finding]], memo: Memo) -> Iterator[_Finding]:
    # One part that fails must not hide the others: that is when a doctor is called.
    try:
        yield from check(memo)
    except MemoError as error:
        of_store = isinstance(error, (StoreError, BadInput))
        mends = _ANOTHER_STORE if of_store else "%memo verify mends what can be mended."
        yield _Finding(check.__name__.lstrip("_"), str(error), mends)


def _versions(memo: Memo) -> Iterator[_Finding]:
    del memo
    told = [f"Python {platform.python_version()}", f"memo {_version('memo-jupyter')}"]
    told += [f"{name} {_version(name)}" for name in _TELLING]
    yield _Finding("versions", ", ".join(told) + f", on {sys.platform}.")


def _store(memo: Memo) -> Iterator[_Finding]:
    stats = memo.stats()
    home = stats["home"]
    number = memories(sum(stats["records"].values()))
    if stats["writable"]:
        yield _Finding("store", f"{number} in {home}.")
    else:
        yield _Finding("store", f"{number} in {home}, which cannot be written: nothing new is kept.", _ANOTHER_STORE)
    free = shutil.disk_usage(home).free
    if free < _LITTLE:
        yield _Finding("disk", f"Only {free / 1e6:,.0f} MB are free.", f"Make room, or: {_ANOTHER_STORE}")
    if stats["damaged"]:
        named = f"{memories(len(stats['damaged']))} damaged, set aside in {home}/quarantine."
        yield _Finding("damaged", named, "Put the files back from a backup; %memo forget ID gives one up.")


def _index(memo: Memo) -> Iterator[_Finding]:
    stats = memo.stats()
    told = f"In {stats['index']}"
    if stats["problem"] and stats["embedder_ready"]:
        yield _Finding("index", f"{told}. {stats['problem']}", "%memo verify, and if that does not help %memo rebuild.")
    elif stats["waiting"]:
        yield _Finding("index", f"{told}; {memories(stats['waiting'])} still to be embedded, in the background.")
    else:
        yield _Finding("index", f"{told}; every memory is in it.")


def _embedding(memo: Memo) -> Iterator[_Finding]:
    try:
        dim = memo.try_embedder()
    except EmbeddingModelMissing:
        yield _Finding("embedding model", f"{memo.embedder} is not set up.", "%memo setup gets it ready, once.")
    except MemoError as error:
        yield _Finding("embedding model", str(error), "%memo setup --force makes it anew.")
    else:
        yield _Finding("embedding model", f"{memo.embedder} works: {dim} dimensions.")


def _servers(memo: Memo) -> Iterator[_Finding]:
    try:
        servers = memo.language_servers()
    except (LLMError, BadInput) as error:
        yield _Finding("server", str(error), "%config Memo.base_url = '' looks at the usual ports again.")
        return
    for server in servers:
        number = f"{len(server.models)} model{'' if len(server.models) == 1 else 's'}"
        if server.problem:
            yield _Finding("server", f"{server}: {server.problem}", "Then %memo models.")
        else:
            yield _Finding("server", f"{server}, {number}.")
    if not servers and _answers_here(memo):
        yield _Finding("server", "None is running on the usual ports, and none is needed.")
    elif not servers:
        start = "Start one, such as `ollama serve` or `llama-server`, or name one: %config Memo.base_url = …"
        yield _Finding("server", "None is running on the usual ports, so memories are quoted.", start)


def _answers_here(memo: Memo) -> bool:
    """Tell whether a model answers without a server: a file, run in this process."""
    try:
        return memo.language_model(look=False).name != QUOTE
    except MemoError:
        return False


def _model(memo: Memo) -> Iterator[_Finding]:
    try:
        chat = memo.language_model(look=False)
    except UnknownModel as error:
        yield _Finding("language model", str(error), "%memo models lists them; %config Memo.model = … chooses one.")
        return
    except MemoError as error:
        yield _Finding("language model", str(error), "%memo models shows what there is.")
        return
    if chat.name == QUOTE:
        yield _Finding("language model", "quote, which quotes memories and asks no model.")
    elif chat.window is None and not memo.window:
        told = f"{chat.name} answers. Its server tells no window, so {ASSUMED:,} tokens are assumed."
        yield _Finding("language model", told, "If it has more: %config Memo.window = …")
    else:
        yield _Finding("language model", f"{chat.name} answers, window {chat.window or memo.window:,} tokens.")


def _privacy(memo: Memo) -> Iterator[_Finding]:
    if memo.allow_hosts:
        hosts = ", ".join(memo.allow_hosts)
        yield _Finding("privacy", f"Prompts may go to {hosts}, as you allowed; nothing else leaves this computer.")
    else:
        yield _Finding("privacy", "Nothing leaves this computer.")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"
