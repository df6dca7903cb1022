"""An archive holds all there is, and is read by people."""

import base64
import dataclasses
import gzip
import io
import json
import stat
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from archives import archive_of, counts, everything, files, fill, read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memo_jupyter.archive import lines
from memo_jupyter.archive.reading import Limits
from memo_jupyter.archive.transfer import export
from memo_jupyter.archive.writing import Writer
from memo_jupyter.errors import BadArchive, BadInput, MemoError
from memo_jupyter.records.store import new_id
from memo_jupyter.testing import HashEmbedder, fake_memo
from memo_jupyter.types import KINDS, Record, Vector

NOW = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=timezone.utc)


def note(text="hello", number=0, **fields):
    moment = NOW + timedelta(seconds=number)
    return Record(new_id(moment), moment, "note", text, **fields)


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def full(memo):
    return fill(memo)


@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.gz"])
@pytest.mark.parametrize("vectors", [True, False])
def test_what_is_exported_is_imported_the_same(full, tmp_path, name, vectors):
    done = full.export(tmp_path / name, vectors=vectors)
    assert (done.memories, done.problems) == (5, ())
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    with fake_memo(tmp_path / "other") as other:
        assert counts(other.import_(tmp_path / name)) == (5, 0)
        if not vectors:
            other._open().indexer.catch_up()
        assert everything(other) == everything(full)
        assert other.recall("robust scaler", k=1)[0].excerpt == "The robust scaler gave 0.71."
        assert other.verify() == []
        assert counts(other.import_(tmp_path / name)) == (0, 5)


def test_an_archive_is_lines_that_a_person_reads_oldest_first(full, tmp_path):
    full.export(tmp_path / "all.jsonl")
    first, *told, last = map(json.loads, (tmp_path / "all.jsonl").read_text("utf-8").split("\n")[:-1])
    assert first["memo-archive"] == 1
    assert first["vectors"] is False
    assert last["memories"] == 5
    assert told[0]["text"] == "long ago"
    assert told[0]["created"] == "1970-01-01T00:00:00.000000+00:00"
    assert [one["id"] for one in told] == sorted(everything(full))
    assert set(told[0]) == {"id", "created", "kind", "text"}
    assert "naïve 日本 🙂" in (tmp_path / "all.jsonl").read_text("utf-8")


def test_an_empty_store_is_an_archive_too(memo, tmp_path):
    assert memo.export(tmp_path / "none.jsonl").memories == 0
    assert counts(memo.import_(tmp_path / "none.jsonl")) == (0, 0)


def test_what_is_here_already_stays_as_it_is(full, tmp_path):
    full.export(tmp_path / "all.jsonl")
    before = files(tmp_path / "store/records")
    gone = full.recent(1)[0].id
    full.forget(gone)
    full.remember("newer than the archive")
    assert counts(full.import_(tmp_path / "all.jsonl")) == (1, 4)
    full._open().indexer.catch_up()
    after = files(tmp_path / "store/records")
    assert {path: after[path] for path in before if gone not in path.name} == {
        path: data for path, data in before.items() if gone not in path.name
    }


def test_vectors_of_another_model_are_made_anew(full, tmp_path):
    full.export(tmp_path / "all.jsonl", vectors=True)
    with fake_memo(tmp_path / "other", embedder=HashEmbedder(32)) as other:
        other.import_(tmp_path / "all.jsonl")
        other._open().indexer.catch_up()
        assert {record.embedder for record in everything(other).values()} == {"hash-32"}
        assert other.stats()["waiting"] == 0


BAD_VECTORS = {
    "of a wrong place": lambda one: dataclasses.replace(one, end=3),
    "too short": lambda one: dataclasses.replace(one, values=one.values[:-2]),
    "not whole": lambda one: dataclasses.replace(one, values=one.values[:-1]),
    "too long to be a unit": lambda one: dataclasses.replace(one, values=np.full(64, 60000, "<f2").tobytes()),
    "not a number": lambda one: dataclasses.replace(one, values=np.full(64, np.nan, "<f2").tobytes()),
    "infinite": lambda one: dataclasses.replace(one, values=np.full(64, np.inf, "<f2").tobytes()),
    "nothing": lambda one: dataclasses.replace(one, values=b""),
}


@pytest.mark.parametrize("bad", BAD_VECTORS.values(), ids=BAD_VECTORS)
def test_vectors_that_cannot_be_used_are_made_anew(tmp_path, bad):
    text = "a fact on scalers"
    with fake_memo(tmp_path / "one") as one:
        (good,) = one.remember_many([text], progress=False)
    record = dataclasses.replace(good, vectors=(bad(good.vectors[0]),))
    (tmp_path / "x").write_bytes(archive_of(lines.from_record(record, vectors=True).rstrip()))
    with fake_memo(tmp_path / "other") as other:
        assert other.import_(tmp_path / "x").added == 1
        other._open().indexer.catch_up()
        assert everything(other) == {good.id: good}
        assert other.recall("scalers")[0].record == good


def test_a_memory_that_cannot_be_read_is_told_and_the_rest_is_exported(full, tmp_path):
    bad = full.recent(1)[0].id
    full._open().store.path(bad).write_bytes(b"garbage")
    done = full.export(tmp_path / "all.jsonl")
    assert done.memories == 4
    assert [bad in problem for problem in done.problems] == [True]
    assert len(read(tmp_path / "all.jsonl")) == 4


def test_a_memory_that_no_archive_may_hold_is_told(full, tmp_path):
    full._open().store.write(odd := dataclasses.replace(note("x"), kind="odd"))
    done = full.export(tmp_path / "all.jsonl")
    assert done.memories == 5
    assert done.problems == (f"The memory {odd.id} was left out: its line has the unknown kind 'odd'.",)
    small = export(full._open(), tmp_path / "all.jsonl", limits=Limits(line=120))
    assert small.memories + len(small.problems) == 6
    assert "longer than 120 bytes" in small.problems[-1]


def test_a_memory_that_is_forgotten_meanwhile_is_not_in_it(full, tmp_path):
    last = full.recent(1)[0].id
    done = full.export(tmp_path / "all.jsonl", progress=lambda *_: full.forget(last) if full.recent(9)[4:] else None)
    assert (done.memories, done.problems) == (4, ())


def test_files_that_are_no_records_are_passed_over(full, tmp_path):
    store = full._open().store
    one = full.recent(1)[0].id
    (store.path(one).parent / "notes.memo").write_bytes(b"mine")
    store.disk.make_folder(store.folder / "records/2001/01/01")
    (store.folder / "records/2001/01/01" / f"{one}.memo").write_bytes(store.path(one).read_bytes())
    assert dataclasses.astuple(full.export(tmp_path / "all.jsonl")) == (5, ())
    assert len(read(tmp_path / "all.jsonl")) == 5


def test_progress_rises_to_the_whole(full, tmp_path):
    told = []
    full.export(tmp_path / "all.jsonl", progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 5), (5, 5)]
    told.clear()
    full.import_(tmp_path / "all.jsonl", progress=lambda done, total: told.append(done / total))
    assert told == sorted(told)
    assert told[-1] == 1


FIRST = datetime(1970, 1, 1, tzinfo=timezone.utc)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=timezone.utc)

texts = st.text(max_size=30)
moments = st.timedeltas(timedelta(0), LAST - FIRST).map(lambda passed: FIRST + passed)


@st.composite
def records(draw):
    created = draw(moments)
    text = draw(texts.filter(str.strip))
    start = draw(st.integers(0, len(text)))
    vector = st.builds(Vector, st.just(start), st.integers(start, len(text)), st.binary(max_size=40))
    vectors = tuple(draw(st.lists(vector, max_size=3)))
    optional = {name: draw(st.none() | texts) for name in ("prompt", "response", "code", "outputs", "author", "thread")}
    return Record(
        new_id(created),
        created,
        draw(st.sampled_from(KINDS)),
        text,
        source=draw(st.dictionaries(texts, texts | st.integers(-(2**200), 2**200), max_size=3)),
        tags=tuple(draw(st.lists(texts, max_size=3))),
        vectors=vectors,
        embedder=draw(texts.filter(bool)) if vectors else None,
        **optional,
    )


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(record=records())
def test_every_record_is_read_back_as_it_was(record):
    line = lines.from_record(record, vectors=True)
    assert line.count(b"\n") == 1
    assert lines.to_record(lines.read_object(line)) == record
    bare = lines.to_record(lines.read_object(lines.from_record(record, vectors=False)))
    assert bare == dataclasses.replace(record, vectors=(), embedder=None)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=st.lists(records(), max_size=5, unique_by=lambda one: one.id), packed=st.booleans())
def test_every_archive_is_read_back_as_it_was(tmp_path, kept, packed):
    kept.sort(key=lambda one: one.id)
    buffer = io.BytesIO()
    writer = Writer(buffer, Limits(), vectors=True)
    for record in kept:
        writer.add(record)
    writer.end()
    data = buffer.getvalue()
    (tmp_path / "x").write_bytes(gzip.compress(data) if packed else data)
    assert read(tmp_path / "x") == kept


class Quiet:
    prefix = "%memo"

    def progress(self, step, fraction):
        assert 0 <= fraction <= 1


def run(memo, line):
    from memo_jupyter.arguments import read_line
    from memo_jupyter.command import Call
    from memo_jupyter.commands import find

    word, _, rest = line.partition(" ")
    command = find(word, "%memo")
    return command.run(memo, Call(*read_line(rest, command.flags), Quiet())).text(200).strip()


def test_the_commands_tell_what_was_done(full, tmp_path):
    assert run(full, f"export {tmp_path}/a b.jsonl") == f"Exported 5 memories to {tmp_path}/a b.jsonl."
    full.forget(full.recent(1)[0].id)
    assert (
        run(full, f"import {tmp_path}/a b.jsonl")
        == "Recognised an archive of memo. Added 1 memory; 4 were there already."
    )
    full._open().indexer.catch_up()
    assert run(full, f"export --vectors '{tmp_path}/v.gz'").startswith("Exported 5 memories")
    assert all(record.vectors for record in read(tmp_path / "v.gz"))
    for word, name in (("export", "memories.jsonl"), ("import", "conversations.zip")):
        with pytest.raises(BadInput, match=f"Which file.*%memo {word} {name}"):
            run(full, word)


def test_every_error_of_an_archive_is_one_that_the_user_can_catch():
    assert issubclass(BadArchive, BadInput)
    assert issubclass(BadArchive, MemoError)


def test_the_vectors_in_an_archive_are_the_stored_bytes(full, tmp_path):
    full.export(tmp_path / "x", vectors=True)
    told = json.loads((tmp_path / "x").read_text("utf-8").split("\n")[1])
    record = everything(full)[told["id"]]
    assert told["embedder"] == record.embedder
    assert base64.b64decode(told["vectors"][0]["values"]) == record.vectors[0].values
