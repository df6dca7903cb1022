"""Planted secrets that pass through memo every way there is: of none are eight characters anywhere in the store."""

import json
import time
from collections import Counter
from datetime import datetime, timezone

import numpy as np
import pytest
from dictionaries import UNREADABLE, words_under
from exports import STEPS, chatgpt, chatgpt_message, claude, claude_message, put
from unit.redact import planted

from memo_jupyter import Memo
from memo_jupyter.cells.seen import Raised, Seen, Shown, Stream

pytestmark = pytest.mark.model

CASES = planted.cases()
WINDOW = 8
BETWEEN = b"\0" * WINDOW
LIMIT = 12_000  # characters that are heard of a text's beginning and end each
EMBEDDED = 100  # chunks whose vectors are waited for
DONE = "all went well here"


def windows(secret):
    return {line[at : at + WINDOW] for line in secret.split("\n") for at in range(len(line) - WINDOW + 1)}


PLANTED = {window: case for case in CASES for window in windows(case.secret)}


def cut(text):
    """What is heard of a long text, if the planted one stands where its beginning ends."""
    return Stream("stdout", ("." * 79 + "\n") * (LIMIT // 80) + text[: len(text) // 2 + 10], "x" * LIMIT, 10_000)


def coloured(text):
    return "\n".join(f"\x1b[0;31m{line[:7]}\x1b[39m{line[7:]}\x1b[0m" for line in text.split("\n"))


WAYS = {
    "code": lambda text: (text, ()),
    "stdout": lambda text: ("go()", (Stream("stdout", text),)),
    "stderr, with a tail": lambda text: ("go()", (Stream("stderr", text[: len(text) // 2], text[len(text) // 2 :]),)),
    "last value": lambda text: ("value", (Shown(text),)),
    "the repr of it": lambda text: ("value", (Shown(repr(text)),)),
    "traceback": lambda text: (
        "go()",
        (Raised("ValueError", f"no:\n{text}", f"Traceback\n{coloured(text)}"),),
    ),
    "a table's columns": lambda text: ("df", (Shown("   a\n0  1", detail=f"DataFrame of 1 x 1: {text} int64"),)),
    "a figure's title": lambda text: ("plt.show()", (Shown("<Figure>", detail=f"{text}; x: epoch"),)),
    "Markdown": lambda text: ("show()", (Shown(f"# Found\n\n{text}", mime="text/markdown"),)),
    "where a long output is cut": lambda text: ("go()", (cut(text),)),
}


WITHIN_A_LINE = {"the repr of it", "a table's columns", "a figure's title"}
"""Ways on which something stands before and after the text: there, only what is one whole line is what it was."""


def fits(case, way):
    if "cut" in case.sort:  # such a secret ends with its text
        return way not in WITHIN_A_LINE | {"traceback"}
    return way not in WITHIN_A_LINE or ("\n" not in case.text and case.sort in planted.SHAPES)


def seen(code, outputs, number, cell):
    where = {"notebook": "keys.ipynb", "cell": cell, "execution_count": number}
    return Seen(code, outputs, datetime.now(timezone.utc), 0.1, where, "session", "/lab")


def mended(case, number):
    """A cell with a secret that raises an error that names it, and the edit that mends it."""
    broken, fixed = (f"{case.text}\nresult = table.{name}(limit=10)" for name in ("heads", "head"))
    error = Raised(
        "AttributeError", f"'Table' object has no attribute 'heads'\n{case.text}",
        f"----> 1 result = table.heads(limit=10)\n\nAttributeError: no attribute 'heads'\n{case.text}",
    )  # fmt: skip
    yield seen(broken, (error,), number, f"fix{number}")
    yield seen(fixed, (Stream("stdout", DONE),), number + 1, f"fix{number}")


def documents(folder):
    folder.mkdir()
    for number, case in enumerate(CASES):
        name = ("md", "txt", "py", "rst")[number % 4]
        (folder / f"d{number}.{name}").write_text(f"# Part {number}\n\n{case.text}\n", "utf-8")
    made = [
        {
            "cell_type": "code", "id": f"c{number}", "metadata": {}, "execution_count": number, "source": "show()",
            "outputs": [{"output_type": "stream", "name": "stdout", "text": case.text}],
        }
        for number, case in enumerate(CASES)
    ]  # fmt: skip
    notebook = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "all.ipynb").write_text(json.dumps(notebook), "utf-8")
    return folder


def chats(folder):
    said, told = [], []
    for number, case in enumerate(CASES):
        messages = [
            chatgpt_message("user", f"What is wrong here?\n\n{case.text}", STEPS, f"q{number}"),
            chatgpt_message("assistant", f"This line:\n\n{case.text}", STEPS + 1, f"a{number}", model="gpt-4o"),
        ]
        said.append(
            chatgpt(
                case.text if "\n" not in case.text and len(case.text) < 150 else "About keys",
                f"conv-{number}",
                messages,
            )
        )
        told.append(
            claude(f"Case {number}", f"claude-{number}", [
                claude_message("human", case.text, "2025-01-01T10:00:00Z", f"h{number}"),
                claude_message("assistant", f"I see:\n{case.text}", "2025-01-01T10:00:05Z", f"r{number}"),
            ])
        )  # fmt: skip
    return put(folder / "conversations.json", said), put(folder / "claude.json", told)


def found_in(data):
    """Give the planted windows that stand in some bytes."""
    wanted = np.array(sorted(int.from_bytes(one.encode(), "little") for one in PLANTED), dtype="<u8")
    found = set()
    for start in range(WINDOW):
        whole = (len(data) - start) // WINDOW
        if whole > 0:
            here = np.frombuffer(data, dtype="<u8", count=whole, offset=start)
            there = wanted[np.isin(wanted, here)]
            found |= {int(one).to_bytes(WINDOW, "little").decode() for one in there}
    return found


def without_chance(found):
    """Leave out a window of eight hexadecimal digits that is alone: one of thousands of digests and ids has those."""
    often = Counter(id(PLANTED[one]) for one in found)
    return {one for one in found if often[id(PLANTED[one])] > 1 or set(one) - set(planted.HEX)}


def told(found):
    cases = {id(PLANTED[one]): PLANTED[one] for one in found}
    return "\n".join(f"{case.sort}, {case.place}: {case.text!r}" for case in list(cases.values())[:20])


@pytest.mark.timeout(900)
def test_no_eight_characters_of_a_planted_secret_are_in_any_file_of_the_store(tmp_path, model_folder):
    assert len(CASES) >= 300
    assert len({case.sort for case in CASES}) >= 20
    store = tmp_path / "store"
    with Memo(store, models=str(tmp_path / "none yet")) as memo:  # first all is written, then embedded
        memo.stats()
        number = 0
        for way, made in WAYS.items():
            for case in CASES:
                if fits(case, way):
                    number += 1
                    memo.note(seen(*made(case.text), number, f"c{number}"))
        passed = number
        for case in CASES:
            if "cut" in case.sort:  # such a secret ends with its text
                continue
            number += 2
            for one in mended(case, number):
                memo.note(one)
        assert memo.wait_for_cells(600)
        assert memo.cells_kept()[1] == ""
        read = memo.read(documents(tmp_path / "lab"))
        assert read.problems == ()
        taken = [memo.import_(path) for path in chats(tmp_path)]
        counts = Counter(memo.stats()["records"])
        review = memo.redacted(100_000)
    with Memo(store, models=str(model_folder)) as memo:
        before = memo.stats()["waiting"]
        memo.remember("A note, so that embedding begins.")
        until = time.monotonic() + 120
        while (embedded := before - memo.stats()["waiting"]) < EMBEDDED and time.monotonic() < until:
            time.sleep(2)
    assert embedded >= EMBEDDED
    assert passed > 7 * len(CASES)
    assert counts["cell"] > 8 * len(CASES)  # of those that are the same without their secrets, one is kept
    assert counts["fix"] >= 0.8 * len(CASES)
    assert sum(one.added for one in taken) == 2 * len(CASES)
    assert len(review) > 0.5 * counts["cell"]

    files = [path for path in store.rglob("*") if path.is_file()]
    sorts = Counter(path.suffix for path in files)
    whole = BETWEEN.join(path.read_bytes() for path in files)
    found = without_chance(found_in(whole))
    words = words_under(store)
    assert UNREADABLE not in words
    assert len(words) > 1000
    packed = "\n".join(words)
    in_words = without_chance({window for window in PLANTED if window.casefold() in packed})
    print(f"{len(CASES)} secrets of {len({case.sort for case in CASES})} sorts, {len(PLANTED):,} windows")
    print(f"{dict(counts)}, {embedded} chunks embedded, {len(review):,} memories with secrets taken out")
    print(f"{len(files):,} files of {len(whole):,} bytes, {dict(sorts)}, {len(words):,} words")
    print(f"{len(found)} windows found in bytes, {len(in_words)} in words")
    assert not found, told(found)
    assert not in_words, told(in_words)


def test_the_search_itself_finds_what_is_there():
    case = CASES[0]
    assert found_in(b"abc" + case.secret.encode() + b"xyz") == windows(case.secret)
    assert found_in(b"nothing of it") == set()
