"""Every operation on the disk fails once: one clear error, nothing lost, nothing half-written."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dictionaries import UNREADABLE, words_under

from memo_jupyter import fields
from memo_jupyter.errors import MemoError
from memo_jupyter.opened import Opened
from memo_jupyter.testing import HashEmbedder
from memo_jupyter.verify import verify

from .steps import TellingDisk

WORDS = [f"{syllable}{number}onium" for number in range(3) for syllable in ("lax", "mer", "tov")]


def opened(store, disk=None):
    parts = Opened(store, store / "index", HashEmbedder(16), 3, disk)
    parts.indexer.wake = lambda: None  # one thread, so that the operations stand in one order
    return parts


def work(parts, told):
    """Remember, index, publish and forget; after an error, go on with the next."""

    def tried(call):
        try:
            return call()
        except MemoError as error:
            told["errors"].append(str(error))
            return None

    for place, word in enumerate(WORDS):
        record = tried(lambda word=word: parts.keep(fields.record({"text": f"{word} is remembered"})))
        if record is not None:
            told["kept"][record.id] = word
        tried(parts.indexer.catch_up)
        if place % 3 == 2:
            tried(parts.index.lexical.publish)
            tried(parts.index.near.publish)
        if place % 4 == 3 and record is not None:
            told["leaving"].append(record.id)
            if tried(lambda record=record: parts.forget([record.id])) is None and not told["errors"]:
                told["forgotten"].append(record.id)
    told["errors"] += parts.notices
    parts.close()


def check(store, told):
    """See, with a disk that is well again, that what was acknowledged is so."""
    parts = opened(store)
    for record_id, word in told["kept"].items():
        if record_id not in told["leaving"]:
            assert parts.store.read(record_id).text == f"{word} is remembered"
            assert parts.search(f"{word} is remembered", 1)[0].record.id == record_id
    there = {row.id for row in parts.rows(None)}
    assert not there & set(told["forgotten"])
    parts.indexer.catch_up()
    parts.index.lexical.publish()
    parts.index.near.publish()
    assert verify(parts) == []
    assert parts.store.set_aside() == []
    parts.close()
    left = b"".join(path.read_bytes().lower() for path in store.rglob("*") if path.is_file())
    words = words_under(store)
    assert UNREADABLE not in words
    for record_id in told["forgotten"]:
        assert told["kept"][record_id].encode() not in left
        assert told["kept"][record_id] not in words


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
def test_an_operation_that_fails_is_an_error_and_loses_nothing(quick_folder, number):
    steps, place, failed_at = 1, 0, {}
    while place < steps:
        store = quick_folder / "store"
        shutil.rmtree(store, ignore_errors=True)
        count = 0

        def at(moment, step, path, fails=place + 1):
            nonlocal count
            if moment == "before":
                count += 1
                if count == fails:
                    failed_at[fails - 1] = disk.named("", step, path)  # noqa: B023  # used at once
                    raise OSError(number, os.strerror(number), str(path))

        disk = TellingDisk(store, at)
        told = {"kept": {}, "leaving": [], "forgotten": [], "errors": []}
        work(opened(store, disk), told)
        steps = max(steps, count) if place == 0 else steps
        assert len(told["kept"]) >= len(WORDS) - 1
        half = list((store / "tmp").glob("*")) if (store / "tmp").exists() else []
        assert half == [] or "unlink" in failed_at[place], half
        for line in told["errors"]:
            assert "\n" not in line
            assert "Traceback" not in line
        try:
            check(store, told)
        except Exception as error:
            pytest.fail(f"operation {place + 1} of {steps} failed ({told['errors']}): {error!r}")
        place += 1
    print(f"{steps} operations failed, one at a time: {len(set(failed_at.values()))} different ones")
    assert steps > 150


def run_under_strace(store, call, when, number):
    told = store.parent / "told.json"
    script = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); from crash.test_faults import opened, work; "
        "from pathlib import Path; told = {'kept': {}, 'leaving': [], 'forgotten': [], 'errors': []}; "
        "work(opened(Path(sys.argv[2])), told); Path(sys.argv[3]).write_text(json.dumps(told))"
    )
    inject = f"inject={call}:error={number}:when={when}"
    # The loader reads too; only the catalog is meant.
    only = ["-P", store / "index/catalog.sqlite3"] if call == "pread64" else []
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", *only, "-e", inject, sys.executable, "-c", script,
         Path(__file__).parents[1], store, told],
        check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(told.read_text())


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace: apt-get install strace")
@pytest.mark.parametrize("number", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "fsync", "ftruncate", "pread64"])
def test_a_system_call_that_fails_inside_sqlite_or_anywhere_loses_nothing(tmp_path, call, number):
    """The operating system itself refuses, once a run: SQLite's calls are not our own."""
    if (call, number) == ("pread64", "ENOSPC"):
        pytest.skip("reading needs no space")
    errors = []
    for when in (1, 3, 8, 21):
        store = tmp_path / f"{when}" / "store"
        store.parent.mkdir()
        told = run_under_strace(store, call, when, number)
        errors += told["errors"]
        check(store, told)
    if call != "ftruncate":  # which SQLite does without
        assert errors
