import io
import pickle
import pickletools
import struct
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memo_jupyter.errors import CorruptRecord, MemoError, StoreTooNew
from memo_jupyter.records import codec, instructions
from memo_jupyter.types import KINDS, Record, Vector

NOW = datetime(2026, 11, 22, 9, 30, 1, 123457, tzinfo=timezone.utc)
NOTE = Record("01M83MMMCZM20DJZWX1MKPHT8H", NOW, "note", "The robust scaler gave 0.71.", tags=("churn",))

texts = st.text(st.characters(exclude_categories=("Cs",)))
records = st.builds(
    Record,
    id=texts,
    created=st.datetimes(timezones=st.just(timezone.utc)),
    kind=st.sampled_from(KINDS),
    text=texts,
    prompt=st.none() | texts,
    response=st.none() | texts,
    code=st.none() | texts,
    outputs=st.none() | texts,
    author=st.none() | texts,
    thread=st.none() | texts,
    source=st.dictionaries(texts, texts | st.integers()),
    tags=st.lists(texts).map(tuple),
    vectors=st.lists(st.builds(Vector, st.integers(0), st.integers(0), st.binary())).map(tuple),
    embedder=st.none() | texts,
)


def wrapped(payload: bytes) -> bytes:
    """A file whose header is right, as an attacker would write it, around any payload."""
    header = codec._HEADER.pack(codec.MAGIC, codec.VERSION, 0, len(payload), b"")
    return header[: codec._HASHED] + codec._digest(header, payload) + payload


@given(records)
def test_what_was_encoded_is_decoded_unchanged(record):
    assert codec.decode(codec.encode(record)) == record


def test_a_moment_is_kept_to_the_microsecond():
    assert codec.decode(codec.encode(NOTE)).created - NOW == timedelta(0)


@pytest.mark.parametrize("position", range(0, 400, 7))
def test_a_flipped_bit_is_noticed(position):
    data = bytearray(codec.encode(NOTE))
    data[position % len(data)] ^= 1
    with pytest.raises(CorruptRecord):
        codec.decode(bytes(data))


@pytest.mark.parametrize("length", [0, 1, 6, 47, 48, 60, -1])
def test_a_truncated_file_is_noticed(length):
    with pytest.raises(CorruptRecord):
        codec.decode(codec.encode(NOTE)[:length])


@given(st.binary(max_size=300))
def test_any_payload_at_all_gives_a_record_or_one_clear_error(payload):
    try:
        codec.decode(wrapped(payload))
    except MemoError as error:
        assert "\n" not in str(error)


class Evil:
    ran: list[str] = []

    def __init__(self, module, name, argument):
        self.call = (module, name, argument)

    def __reduce__(self):
        import importlib

        module, name, argument = self.call
        return getattr(importlib.import_module(module), name), (argument,)


def test_a_pickle_that_calls_something_does_not(tmp_path):
    canary = tmp_path / "canary"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        payload = pickle.dumps(Evil("os", "mkdir", str(canary)), protocol)
        with pytest.raises(CorruptRecord, match=r"instruction|pickle"):
            codec.decode(wrapped(payload))
    assert not canary.exists()


CALLING = [op for op in pickletools.opcodes if op.name not in instructions.PLAIN]


@pytest.mark.parametrize("opcode", CALLING, ids=lambda op: op.name)
def test_no_instruction_beyond_plain_data_is_accepted(opcode):
    names = b"os\nsystem\n" if opcode.name in ("GLOBAL", "INST") else b"0\n" + bytes(8)
    payload = b"\x80\x05" + b"(" + opcode.code.encode("latin-1") + names + b"."
    with pytest.raises(CorruptRecord):
        codec.decode(wrapped(payload))


def test_the_unpickler_itself_resolves_no_name():
    unpickler = codec._PlainUnpickler(io.BytesIO(pickle.dumps(print)))
    with pytest.raises(pickle.UnpicklingError):
        unpickler.load()


def test_shared_objects_which_could_unfold_without_end_are_refused():
    bomb: list[object] = []
    for _ in range(40):
        bomb = [bomb, bomb]
    with pytest.raises(CorruptRecord, match="MEMOIZE"):
        codec.decode(wrapped(pickle.dumps(bomb, 5)))


def test_a_length_that_lies_takes_no_memory():
    header = codec._HEADER.pack(codec.MAGIC, codec.VERSION, 0, 1 << 60, b"")
    with pytest.raises(CorruptRecord, match="instead of"):
        codec.decode(header)
    with pytest.raises(CorruptRecord):
        codec.decode(wrapped(b"\x80\x05\x8d" + struct.pack("<Q", 1 << 60) + b"."))


@pytest.mark.parametrize(
    "plain",
    [[], {}, {"id": 1}, {**codec._to_plain(NOTE), "text": b"bytes"}, {**codec._to_plain(NOTE), "vectors": [(0, 1)]},
     {**codec._to_plain(NOTE), "created": True}, {**codec._to_plain(NOTE), "tags": [1]}],
)  # fmt: skip
def test_data_of_another_shape_is_refused(plain):
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, 5)
    pickler.fast = True
    pickler.dump(plain)
    with pytest.raises(CorruptRecord):
        codec.decode(wrapped(buffer.getvalue()))


def test_a_later_format_asks_for_an_update():
    later = codec._HEADER.pack(codec.MAGIC, 2, 0, 3, b"")
    data = later[: codec._HASHED] + codec._digest(later, b"new") + b"new"
    with pytest.raises(StoreTooNew, match="Update memo-jupyter"):
        codec.decode(data)


def test_a_memory_too_large_to_read_back_is_not_written(monkeypatch):
    monkeypatch.setattr(codec, "MAX_BYTES", 100)
    with pytest.raises(CorruptRecord, match="too large"):
        codec.encode(Record(NOTE.id, NOW, "note", "x" * 200))
