"""Any sequence of what users do, with three handles in two processes on one store, against a plain dict."""

import contextlib
import itertools
import random
import shutil
import subprocess
import time

import pytest
from dictionaries import words_under
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from other_process import OtherProcess

from memo_jupyter.errors import UnknownId
from memo_jupyter.testing import fake_memo

HANDLES = st.integers(0, 2)
THREADS = st.sampled_from(["north", "south", "east"])
WORDS = st.lists(st.sampled_from("kernel scaler frame merge column plot model error".split()), max_size=4)
TAILS = WORDS.map(" ".join) | st.text(max_size=20)
PICKS = st.integers(0, 10**6)

DAMAGES = [
    ("index", "deleted"),
    ("index/catalog.sqlite3", "deleted"),
    ("index/catalog.sqlite3", "garbage"),
    ("index/catalog.sqlite3", "empty"),
    ("index/CURRENT", "deleted"),
    ("index/CURRENT", "garbage"),
    ("index/generations/*", "deleted"),
    ("index/generations/*/dense.hnsw", "cut"),
    ("index/generations/*/dense.hnsw", "flipped"),
    ("index/generations/*/manifest.json", "garbage"),
    ("index/words", "deleted"),
    ("index/words/*", "deleted"),
    ("index/words/*/*", "deleted"),
    ("index/words/*/*.[a-z]*", "cut"),
    ("index/words/*/*.[a-z]*", "flipped"),
    ("index/words/*/manifest.json", "garbage"),
]

PUBLISH_AFTER = 6
PATIENCE = 20.0  # seconds until an index that was damaged has been mended in the background


class Users(RuleBasedStateMachine):
    """Three handles on one store: two in this process, which share nothing, and one in another."""

    def __init__(self, folder, other):
        super().__init__()
        self.folder = folder
        self.store = folder / "store"
        self.chance = random.Random(1)
        self.count = itertools.count()
        self.expected = {}  # id: (text, thread, kind)
        self.forgotten = {}
        self.archives = []  # (file, what was in it)
        self.was_damaged = False
        here = [fake_memo(self.store, publish_after=PUBLISH_AFTER) for _ in range(2)]
        other.open(str(self.store), publish_after=PUBLISH_AFTER)
        self.handles = [*here, other]

    # What users do ----------------------------------------------------------------------------------------------------

    @rule(handle=HANDLES, tail=TAILS, thread=THREADS, kind=st.sampled_from(["note", "document"]))
    def remember(self, handle, tail, thread, kind):
        self.keep(self.handles[handle].remember(self.text(tail), thread=thread, kind=kind))

    @rule(handle=HANDLES, tails=st.lists(TAILS, min_size=1, max_size=5), thread=THREADS)
    def remember_many(self, handle, tails, thread):
        items = [{"text": self.text(tail), "thread": thread} for tail in tails]
        records = self.handles[handle].remember_many(items, progress=False)
        assert [record.text for record in records] == [item["text"] for item in items]
        for record in records:
            self.keep(record)

    @precondition(lambda self: self.expected)
    @rule(handle=HANDLES, pick=PICKS, ending=st.booleans())
    def forget_one(self, handle, pick, ending):
        record_id = self.picked(pick)
        assert self.handles[handle].forget(record_id[-14:] if ending else record_id) == [record_id]
        self.forgotten[record_id] = self.expected.pop(record_id)

    @rule(handle=HANDLES, thread=THREADS)
    def forget_a_thread(self, handle, thread):
        ids = {record_id for record_id, (_, its_thread, _) in self.expected.items() if its_thread == thread}
        assert set(self.handles[handle].forget(thread=thread)) == ids
        for record_id in ids:
            self.forgotten[record_id] = self.expected.pop(record_id)

    @rule(handle=HANDLES)
    def reopen(self, handle):
        self.handles[handle].close()

    @rule(handle=HANDLES)
    def rebuild(self, handle):
        assert self.handles[handle].rebuild() == len(self.expected)

    @rule(handle=HANDLES)
    def verify(self, handle):
        self.mended(self.handles[handle])

    @rule(handle=HANDLES, vectors=st.booleans(), packed=st.booleans())
    def export(self, handle, vectors, packed):
        file = self.folder / f"{next(self.count)}.jsonl{'.gz' if packed else ''}"
        done = self.handles[handle].export(str(file), vectors=vectors)
        assert (done.memories, done.problems) == (len(self.expected), ())
        self.archives.append((file, dict(self.expected)))

    @precondition(lambda self: self.archives)
    @rule(handle=HANDLES, pick=PICKS)
    def import_what_was_exported(self, handle, pick):
        file, content = self.archives[pick % len(self.archives)]
        done = self.handles[handle].import_(str(file))
        new = set(content) - set(self.expected)
        assert (done.added, done.known) == (len(new), len(content) - len(new))
        self.expected |= content
        for record_id in new:
            del self.forgotten[record_id]

    @precondition(lambda self: self.archives)
    @rule(pick=PICKS)
    def import_into_another_store(self, pick):
        file, content = self.archives[pick % len(self.archives)]
        with fake_memo(self.folder / f"another{next(self.count)}") as another:
            assert another.import_(file).added == len(content)
            self.sees(another, content)

    @rule(damage=st.sampled_from(DAMAGES), pick=PICKS)
    def damage(self, damage, pick):
        pattern, how = damage
        targets = sorted(self.store.glob(pattern))
        if not targets:
            return
        self.was_damaged = True
        target = targets[pick % len(targets)]
        if target.name == "catalog.sqlite3":  # SQLite defends no file that others write while it is open
            for handle in self.handles:
                handle.close()
        with contextlib.suppress(FileNotFoundError):  # the background may just have replaced it
            if how != "deleted":
                self.overwrite(target, damaged(target.read_bytes(), how, pick))
            elif target.is_dir():
                delete(target)
            else:
                target.unlink()

    # What has to be so after each -------------------------------------------------------------------------------------

    @invariant()
    def every_handle_sees_what_was_remembered_and_nothing_that_was_forgotten(self):
        for handle in self.handles:
            self.sees(handle, self.expected, thorough=False)
            for record_id in self.some(self.forgotten):
                text, _, _ = self.forgotten[record_id]
                assert record_id not in [hit.record.id for hit in handle.recall(text, k=10)]
                with pytest.raises(UnknownId):
                    handle.get(record_id)
            told = handle.take_notices()
            if not self.was_damaged:
                assert not [notice for notice in told if "damaged" in notice], told

    def teardown(self):
        self.mended(self.handles[0])
        for handle in self.handles:
            self.sees(handle, self.expected)
            handle.close()
        words = words_under(self.store)
        assert not [text for text, _, _ in self.forgotten.values() if text.split()[0] in words]
        gone = [text.split()[0].encode() for text, _, _ in self.forgotten.values()]
        for path in self.store.rglob("*"):
            if path.is_file():
                data = path.read_bytes().lower()
                assert not [token for token in gone if token in data], path
        shutil.rmtree(self.folder)

    def overwrite(self, target, data):
        """Damage a file in place, from another process: one that closes SQLite's file loses its own locks on it.

        What tantivy has mapped into memory is replaced: no process outlives that such a file is cut under it.
        """
        (self.folder / "damage").write_bytes(data)
        command = "mv" if "words" in target.parts else "cp"
        subprocess.run([command, self.folder / "damage", target], check=False, stderr=subprocess.DEVNULL)

    # Helpers ----------------------------------------------------------------------------------------------------------

    def text(self, tail):
        return f"tok{next(self.count):05d}en {tail}".strip()

    def keep(self, record):
        assert record.id not in self.expected
        self.expected[record.id] = record.text, record.thread, record.kind

    def picked(self, pick):
        return sorted(self.expected)[pick % len(self.expected)]

    def some(self, records):
        """Give the newest, and one by chance."""
        return {*list(records)[-1:], *self.chance.sample(sorted(records), min(1, len(records)))}

    def sees(self, handle, expected, *, thorough=True):
        assert {row.id: (row.thread, row.kind) for row in handle.recent(1000)} == {
            record_id: (thread, kind) for record_id, (_, thread, kind) in expected.items()
        }
        for record_id in expected if thorough else self.some(expected):
            text, thread, kind = expected[record_id]
            record = handle.get(record_id)
            assert (record.text, record.thread, record.kind) == (text, thread, kind)
            assert record_id in [hit.record.id for hit in handle.recall(text, k=3)], text

    def mended(self, handle):
        """Verify: all is well, at once or, where something was damaged, as soon as the background has mended it."""
        until = time.monotonic() + (PATIENCE if self.was_damaged else 0)
        while amiss := handle.verify():
            assert time.monotonic() < until, amiss
            time.sleep(0.05)


def damaged(data, how, pick):
    if how == "garbage" or not data:  # there is nothing to flip or to cut
        return b"garbage" * 1000
    place = pick % len(data)
    if how == "flipped":
        return data[:place] + bytes([data[place] ^ 1 << pick % 8]) + data[place + 1 :]
    return {"empty": b"", "cut": data[:place]}[how]


def delete(folder):
    while folder.exists():  # the background may be writing into it
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("examples", "steps"), [(60, 40), pytest.param(300, 60, marks=pytest.mark.long)], ids=["some", "many"]
)
def test_whatever_users_do_every_process_sees_what_was_remembered_and_nothing_else(quick_folder, examples, steps):
    numbers = itertools.count()
    with OtherProcess(quick_folder / "none") as other:
        run_state_machine_as_test(
            lambda: Users(quick_folder / f"{next(numbers)}", other),
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],  # a sequence that fails is short enough to read, and takes minutes to shorten
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
