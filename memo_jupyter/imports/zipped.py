"""The files in an export that is packed as a zip, unpacked piece by piece: a bomb is left alone before it goes off."""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO

from memo_jupyter.archive.reading import Limits
from memo_jupyter.errors import BadArchive

if TYPE_CHECKING:
    from collections.abc import Iterator

ZIP = b"PK\x03\x04"
"""What a zip with files in it begins with."""

_CONVERSATIONS = re.compile(r"(?:.*/)?conversations(?:-\d+)?\.json", re.IGNORECASE | re.DOTALL)
_OTHERS = re.compile(r".*\.(?:json|chat)", re.IGNORECASE | re.DOTALL)
_JUNK = "__MACOSX/"  # what macOS adds
_MOST = 1000  # files that are looked into
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)
"""What zipfile says of a file that is damaged, encrypted, or packed in a way that it does not know."""


class Unpacked:
    """One file of a zip, read within bounds.

    Raises
    ------
    BadArchive
        Here and in `read`: it cannot be unpacked; the message completes “conversations.json …”.
    """

    def __init__(self, packed: zipfile.ZipFile, about: zipfile.ZipInfo, limits: Limits | None = None) -> None:
        self.name = about.filename
        self._limits = limits or Limits()
        self._packed = about.compress_size
        self._read = 0
        try:
            self._stream = packed.open(about)
        except _BROKEN as error:
            raise BadArchive(f"cannot be unpacked ({error})") from error

    def read(self, size: int, /) -> bytes:
        """Give so many bytes at the most."""
        try:
            piece = self._stream.read(size)
        except _BROKEN as error:
            raise BadArchive(f"cannot be unpacked ({error})") from error
        self._read += len(piece)
        if self._limits.is_bomb(self._read, self._packed):
            raise BadArchive(
                f"unpacks to more than {self._limits.ratio} times its size. If you trust it, unpack it yourself, and "
                "import what comes out"
            )
        return piece


def directory(stream: BinaryIO) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """List the files that may hold conversations: those that exports have, or else all that are JSON.

    Raises
    ------
    BadArchive
        It is damaged.
    """
    try:
        packed = zipfile.ZipFile(stream)
        listed = [one for one in packed.infolist() if not one.is_dir() and not one.filename.startswith(_JUNK)]
    except _BROKEN as error:
        raise BadArchive(f"the zip is damaged ({error})") from error
    return packed, list(_chosen(listed))


def _chosen(listed: list[zipfile.ZipInfo]) -> Iterator[zipfile.ZipInfo]:
    for names in (_CONVERSATIONS, _OTHERS):
        found = [one for one in listed if names.fullmatch(one.filename)]
        if found:
            yield from sorted(found[:_MOST], key=lambda one: one.filename)
            return
