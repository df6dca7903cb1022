"""Archives for tests: what an honest writer never writes, and how what was read is looked at."""

import hashlib
import json

import pytest

from memo_jupyter.archive.reading import Archive, Limits
from memo_jupyter.archive.transfer import import_
from memo_jupyter.errors import BadArchive

HEADER = {"memo-archive": 1, "made": "2026-11-22T09:30:00.000000+00:00", "vectors": True}
PLAIN = {
    "id": "01KA0000000000000000000000",
    "created": "2026-11-22T09:30:00.123456+00:00",
    "kind": "note",
    "text": "hi",
}


def archive_of(*records, header=HEADER, footer=None):
    """Write an archive as a hostile writer would: everything in order, but for what the records say."""
    told = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in (header, *records)]
    data = b"".join(line + b"\n" for line in told)
    end = footer or {"memories": len(records), "blake2b": hashlib.blake2b(data, digest_size=32).hexdigest()}
    return data + json.dumps(end).encode() + b"\n"


def read(path, limits=None):
    with Archive(path, limits or Limits()) as archive:
        return list(archive.records())


def everything(memo):
    """Read every record of a store."""
    store = memo._open().store
    return {one: store.read(one) for day, _ in store.days() for one in store.ids(day)}


def counts(done):
    """How many memories an import added, and how many were there."""
    return done.added, done.known


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fill(memo):
    """Remember one of each kind of thing that an archive has to carry."""
    memo.remember_many(
        [
            "The robust scaler gave 0.71.",
            {"text": "ask\n\nanswer", "kind": "chat", "prompt": "ask", "response": "answer", "author": "qwen"},
            {"text": "x = 1", "kind": "cell", "code": "x = 1", "outputs": "1\x1b[0m\x00\u2028", "thread": "churn"},
            {"text": "naïve 日本 🙂", "source": {"path": "a.pdf", "page": 3, "last": True}, "tags": ["a", "b"]},
            {"text": "long ago", "created": "1970-01-01T00:00:00Z"},
        ],
        progress=False,
    )
    return memo


def refused(memo, path, why, limits=None):
    """Import a bad archive: one clear line, and nothing is changed."""
    before = files(memo._open().store.folder / "records")
    with pytest.raises(BadArchive, match=why) as caught:
        import_(memo._open(), path, limits=limits)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    assert files(memo._open().store.folder / "records") == before
    return str(caught.value)
