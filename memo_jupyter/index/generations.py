"""Generations: the HNSW graph as immutable snapshots on disk.

A generation is written to a folder of its own and never changed, so no two processes ever write one HNSW file. It
becomes the live one when the small file ``CURRENT`` is replaced. Its manifest has the size and checksum of every file
and is checked before hnswlib sees one, because hnswlib crashes the process on a damaged file and takes a wrong
dimension without a word.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from memo_jupyter.errors import CorruptIndex, StoreError
from memo_jupyter.index.dense import Graph
from memo_jupyter.records.disk import Disk, clear, contents, explained, size_of
from memo_jupyter.records.locks import held, held_if_free, lock_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_GRAPH = "dense.hnsw"
_NAME = re.compile(r"[0-9]{20}x[0-9a-f]{8}")  # CURRENT can name nothing else: no path, and no name too long for one
_ARRIVING = "arriving-"
_SMALL = 1 << 16  # bytes that CURRENT or a manifest may have
_READ = 1 << 20
_PART = 16 * _READ
_THREADS = 4
_TRIES = 5  # a reader may come just when a generation is replaced


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is made of.

    Attributes
    ----------
    identity : str
        The catalog whose labels it uses.
    embedder : str
        The fingerprint of the model that made its vectors.
    dim : int
        Their length.
    label : int
        The highest label in it.
    size, digest : int, str
        Of the graph's file: bytes, and in hex the SHA-256 of the SHA-256 of each 16 MiB of it.
    """

    identity: str
    embedder: str
    dim: int
    label: int
    size: int = 0
    digest: str = ""


class Generations:
    """The folder of generations of one index.

    Parameters
    ----------
    folder : Path
        The index's folder.
    disk : Disk
        How files are written.
    """

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder
        self._all = folder / "generations"
        self._current = folder / "CURRENT"
        self._disk = disk or Disk()

    def current(self) -> str | None:
        """Name the live generation."""
        try:
            name = contents(self._current, _SMALL).decode("ascii").strip()
        except (OSError, ValueError):
            return None
        return name if _NAME.fullmatch(name) else None

    def load(
        self, identity: str, embedder: str, dim: int, vouched: Callable[[str], str | None]
    ) -> tuple[Manifest, Graph] | None:
        """Load the live generation, or None if there is none of this catalog and this embedding model.

        Parameters
        ----------
        identity, embedder, dim
            What its manifest has to say.
        vouched : callable
            Gives the checksum that the manifest of the generation of that name had; see `publish`.

        Raises
        ------
        CorruptIndex
            Its files are not what the manifest says.
        """
        for _ in range(_TRIES):
            name = self.current()
            if name is None:
                return None
            try:
                return self._load(name, identity, embedder, dim, vouched(name))
            except FileNotFoundError as error:
                if self.current() == name:
                    raise CorruptIndex(f"The generation {name} is missing ({error}).") from error
                # Another process has just published the next one, and removed this.
        return None

    def _load(
        self, name: str, identity: str, embedder: str, dim: int, known: str | None
    ) -> tuple[Manifest, Graph] | None:
        if known is None:
            return None
        try:
            words = contents(self._all / name / "manifest.json", _SMALL)
            if _digest(words) != known:
                raise CorruptIndex(f"The manifest of the generation {name} is damaged.")
            manifest = Manifest(**json.loads(words))
            if (manifest.identity, manifest.embedder, manifest.dim) != (identity, embedder, dim):
                return None
            path = self._all / name / _GRAPH
            if path.stat().st_size != manifest.size or _digest_of(path) != manifest.digest:
                raise CorruptIndex(f"{path} is damaged.")
            return manifest, Graph.load(path, dim)
        except FileNotFoundError:
            raise
        except (OSError, ValueError, TypeError, RuntimeError, RecursionError) as error:
            # Its files go before its folder does, and hnswlib has words of its own for one that is gone.
            if self.current() != name:
                raise FileNotFoundError(name) from error
            raise CorruptIndex(f"The generation {name} cannot be read ({error}).") from error

    def publish(self, graph: Graph, manifest: Manifest, vouch: Callable[[str, str], None]) -> str:
        """Write `graph` as the next generation, make it the live one, and remove the others.

        The caller holds `changing`. A generation is read whole when it is loaded, so none but the live one is in use.

        Parameters
        ----------
        graph, manifest
            What is published; the manifest's `size` and `digest` are filled in.
        vouch : callable
            Told the generation's name and its manifest's checksum before it goes live.

        Returns
        -------
        str
            Its name.

        Raises
        ------
        StoreError
            It could not be written; the generation that was live still is.
        """
        name = f"{manifest.label:020d}x{secrets.token_hex(4)}"
        arriving = self._all / f"{_ARRIVING}{name}"
        with explained(self._all):
            self.sweep()  # what a process that died has left
            self._disk.make_folder(arriving)
            try:
                path = arriving / _GRAPH
                self._save(graph, path)
                manifest = replace(manifest, size=path.stat().st_size, digest=_digest_of(path))
                words = json.dumps(asdict(manifest), indent=1).encode()
                self._disk.write(arriving / "manifest.json", words)
                self._disk.sync_folder(arriving)
                self._disk.rename(arriving, self._all / name)
                self._disk.sync_folder(self._all)
                vouch(name, _digest(words))
                self._disk.write_atomically(self._current, f"{name}\n".encode(), self._all)
            except BaseException:
                with contextlib.suppress(StoreError, OSError):
                    self.sweep()
                raise
        self.sweep()
        return name

    def drop(self) -> None:
        """Remove every generation: nothing of any vector stays."""
        with explained(self.folder):
            if self._current.is_dir():
                clear(self._current)
            self._disk.remove(self._current)
            self.sweep()

    def sweep(self) -> None:
        """Remove every generation but the live one, and what a process that died has left."""
        live = self.current()
        if self._all.is_symlink() or (self._all.exists() and not self._all.is_dir()):
            clear(self._all)
        try:
            names = sorted(self._all.iterdir())
        except FileNotFoundError:
            return
        for path in names:
            if path.name != live:
                if path.is_dir():
                    self._disk.remove_tree(path)
                else:
                    self._disk.remove(path)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the right to change what is on the disk; short, but for the writing of a graph.

        Raises
        ------
        StoreError
            Another process has held it for long.
        """
        self._disk.make_folder(self.folder, disposable=True)
        with held(lock_at(self.folder / "change.lock", disposable=True), self.folder):
            yield

    @contextlib.contextmanager
    def changing_if_free(self) -> Iterator[bool]:
        """Hold the right to change what is on the disk if nobody else has it; gives whether this one got it."""
        self._disk.make_folder(self.folder, disposable=True)
        with held_if_free(self.folder / "change.lock") as mine:
            yield mine

    @contextlib.contextmanager
    def publishing(self) -> Iterator[bool]:
        """Hold the right to publish, if no other process has it; gives whether this one got it."""
        self._disk.make_folder(self.folder, disposable=True)
        with held_if_free(self.folder / "publish.lock") as mine:
            yield mine

    def graph_size(self) -> int:
        """Tell how many bytes the live generation's graph has; 0 for none."""
        try:
            return (self._all / (self.current() or "") / _GRAPH).stat().st_size
        except OSError:
            return 0

    def size(self) -> int:
        """Tell how many bytes the generations take."""
        return sum(size_of(Path(folder, name)) for folder, _, names in os.walk(self._all) for name in names)

    def _save(self, graph: Graph, path: Path) -> None:
        """Write the graph's file and force it to the disk."""
        os.close(self._disk.create(path))  # hnswlib would make it for all to read
        graph.save(path)
        if path.stat().st_size != graph.file_size():  # hnswlib says nothing when the disk is full
            raise StoreError(f"The disk that holds {path.parent} is full: the index was not written.")
        self._disk.force(path)


def _digest(words: bytes) -> str:
    return hashlib.sha256(words).hexdigest()


def _digest_of(path: Path) -> str:
    """Check a file's parts on several cores: most of the time of opening a large index is this."""
    with path.open("rb") as file, ThreadPoolExecutor(_THREADS) as threads:
        descriptor = file.fileno()
        parts = range(0, os.fstat(descriptor).st_size, _PART)
        return _digest(b"".join(threads.map(lambda start: _digest_of_part(descriptor, start), parts)))


def _digest_of_part(descriptor: int, start: int) -> bytes:
    digest = hashlib.sha256()
    for place in range(start, start + _PART, _READ):
        digest.update(os.pread(descriptor, _READ, place))
    return digest.digest()
