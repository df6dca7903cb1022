"""Reading an archive that anybody may have made: in bounded memory and time, and without waiting for anything."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import stat
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memo_jupyter.archive.lines import check_footer, is_footer, read_header, read_object, to_record
from memo_jupyter.errors import BadArchive
from memo_jupyter.records import codec

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

    from memo_jupyter.types import Record

_GZIP = b"\x1f\x8b"
_LONGEST_HEADER = 4096
_PIECE = 1024 * 1024  # bytes that are unpacked at a time


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may ask of whoever reads it.

    Attributes
    ----------
    line : int
        The longest line, in bytes.
    unpacked : int
        What any packed archive may unpack to, in bytes.
    ratio : int
        How many times its own size a packed archive may unpack to beyond that. (Plain words come to 3 to 10; a bomb of
        gzip's to 1,030.)
    """

    line: int = 2 * codec.MAX_BYTES
    unpacked: int = 64 * 1024 * 1024
    ratio: int = 200

    def is_bomb(self, unpacked: int, packed: int) -> bool:
        """Tell whether so few bytes may not become so many."""
        return unpacked > max(self.unpacked, self.ratio * packed)


def opened(path: Path) -> tuple[io.BufferedReader, int]:
    """Open a file that may be anything; give it, and its size in bytes.

    Raises
    ------
    BadArchive
        It cannot be read, or is no file.
    """
    try:
        # O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags)
    except OSError as error:
        raise BadArchive(f"{path} cannot be read ({error.strerror}).") from error
    except ValueError:  # NUL
        raise BadArchive(f"{str(path)!r} is not a file's name.") from None
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        raise BadArchive(f"{path} is not a file.")
    return os.fdopen(descriptor, "rb"), about.st_size


class Archive:
    """An archive that is open for reading.

    Parameters
    ----------
    path : Path
    limits : Limits

    Attributes
    ----------
    size : int
        Of the file, in bytes.

    Raises
    ------
    BadArchive
        Here and in every method: it cannot be read, or is not what memo wrote.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._raw, self.size = opened(path)

    @property
    def position(self) -> int:
        """How much of the file has been read, in bytes."""
        return min(self._raw.tell(), self.size)

    def records(self) -> Iterator[Record]:
        """Read the records from the beginning, and at the end see whether that was all, and unchanged.

        So only whoever has come to the end knows that the archive is whole.
        """
        digest = hashlib.blake2b(digest_size=32)
        with_vectors = False
        count, last = 0, ""
        lines = self._lines()
        for number, line in lines:
            record = None
            with self._told(number):
                if number == 1:
                    with_vectors = read_header(line)
                else:
                    plain = read_object(line)
                    if is_footer(plain):
                        check_footer(plain, count, digest.digest())
                        break
                    record = to_record(plain)
                    if record.id <= last:  # so a set of all ids is not needed to see that one comes twice
                        raise BadArchive(f"has the id {record.id} again, or out of order")
                    if record.vectors and not with_vectors:
                        raise BadArchive("has vectors, which the first line denies")
            digest.update(line)
            if record is not None:
                count, last = count + 1, record.id
                yield record
        else:
            raise self._bad("its last line is missing: it was cut" if self.size else "it is empty")
        for number, _ in lines:
            raise self._bad(f"line {number:,} stands after its end")

    def check_header(self) -> None:
        """See whether this is a memo archive at all."""
        for number, line in self._lines():
            with self._told(number):
                read_header(line)
            return
        raise self._bad("it is empty")

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        try:
            self._raw.seek(0)
            packed = self._raw.read(len(_GZIP)) == _GZIP
            self._raw.seek(0)
            opened: AbstractContextManager[io.BufferedIOBase] = contextlib.nullcontext(self._raw)
            with gzip.GzipFile(fileobj=self._raw) if packed else opened as stream:
                number, read = 0, 0
                while True:
                    number += 1
                    line = self._line(stream, number, read if packed else None)
                    if not line:
                        return
                    read += len(line)
                    yield number, line
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise self._bad("it was cut or damaged, and cannot be unpacked") from error
        except OSError as error:
            raise self._bad(f"it cannot be read ({error.strerror})") from error

    def _line(self, stream: io.BufferedIOBase, number: int, unpacked: int | None) -> bytes:
        longest = self._limits.line if number > 1 else _LONGEST_HEADER
        pieces: list[bytes] = []
        length = 0
        while length <= longest:
            piece = stream.readline(min(_PIECE, longest + 1 - length))
            pieces.append(piece)
            length += len(piece)
            if unpacked is not None and self._limits.is_bomb(unpacked + length, self.size):
                raise self._bad(
                    f"it unpacks to more than {self._limits.ratio} times its size. If you trust it, unpack it "
                    "yourself with gunzip, and import what comes out"
                )
            if not piece or piece.endswith(b"\n"):
                return b"".join(pieces)
        with self._told(number):
            raise BadArchive(
                "is not the first line of a memo archive" if number == 1 else f"is longer than {longest:,} bytes"
            )

    @contextlib.contextmanager
    def _told(self, number: int) -> Iterator[None]:
        try:
            yield
        except BadArchive as error:
            raise self._bad(f"line {number:,} {error}") from error

    def _bad(self, why: str) -> BadArchive:
        return BadArchive(f"{self._path} is not an archive that can be imported: {why}.")
