r"""A record as bytes, and back, without running code.

The file, all numbers little-endian::

    offset  size  what
    0       6     magic, \x89memo\n
    6       1     format version, 1
    7       1     flags, 0
    8       8     length of the payload
    16      32    BLAKE2b-256 of bytes 0 to 15 and the payload
    48      …     payload: a pickle, protocol 5, of one dict of plain data

Every later format keeps this header, so that damage can be told from a later format.

A pickle is a program for a small machine, and some of its instructions import and call things. Four fences keep that
from ever happening, each sufficient on its own: the digest (a damaged file is not read at all), the size cap, a look at
every instruction before any is run (`instructions`), and an unpickler that resolves no name.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import struct
from datetime import datetime, timedelta, timezone
from typing import Any, NoReturn

from memo_jupyter.errors import CorruptRecord, StoreTooNew
from memo_jupyter.records import instructions
from memo_jupyter.types import Record, Vector

MAGIC = b"\x89memo\n"
VERSION = 1
MAX_BYTES = 64 * 1024 * 1024
"""The largest payload that is written or read."""

_HEADER = struct.Struct("<6sBBQ32s")
MAX_FILE = _HEADER.size + MAX_BYTES
_HASHED = 16  # the header's bytes before the digest
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_UNREADABLE = (pickle.PickleError, ValueError, TypeError, KeyError, EOFError, OverflowError, IndexError, AttributeError)
"""What the unpickler and the checks of the fields say of a file that `encode` did not write."""

_OPTIONAL_TEXTS = ("prompt", "response", "code", "outputs", "author", "thread", "embedder")


def encode(record: Record) -> bytes:
    """Turn a record into the bytes of its file.

    Raises
    ------
    CorruptRecord
        The record is larger than `MAX_BYTES`, or holds something that is not plain data.
    """
    plain = _to_plain(record)
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=5)
    pickler.fast = True  # no shared objects, which are not read back
    pickler.dump(plain)
    payload = buffer.getvalue()
    if len(payload) > MAX_BYTES:
        raise CorruptRecord(f"A memory of {len(payload):,} bytes is too large to keep (at most {MAX_BYTES:,}).")
    # What is written can be read back, or it is not written.
    try:
        instructions.check(payload)
        _from_plain(plain)
    except (CorruptRecord, *_UNREADABLE) as error:
        raise CorruptRecord(f"This memory cannot be kept: it is not plain data ({error}).") from error
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
    if length != len(data) - _HEADER.size:
        raise CorruptRecord(f"it holds {len(data) - _HEADER.size:,} bytes instead of {length:,}")
    if digest != _digest(data, memoryview(data)[_HEADER.size :]):
        raise CorruptRecord("its checksum is wrong")
    # Only now, because in a damaged file the version may be what is damaged.
    if (version, flags) != (VERSION, 0):
        raise StoreTooNew(f"A record has format {version}.{flags}; this memo reads {VERSION}.0. Update memo-jupyter.")
    if length > MAX_BYTES:
        raise CorruptRecord(f"it holds {length:,} bytes, and may hold {MAX_BYTES:,}")
    instructions.check(data, _HEADER.size)
    file = io.BytesIO(data)
    file.seek(_HEADER.size)
    try:
        return _from_plain(_PlainUnpickler(file).load())
    except _UNREADABLE as error:
        raise CorruptRecord(f"its payload cannot be read ({error})") from error


class _PlainUnpickler(pickle.Unpickler):
    """An unpickler that knows no names."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"it names {module}.{name}")

    def persistent_load(self, pid: object) -> NoReturn:
        raise pickle.UnpicklingError(f"it refers to {pid!r}")


def _digest(header: bytes, payload: bytes | memoryview) -> bytes:
    digest = hashlib.blake2b(header[:_HASHED], digest_size=32)
    digest.update(payload)
    return digest.digest()


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
    if record.thumbnails:
        plain["thumbnails"] = list(record.thumbnails)
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
        thumbnails=tuple(_typed(one, bytes) for one in _typed(plain.get("thumbnails", []), list)),
        **texts,
    )


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{type(value).__name__} instead of {kind.__name__}")
    if isinstance(value, str) and not value.isascii():
        value.encode()  # half a character, which pickle lets through, can neither be indexed nor shown
    return value
