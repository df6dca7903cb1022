r"""A record as bytes, and back, without running code.

The file, all numbers little-endian::

    offset  size  what
    0       6     magic, \x89memo\n
    6       1     format version, 1
    7       1     flags, 0
    8       8     length of the payload
    16      32    BLAKE2b-256 of bytes 0 to 15 and the payload
    48      …     payload: a pickle, protocol 5, of one dict of plain data

A pickle is a program for a small machine, and some of its instructions import and call things. Four fences keep that
from ever happening, each sufficient on its own: the digest (a damaged file is not read at all), the size cap, a scan of
the instructions against a list of those that only build plain data, and an unpickler that resolves no name. The
instructions that store and fetch shared objects are not on the list either, so no small file can unfold into a
large object. (Instructions: https://github.com/python/cpython/blob/main/Lib/pickletools.py.)
"""

from __future__ import annotations

import hashlib
import io
import pickle
import pickletools
import struct
from datetime import datetime, timedelta, timezone
from typing import Any, NoReturn

from memo_jupyter.errors import CorruptRecord, StoreTooNew
from memo_jupyter.types import Record, Vector

MAGIC = b"\x89memo\n"
VERSION = 1
MAX_BYTES = 64 * 1024 * 1024
"""The largest payload that is written or read."""

_HEADER = struct.Struct("<6sBBQ32s")
_HASHED = 16  # the header's bytes before the digest
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_PLAIN = frozenset(
    "PROTO FRAME STOP MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINFLOAT "
    "SHORT_BINUNICODE BINUNICODE SHORT_BINBYTES BINBYTES EMPTY_LIST APPEND APPENDS "
    "EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_DICT SETITEM SETITEMS".split()
)

_OPTIONAL_TEXTS = ("prompt", "response", "code", "outputs", "author", "thread", "embedder")


def encode(record: Record) -> bytes:
    """Turn a record into the bytes of its file.

    Raises
    ------
    CorruptRecord
        The record is larger than `MAX_BYTES`, or holds something that is not plain data.
    """
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=5)
    pickler.fast = True  # no shared objects: see the module's words
    pickler.dump(_to_plain(record))
    payload = buffer.getvalue()
    if len(payload) > MAX_BYTES:
        raise CorruptRecord(f"A memory of {len(payload):,} bytes is too large to keep (at most {MAX_BYTES:,}).")
    _check_instructions(payload)
    header = _HEADER.pack(MAGIC, VERSION, 0, len(payload), b"")
    return header[:_HASHED] + _digest(header, payload) + payload


def decode(data: bytes) -> Record:
    """Read a record from the bytes of its file.

    Raises
    ------
    CorruptRecord
        The bytes are not what `encode` wrote; the message says in which way.
    StoreTooNew
        They were written by a later format.
    """
    if len(data) < _HEADER.size or not data.startswith(MAGIC):
        raise CorruptRecord("it is not a record")
    _, version, flags, length, digest = _HEADER.unpack_from(data)
    if version != VERSION or flags:
        raise StoreTooNew(f"The record has format {version}; this memo reads {VERSION}. Update memo-jupyter.")
    payload = data[_HEADER.size :]
    if length != len(payload) or length > MAX_BYTES:
        raise CorruptRecord(f"it holds {len(payload):,} bytes instead of {length:,}")
    if digest != _digest(data, payload):
        raise CorruptRecord("its checksum is wrong")
    _check_instructions(payload)
    try:
        plain = _PlainUnpickler(io.BytesIO(payload)).load()
        return _from_plain(plain)
    except (pickle.PickleError, ValueError, TypeError, KeyError, EOFError, OverflowError, IndexError) as error:
        raise CorruptRecord(f"its payload cannot be read ({error})") from error


class _PlainUnpickler(pickle.Unpickler):
    """An unpickler that knows no names."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"it names {module}.{name}")

    def persistent_load(self, pid: object) -> NoReturn:
        raise pickle.UnpicklingError(f"it refers to {pid!r}")


def _digest(header: bytes, payload: bytes) -> bytes:
    return hashlib.blake2b(header[:_HASHED] + payload, digest_size=32).digest()


def _check_instructions(payload: bytes) -> None:
    try:
        instructions = [(opcode.name, position) for opcode, _, position in pickletools.genops(payload)]
    except ValueError as error:
        raise CorruptRecord(f"its pickle is damaged ({error})") from error
    for name, _ in instructions:
        if name not in _PLAIN:
            raise CorruptRecord(f"its pickle has the instruction {name}")
    if instructions[-1][1] != len(payload) - 1:
        raise CorruptRecord("its pickle ends before the file does")


def _to_plain(record: Record) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": record.id,
        # Whole microseconds since 1970, UTC: exact, where a float of seconds is not.
        "created": (record.created - _EPOCH) // timedelta(microseconds=1),
        "kind": record.kind,
        "text": record.text,
        "source": dict(record.source),
        "tags": list(record.tags),
        "vectors": [(vector.start, vector.end, vector.values) for vector in record.vectors],
    }
    plain |= {name: getattr(record, name) for name in _OPTIONAL_TEXTS}
    return plain


def _from_plain(plain: object) -> Record:
    # The digest vouches for an honest writer only; a crafted file can have any shape, so every field is checked.
    if not isinstance(plain, dict):
        raise TypeError("it is not a dict")
    vectors = tuple(
        Vector(_typed(start, int), _typed(end, int), _typed(values, bytes))
        for start, end, values in _typed(plain["vectors"], list)
    )
    source = {
        _typed(key, str): value if isinstance(value, int) else _typed(value, str)
        for key, value in _typed(plain["source"], dict).items()
    }
    texts = {name: None if plain[name] is None else _typed(plain[name], str) for name in _OPTIONAL_TEXTS}
    return Record(
        id=_typed(plain["id"], str),
        created=_EPOCH + timedelta(microseconds=_typed(plain["created"], int)),
        kind=_typed(plain["kind"], str),
        text=_typed(plain["text"], str),
        source=source,
        tags=tuple(_typed(tag, str) for tag in _typed(plain["tags"], list)),
        vectors=vectors,
        **texts,
    )


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{type(value).__name__} instead of {kind.__name__}")
    return value
