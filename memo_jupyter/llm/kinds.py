"""Tells which server it is that answers, which models it has, and how large their windows are.

Every one of them lists its models at ``/v1/models``, so what does not is no language model's server. Several imitate
one another (llama.cpp and KoboldCpp answer to Ollama's paths, KoboldCpp to llama.cpp's), so what is only true of one is
asked first; and the owner that the list names says which question is likely to be the right one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from memo_jupyter.errors import BrokenReply, LLMError
from memo_jupyter.llm.openai import LLAMA_CPP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Ask = Callable[[str], Any]  # gives the JSON at a path, or raises an `LLMError`
    Entries = Sequence[Mapping[str, Any]]  # what `/v1/models` lists

OLLAMA = "Ollama"
KOBOLDCPP = "KoboldCpp"
VLLM = "vLLM"
COMPATIBLE = "OpenAI-compatible server"

_NO_CHAT = ("embed", "bert", "rerank")  # parts of the names of models that do not write
_FILES = ("llamacpp", "me")  # owners whose models' names are the paths of files


@dataclass(frozen=True, slots=True)
class Detail:
    """What a server tells of a model besides its name and window.

    Attributes
    ----------
    loaded : bool or None
        Whether it is in memory, so that the first answer comes at once; None if the server does not tell.
    quantisation : str
        How its weights are rounded, such as `Q4_K_M`; empty if the server does not tell.
    """

    loaded: bool | None = None
    quantisation: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a server.

    Attributes
    ----------
    kind : str
        In words a person reads.
    models : tuple of str
        Their names, those in memory first.
    windows : mapping of str to int
        The context windows that are known, in tokens.
    details : mapping of str to Detail
        What else is known of them.
    """

    kind: str
    models: tuple[str, ...] = ()
    windows: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, Detail] = field(default_factory=dict)


def identify(ask: Ask, expected: str = COMPATIBLE) -> Iterator[Found]:
    """Find out about a server; what is given last is known best.

    Parameters
    ----------
    ask : callable
        Asks that server.
    expected : str
        What to call it if nothing tells what it is.

    Raises
    ------
    LLMError
        It does not list its models: most likely it is no language model's server.
    """
    entries = _listed(ask("/v1/models"))
    owner = str(entries[0].get("owned_by")) if entries else ""
    yield _from_list(_SILENT.get(owner) or (_TELLING[owner].kind if owner in _TELLING else expected), entries)
    if owner in _SILENT:
        return
    for telling in sorted(_TELLING.values(), key=lambda telling: telling is not _TELLING.get(owner)):
        try:
            known = telling.look(ask, entries)
        except (LLMError, AttributeError, KeyError, TypeError):
            continue
        if known:
            yield known
            return


def _listed(answered: object) -> Entries:
    if isinstance(answered, dict):
        entries = answered.get("data")
        if entries is None and answered.get("object") == "list":
            return []  # Ollama without a model
        if isinstance(entries, list) and all(isinstance(entry, dict) and "id" in entry for entry in entries):
            return entries
    raise BrokenReply("It lists no models, so it is no language model's server.")


def _from_list(kind: str, entries: Entries) -> Found:
    windows = {}
    for entry in entries:
        meta = entry.get("meta")
        # The first is vLLM's, the second llama.cpp's.
        window = entry.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else None)
        if isinstance(window, int) and window > 0:
            windows[_name(entry)] = window
    details = dict.fromkeys(map(_name, entries), Detail(loaded=True)) if kind in _SERVING_ONE else {}
    return Found(kind, _chatting(map(_name, entries)), windows, details)


def _name(entry: Mapping[str, Any]) -> str:
    """Give a model's name; of a path only the file's name, since the rest is nobody's business."""
    name = str(entry["id"])
    if entry.get("owned_by") not in _FILES or not name.endswith(".gguf"):
        return name
    return name.replace("\\", "/").rpartition("/")[2].removesuffix(".gguf")


def _chatting(names: Iterable[str]) -> tuple[str, ...]:
    every = tuple(dict.fromkeys(names))
    return tuple(name for name in every if not any(part in name.lower() for part in _NO_CHAT)) or every


def _koboldcpp(ask: Ask, entries: Entries) -> Found | None:
    # https://lite.koboldai.net/koboldcpp_api
    if ask("/api/extra/version")["result"] != "KoboldCpp":
        return None
    window = int(ask("/api/extra/true_max_context_length")["value"])
    names = list(map(_name, entries))
    return Found(KOBOLDCPP, _chatting(names), dict.fromkeys(names, window), dict.fromkeys(names, Detail(loaded=True)))


def _ollama(ask: Ask, entries: Entries) -> Found | None:
    # https://github.com/ollama/ollama/blob/main/docs/api.md; windows are told by model (`trained_window`).
    del entries
    if not isinstance(ask("/api/version")["version"], str):
        return None
    models = [model for model in ask("/api/tags")["models"] or () if "bert" not in str(model.get("details"))]
    try:
        running = {model["name"] for model in ask("/api/ps")["models"] or ()}
        tells = True
    except LLMError:  # an old version
        running, tells = set(), False
    names = sorted((model["name"] for model in models), key=lambda name: name not in running)
    details = {}
    for model in models:
        loaded = model["name"] in running if tells else None
        details[model["name"]] = Detail(loaded, _word(model, "details", "quantization_level"))
    return Found(OLLAMA, _chatting(names), details=details)


def _llama_cpp(ask: Ask, entries: Entries) -> Found | None:
    # https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md; the window is that of one slot.
    window = ask("/props")["default_generation_settings"]["n_ctx"]
    listed = _from_list(LLAMA_CPP, entries)
    if len(entries) == 1 and isinstance(window, int) and window > 0:
        return Found(LLAMA_CPP, listed.models, {listed.models[0]: window}, listed.details)
    return listed


def _lm_studio(ask: Ask, entries: Entries) -> Found | None:
    # https://lmstudio.ai/docs/app/api/endpoints/rest; a model's window is known once it is loaded.
    del entries
    models = ask("/api/v0/models")["data"]
    writing = [model for model in models if model["type"] in ("llm", "vlm")]
    writing.sort(key=lambda model: model["state"] != "loaded")
    windows = {model["id"]: model["loaded_context_length"] for model in writing if model.get("loaded_context_length")}
    details = {model["id"]: Detail(model["state"] == "loaded", _word(model, "quantization")) for model in writing}
    return Found("LM Studio", tuple(model["id"] for model in writing), windows, details)


def _word(entry: Any, *path: str) -> str:
    """Give the text at a path of keys; nothing if there is none."""
    for key in path:
        entry = entry.get(key) if isinstance(entry, dict) else None
    return entry if isinstance(entry, str) else ""


class _Telling(NamedTuple):
    kind: str
    look: Callable[[Ask, Entries], Found | None]


_TELLING = {
    "koboldcpp": _Telling(KOBOLDCPP, _koboldcpp),
    "library": _Telling(OLLAMA, _ollama),
    "llamacpp": _Telling(LLAMA_CPP, _llama_cpp),
    "organization_owner": _Telling("LM Studio", _lm_studio),
}
"""By the owner that each names in its list: how to know it for certain, and to learn more."""

_SILENT = {"vllm": VLLM, "me": "llama-cpp-python"}
"""Those that have no more to tell than the list."""

_SERVING_ONE = (LLAMA_CPP, VLLM, "llama-cpp-python")
"""Those that list what they have loaded, and nothing else."""
