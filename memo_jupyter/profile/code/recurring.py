"""What comes back in a user's cells: files, functions of their own, libraries, tables, words, magics."""

from __future__ import annotations

import builtins
from collections import defaultdict
from typing import TYPE_CHECKING

from memo_jupyter.profile.code import plain
from memo_jupyter.profile.code.counting import finding, heaviest, order
from memo_jupyter.profile.code.libraries import noteworthy, usual
from memo_jupyter.profile.code.sentences import of_magic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from memo_jupyter.profile.code.counting import Place, Span
    from memo_jupyter.profile.code.tally import Tally
    from memo_jupyter.profile.finding import Finding

_MOST = 8
"""Of files, of functions, of libraries and so on, so many are named: a profile is short."""

_FEWEST_WORDS = 3
_CELLS_OF_A_WORD = 5
_SHORTEST_NAME = 3
_LONGEST_SIGNATURE = 80
_LONGEST_LIST = 90


def recurring(tally: Tally, span: Span) -> Iterator[Finding]:
    """Give what comes back, in an order that stays."""
    yield from _libraries(tally, span)
    yield from _modules(tally, span)
    yield from _functions(tally, span)
    yield from _files(tally, span)
    for topic, said in (
        ("dataset", "Works with the data set {}."),
        ("table", "Queries the table {}."),
        ("pretrained", "Uses the pretrained model {}."),
    ):
        seen = tally.of(topic)
        for value in filter(None, heaviest(seen, span, _MOST)):
            yield finding(f"{topic}:{value}", "vocabulary", said.format(value), seen[value])
    yield from _words(tally.of("word"), "words:names", "Words that come back in names: {}.", span)
    yield from _words(tally.of("column"), "words:columns", "Columns and keys that come back: {}.", span)
    for value in heaviest(tally.of("option"), span, _MOST):
        yield finding(
            f"option:{value.partition('=')[0]}", "habit", f"Sets the option {value}.", tally.of("option")[value]
        )
    for module in filter(plain.name, heaviest(tally.of("star"), span, _MOST)):
        text = f"Imports all names of {module} (from {module} import *)."
        yield finding(f"star:{module}", "habit", text, tally.of("star")[module])
    for magic in heaviest(tally.of("magic"), span, _MOST):
        if (text := of_magic(magic)) and (magic == "!" or plain.name(magic.lstrip("%"))):
            yield finding(f"magic:{magic}", "habit", f"{text}.", tally.of("magic")[magic])


def _libraries(tally: Tally, span: Span) -> Iterator[Finding]:
    """Tell of libraries that have no rivals here, but are this user's."""
    used = {name: places for name, places in tally.of("uses").items() if noteworthy(name) and plain.name(name)}
    shorts = {module: short for short, module in tally.known.items() if not usual(module, short)}
    for library in heaviest(used, span, _MOST):
        short = shorts.get(library, library)
        as_short = f", imported as {short}" if short != library and plain.name(short) else ""
        yield finding(f"library:{library}", "preference", f"Works with {library}{as_short}.", used[library])


def _modules(tally: Tally, span: Span) -> Iterator[Finding]:
    """Tell of modules that are the user's own."""
    modules: dict[str, set[Place]] = defaultdict(set)
    names: dict[str, set[str]] = defaultdict(set)
    for value, places in tally.of("own_module").items():
        module, _, name = value.rpartition(" ")
        modules[module].update(places)
        names[module].update([name] if plain.name(name) and not name.startswith("_") else [])
    seen = {module: sorted(places, key=order) for module, places in modules.items() if plain.name(module)}
    for module in heaviest(seen, span, _MOST):
        parts = _listed(sorted(names[module]))
        text = f"Keeps own code in the module {module}" + (f": {parts}." if parts else ".")
        yield finding(f"own:{module}", "vocabulary", text, seen[module])


def _functions(tally: Tally, span: Span) -> Iterator[Finding]:
    """Tell of functions and classes that the user defined, and comes back to."""
    used = {
        name: tally.called[name]
        for name in tally.defined
        if name in tally.called and len(name) >= _SHORTEST_NAME and not hasattr(builtins, name)
    }
    for name in filter(plain.name, heaviest(used, span, _MOST)):
        signature = tally.signatures[name]
        kind = "class" if signature.startswith("class ") else "function"
        if len(signature) > _LONGEST_SIGNATURE or not signature.isprintable() or plain.secret(signature):
            signature = name
        text = f"Often uses a {kind} of their own: {signature.removeprefix('class ')}."
        yield finding(f"own:{name}", "vocabulary", text, [*used[name], *tally.defined[name]])


def _files(tally: Tally, span: Span) -> Iterator[Finding]:
    """Tell of files that come back, with what reads them; a file that was moved is still the same."""
    paths: dict[str, set[str]] = defaultdict(set)
    places: dict[str, set[Place]] = defaultdict(set)
    newest: dict[str, tuple[tuple[datetime, str], str]] = {}
    readers: dict[str, tuple[tuple[datetime, str], str]] = {}
    for value in tally.of("file"):
        path = value.partition("\t")[0]
        paths[path.rpartition("/")[2]].add(path)
    for value, seen in tally.of("file").items():
        path, _, reader = value.partition("\t")
        key = _key(path, paths[path.rpartition("/")[2]])
        places[key].update(seen)
        last = order(seen[-1])
        newest[key] = max(newest.get(key, (last, path)), (last, path))
        if reader:
            readers[key] = max(readers.get(key, (last, reader)), (last, reader))
    counted = {key: sorted(seen, key=order) for key, seen in places.items()}
    for key in heaviest(counted, span, _MOST):
        text = f"Works with the file {newest[key][1]}"
        text += f", read by {readers[key][1]}." if key in readers else "."
        yield finding(f"data:{key}", "vocabulary", text, counted[key])


def _key(path: str, same: set[str]) -> str:
    """Name a file by its name alone, unless files of that name lie in folders of different names."""
    folders = {one.split("/")[-2] for one in same if "/" in one} - {"..", ".", "…"}
    return "/".join(path.split("/")[-2:]) if len(folders) > 1 else path.rpartition("/")[2]


def _words(seen: Mapping[str, list[Place]], topic: str, said: str, span: Span) -> Iterator[Finding]:
    """Tell of all the words that come back at once."""
    often = {
        word: places
        for word, places in seen.items()
        if len(places) >= _CELLS_OF_A_WORD and len({place.created.date() for place in places}) > 1
    }
    chosen = [word for word in heaviest(often, span, _MOST) if plain.name(word)]
    if len(chosen) >= _FEWEST_WORDS:
        places = {place for word in chosen for place in often[word]}
        yield finding(topic, "vocabulary", said.format(_listed(chosen)), places)


def _listed(words: list[str]) -> str:
    """List words, as many as one line holds."""
    text = ""
    for word in words:
        longer = f"{text}, {word}" if text else word
        if len(longer) > _LONGEST_LIST:
            break
        text = longer
    return text
