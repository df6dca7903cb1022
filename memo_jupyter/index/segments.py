"""Segments: the words of a range of chunks as an immutable tantivy index on disk.

A segment is written to a folder of its own and never changed. It is live while the catalog has a row with its name and
the checksum of its manifest, which has the size and checksum of every other file; all are checked before tantivy sees
one. A word that is forgotten is in no live segment: those that had it are removed, and written again without it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tantivy

from memo_jupyter.errors import CorruptIndex, StoreError
from memo_jupyter.index.delta import rarity
from memo_jupyter.records.disk import Disk, clear, contents, explained, size_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

NAME = re.compile(r"([0-9]{1,18})-([0-9]{1,18})x[0-9a-f]{8}")  # no path, and no name too long for one
_ARRIVING = "arriving-"
_MANIFEST = "manifest.json"
_LOCKS = ".tantivy-"  # files that tantivy makes for its locks, also when it only reads
_SMALL = 1 << 16  # bytes that a manifest may have
_LARGEST = 1 << 30  # bytes that a file of a segment may have: a hundred times what the longest chunks make
_HEAP = 15_000_000  # bytes; the least that tantivy takes
_HEAP_A_CHUNK = 4_000  # bytes; tantivy begins a second part when its heap is full, and searches two more slowly


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a segment is made of.

    Attributes
    ----------
    first, last : int
        The range of chunks whose words it has.
    rows : int
        How many there were in it.
    digest : str
        Of what was written into it, as `digest_of_rows` gives it.
    files : dict
        Size and SHA-256 of every other file of it, by name.
    """

    first: int
    last: int
    rows: int
    digest: str
    files: dict[str, list[int | str]]


class Segment:
    """One segment, opened. Its files may be removed meanwhile: what it has is then found all the same."""

    def __init__(self, name: str, manifest: Manifest, searcher: tantivy.Searcher) -> None:
        self.name = name
        self.first, self.last = manifest.first, manifest.last
        self.manifest = manifest
        self._searcher = searcher
        self._schema = _schema()

    def __len__(self) -> int:
        return self.manifest.rows

    def having(self, token: str) -> int:
        """Count the chunks that have a word."""
        return int(self._searcher.doc_freq("words", token))

    def find(self, weights: Mapping[str, float], k: int, only: list[int] | None = None) -> dict[int, float]:
        """Find the `k` best chunks; see `Delta.find`.

        Raises
        ------
        CorruptIndex
            tantivy cannot read it.
        """
        # tantivy takes memory for as many as are asked for, and ends the process if that is too much, or none.
        limit = min(k, len(self))
        words = [self._term(token, weight) for token, weight in weights.items() if self.having(token)]
        if limit < 1 or not words:
            return {}
        query = tantivy.Query.boolean_query(words)
        try:
            if only is not None:
                inside = tantivy.Query.const_score_query(tantivy.Query.term_set_query(self._schema, "chunk", only), 0.0)
                query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, inside)])
            hits = self._searcher.search(query, limit, count=False).hits
            chunks = self._searcher.fast_field_values("chunk", [address for _, address in hits])
        except (ValueError, OverflowError) as error:
            raise CorruptIndex(f"The segment {self.name} cannot be read ({error}).") from error
        except BaseException as error:
            if type(error).__name__ == "PanicException":  # Rust's own, which is no Exception
                raise CorruptIndex(f"The segment {self.name} cannot be read.") from error
            raise
        return {int(chunk or 0): float(score) for chunk, (score, _) in zip(chunks, hits, strict=True)}

    def _term(self, token: str, weight: float) -> tuple[tantivy.Occur, tantivy.Query]:
        # Weighed by how rare the word is in all segments, not in this one.
        query = tantivy.Query.term_query(self._schema, "words", token, "freq")
        own = rarity(self.having(token), len(self))
        return tantivy.Occur.Should, tantivy.Query.boost_query(query, weight / own)


class Segments:
    """The folder of segments of one index.

    Parameters
    ----------
    folder : Path
        The index's folder.
    disk : Disk
        How files are written.
    """

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self._all = folder / "words"
        self._disk = disk or Disk()

    def write(self, first: int, last: int, rows: Sequence[tuple[int, str]]) -> tuple[str, str]:
        """Write a segment of the words of the chunks from `first` to `last`.

        The caller holds the right to change the index: until its row is in the catalog, any `sweep` removes it.

        Parameters
        ----------
        rows : sequence of (int, str)
            The chunks in that range, each with its words, divided by spaces.

        Returns
        -------
        (str, str)
            Its name, and the checksum of its manifest.

        Raises
        ------
        StoreError
            It could not be written; nothing of it stays.
        """
        name = f"{first}-{last}x{secrets.token_hex(4)}"
        arriving = self._all / f"{_ARRIVING}{name}"
        with explained(self._all):
            try:
                self._disk.make_folder(arriving)
                _build(arriving, rows)
                files: dict[str, list[int | str]] = {}
                for path in sorted(arriving.iterdir()):
                    if path.name.startswith(_LOCKS):
                        path.unlink()
                        continue
                    path.chmod(0o600)  # tantivy makes it for all to read
                    self._disk.force(path)
                    files[path.name] = [path.stat().st_size, _digest(path.read_bytes())]
                manifest = Manifest(first, last, len(rows), digest_of_rows(rows), files)
                words = json.dumps(asdict(manifest), indent=1).encode()
                self._disk.write(arriving / _MANIFEST, words)
                self._disk.sync_folder(arriving)
                self._disk.rename(arriving, self._all / name)
                self._disk.sync_folder(self._all)
            except BaseException:
                for left in (arriving, self._all / name):
                    with contextlib.suppress(StoreError, OSError):
                        self._disk.remove_tree(left)
                raise
        return name, _digest(words)

    def open(self, name: str, digest: str) -> Segment:
        """Open a segment whose files are what was written.

        Parameters
        ----------
        name, digest
            As `write` gave them.

        Raises
        ------
        FileNotFoundError
            It is not there, or not all of it.
        CorruptIndex
            It is damaged.
        """
        folder = self._all / name
        if not NAME.fullmatch(name):
            raise CorruptIndex("The catalog names a segment that memo does not write.")
        try:
            words = contents(folder / _MANIFEST, _SMALL)
            if _digest(words) != digest:
                raise CorruptIndex(f"The manifest of the segment {name} is damaged.")
            manifest = Manifest(**json.loads(words))
            for file, (size, known) in manifest.files.items():
                path = folder / file
                if not stat.S_ISREG(path.lstat().st_mode) or path.stat().st_size != size:
                    raise CorruptIndex(f"{path} is damaged.")
                if _digest(contents(path, _LARGEST)) != known:
                    raise CorruptIndex(f"{path} is damaged.")
            searcher = tantivy.Index.open(str(folder)).searcher()
            if searcher.num_docs != manifest.rows:
                raise CorruptIndex(f"The segment {name} has other chunks than its manifest says.")
        except FileNotFoundError:
            raise
        except (OSError, ValueError, TypeError, RecursionError) as error:
            if not folder.exists():  # another process has just removed it
                raise FileNotFoundError(name) from error
            raise CorruptIndex(f"The segment {name} cannot be read ({error}).") from error
        return Segment(name, manifest, searcher)

    def left_over(self, live: Collection[str]) -> bool:
        """Tell whether there is anything but the live segments: what a process that died has left."""
        try:
            return any(path.name not in live for path in self._all.iterdir())
        except FileNotFoundError:
            return False
        except OSError:  # no folder
            return True

    def sweep(self, live: Collection[str]) -> None:
        """Remove everything but the live segments; the caller holds the right to change the index."""
        with explained(self._all):
            if self._all.is_symlink() or (self._all.exists() and not self._all.is_dir()):
                clear(self._all)
            try:
                paths = sorted(self._all.iterdir())
            except FileNotFoundError:
                return
            for path in paths:
                if path.name not in live:
                    if path.is_dir() and not path.is_symlink():
                        self._disk.remove_tree(path)
                    else:
                        self._disk.remove(path)

    def size(self) -> int:
        """Tell how many bytes the segments take."""
        return sum(size_of(Path(folder, name)) for folder, _, names in os.walk(self._all) for name in names)


def digest_of_rows(rows: Sequence[tuple[int, str]]) -> str:
    """Give the checksum of chunks and their words."""
    digest = hashlib.sha256()
    for chunk, words in rows:
        digest.update(f"{chunk} {words}\n".encode())
    return digest.hexdigest()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("chunk", indexed=True, fast=True)
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _build(folder: Path, rows: Sequence[tuple[int, str]]) -> None:
    heap = _HEAP + len(rows) * _HEAP_A_CHUNK
    try:
        writer = tantivy.Index(_schema(), path=str(folder)).writer(heap_size=heap, num_threads=1)
        for chunk, words in rows:
            document = tantivy.Document()
            document.add_unsigned("chunk", chunk)
            document.add_text("words", words)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
    except ValueError as error:  # a full disk, say: in tantivy's words, which may have many lines
        words = " ".join(str(error).split())
        if "No space left" in words:
            raise StoreError(f"The disk that holds {folder.parent} is full: the index was not written.") from error
        raise StoreError(f"The index could not be written in {folder.parent} ({words[:200]}).") from error


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
