r"""The lines of an archive: what each holds, and what is refused.

An archive is UTF-8 text, a JSON object a line (https://jsonlines.org)::

    {"memo-archive": 1, "made": "2026-11-22T09:30:00.000000+00:00", "vectors": false}
    {"id": "01KA…", "created": "2026-11-22T09:29:58.123456+00:00", "kind": "note", "text": "…", "tags": ["churn"]}
    …
    {"memories": 120, "blake2b": "…"}

The records stand in the order of their ids, which is that of time. Of a record only the fields that are set are
written. A vector is ``{"start": 0, "end": 42, "values": "…"}``: the base64 of what the record holds, little-endian
float16; a thumbnail is the base64 of a PNG. The last line counts the records, and has the BLAKE2b-256 of all bytes
before it, so that an archive that was cut or changed is noticed. A format that grows has another number: an unknown
field is refused, not passed over.
"""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NoReturn

from ulid import ULID

from memo_jupyter.errors import BadArchive, CorruptRecord
from memo_jupyter.records import codec
from memo_jupyter.types import KINDS, Record, Vector

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = 1

_TEXTS = ("prompt", "response", "code", "outputs", "author", "thread")
_REQUIRED = ("id", "created", "kind", "text")
_FIELDS = frozenset((*_REQUIRED, *_TEXTS, "source", "tags", "thumbnails", "embedder", "vectors"))
_HEADER = frozenset(("memo-archive", "made", "vectors"))
_ID = re.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}")  # Crockford's base32 of 128 bits, as `records` writes it

_LONGEST_NUMBER = 640  # digits: more than a record can hold, and fewer than Python refuses to read
_SMALL = 1024 * 1024  # bytes: no line so short unfolds into much
_MOST_QUOTES = 1024 * 1024
_MOST_SIGNS = 8 * 1024 * 1024
_SHOWN = 40  # characters of a wrong value that an error shows


def header(*, vectors: bool) -> bytes:
    """Write the first line."""
    made = datetime.now(timezone.utc).isoformat(timespec="microseconds")
    return _line({"memo-archive": VERSION, "made": made, "vectors": vectors})


def read_header(line: bytes) -> bool:
    """Read the first line, and tell whether the archive holds vectors.

    Raises
    ------
    BadArchive
        Here and below, the message completes “line 3 …”.
    """
    try:
        plain = read_object(line)
    except BadArchive:
        plain = {}
    version = plain.get("memo-archive")
    if type(version) is not int or version < 1:
        raise BadArchive("is not the first line of a memo archive")
    if version > VERSION:
        raise BadArchive(
            f"says that a later memo wrote it (format {version}; this one reads {VERSION}). Update memo-jupyter"
        )
    if set(plain) != _HEADER or type(plain["made"]) is not str or type(plain["vectors"]) is not bool:
        raise BadArchive("is not the first line that memo writes")
    return plain["vectors"]


def footer(count: int, digest: bytes) -> bytes:
    """Write the last line."""
    return _line({"memories": count, "blake2b": digest.hex()})


def is_footer(plain: dict[str, Any]) -> bool:
    """Tell whether a line is the last one."""
    return "blake2b" in plain


def check_footer(plain: dict[str, Any], count: int, digest: bytes) -> None:
    """Compare the last line with what was read before it."""
    if plain != {"memories": count, "blake2b": digest.hex()} or type(plain["memories"]) is not int:
        raise BadArchive("does not fit what stands before it: the archive was changed or damaged")


def from_record(record: Record, *, vectors: bool) -> bytes:
    """Write a record's line.

    Raises
    ------
    BadArchive
        The record holds what no archive may. What can be written can be read.
    """
    plain: dict[str, Any] = {
        "id": record.id,
        "created": record.created.isoformat(timespec="microseconds"),
        "kind": record.kind,
        "text": record.text,
    }
    plain |= {name: value for name in _TEXTS if (value := getattr(record, name)) is not None}
    if record.source:
        # A store takes True for a whole number, which it is in Python; in JSON it is not.
        plain["source"] = {key: value if isinstance(value, str) else int(value) for key, value in record.source.items()}
    if record.tags:
        plain["tags"] = list(record.tags)
    if record.thumbnails:
        plain["thumbnails"] = [base64.b64encode(one).decode() for one in record.thumbnails]
    if vectors and record.embedder and record.vectors:
        plain["embedder"] = record.embedder
        plain["vectors"] = [
            {"start": one.start, "end": one.end, "values": base64.b64encode(one.values).decode()}
            for one in record.vectors
        ]
    line = _line(plain)
    to_record(read_object(line))
    return line


def to_record(plain: dict[str, Any]) -> Record:
    """Make the record of a line that `read_object` has read.

    Raises
    ------
    BadArchive
        A field is unknown, missing, or not what it has to be.
    """
    for name in plain:
        if name not in _FIELDS:
            raise BadArchive(f"has the unknown field {_shown(name)}")
    for name in _REQUIRED:
        if name not in plain:
            raise BadArchive(f"has no field {name!r}")
    text = _text(plain["text"], "text")
    if not text.strip():
        raise BadArchive("has an empty text")
    if not isinstance(plain["kind"], str) or plain["kind"] not in KINDS:
        raise BadArchive(f"has the unknown kind {_shown(plain['kind'])}")
    record = Record(
        _id(plain["id"]),
        _created(plain["created"]),
        plain["kind"],
        text,
        source=_source(plain.get("source", {})),
        tags=tuple(_text(tag, "tag") for tag in _list(plain.get("tags", []), "tags")),
        vectors=tuple(_vector(one, len(text)) for one in _list(plain.get("vectors", []), "vectors")),
        thumbnails=tuple(_base64(one, "thumbnail") for one in _list(plain.get("thumbnails", []), "thumbnails")),
        embedder=_text(plain["embedder"], "embedder") if "embedder" in plain else None,
        **{name: _text(plain[name], name) for name in _TEXTS if name in plain},
    )
    try:
        codec.encode(record)
    except CorruptRecord:
        raise BadArchive(
            f"is too large to keep, or holds too large a number (at most {codec.MAX_BYTES:,} bytes)"
        ) from None
    return record


def read_object(line: bytes) -> dict[str, Any]:
    """Read the JSON object of a line, strictly: no name twice, no fractions, no NaN, not too many parts.

    Raises
    ------
    BadArchive
    """
    _refuse_many_parts(line)
    try:
        plain = _DECODER.decode(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadArchive("is not UTF-8 text") from None
    except RecursionError:
        raise BadArchive("is nested too deeply") from None
    except ValueError:
        raise BadArchive("is not JSON, or was cut") from None
    if not isinstance(plain, dict):
        raise BadArchive("is not a JSON object")
    return plain


def _line(plain: dict[str, Any]) -> bytes:
    return json.dumps(plain, ensure_ascii=False).encode() + b"\n"


def _refuse_many_parts(line: bytes) -> None:
    # "[{},{},{},…": three bytes make an object of 64 and more. So what stands outside of strings, and the strings
    # themselves, are counted before a long line is parsed. (Outside of a string, a backslash is an error anyway.)
    if len(line) <= _SMALL:
        return
    bare = line.replace(b"\\\\", b"").replace(b'\\"', b"")
    if bare.count(b'"') > _MOST_QUOTES or len(re.sub(rb'"[^"]*"', b"", bare)) > _MOST_SIGNS:
        raise BadArchive("has too many parts")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) != len(pairs):
        raise BadArchive("has a field twice")
    return plain


def _whole_number(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise BadArchive("holds too large a number")
    return int(digits)


def _no_number(written: str) -> NoReturn:
    raise BadArchive(f"holds {_shown(written)}, which is not a whole number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_whole_number, parse_float=_no_number, parse_constant=_no_number
)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise BadArchive(f"has a {name} that is not a text")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise BadArchive(f"has half a character in its {name}") from None
    return value


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise BadArchive(f"has {name} that are not a list")
    return value


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise BadArchive(f"has the id {_shown(value)}, which memo never gave")
    try:
        _ = ULID.from_str(value).datetime  # its time names the record's folder
    except (ValueError, OverflowError, OSError):
        raise BadArchive(f"has the id {_shown(value)}, of a time that cannot be kept") from None
    return value


def _created(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.isoformat(timespec="microseconds") != value or moment.tzinfo != timezone.utc:
        raise BadArchive(f"was created {_shown(value)}, which is not a time like 2026-11-22T09:30:00.000000+00:00")
    if moment.year < 1970:  # noqa: PLR2004  # an id counts from there
        raise BadArchive(f"was created {_shown(value)}, which is before 1970")
    return moment


def _source(value: object) -> dict[str, str | int]:
    if not isinstance(value, dict) or not all(type(one) in (str, int) for one in value.values()):
        raise BadArchive("has a source that is not an object of texts and whole numbers")
    return {_text(key, "source"): one if type(one) is int else _text(one, "source") for key, one in value.items()}


def _vector(value: object, length: int) -> Vector:
    if not isinstance(value, dict) or set(value) != {"start", "end", "values"}:
        raise BadArchive("has a vector that is not one")
    start, end, values = value["start"], value["end"], value["values"]
    if type(start) is not int or type(end) is not int or not 0 <= start <= end <= length:
        raise BadArchive("has a vector of what is not in its text")
    return Vector(start, end, _base64(values, "vector"))


def _base64(value: object, name: str) -> bytes:
    try:
        return base64.b64decode(_text(value, name), validate=True)
    except ValueError:
        raise BadArchive(f"has a {name} that is not base64") from None


def _shown(value: object) -> str:
    if isinstance(value, str):
        return repr(value[:_SHOWN])
    return f"a {type(value).__name__}"  # what it holds may be long, or deep
