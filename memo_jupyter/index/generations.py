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
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import filelock

from memo_jupyter.errors import CorruptIndex, StoreError
from memo_jupyter.index.dense import Graph
from memo_jupyter.records.disk import Disk, explained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_GRAPH = "dense.hnsw"
_READ = 1 << 20


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
        Of the graph's file: bytes, and BLAKE2b-256 in hex.
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
            name = self._current.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return name if name.isalnum() else None

    def load(self, identity: str, embedder: str, dim: int) -> tuple[Manifest, Graph] | None:
        """Load the live generation, or None if there is none of this catalog and this embedding model.

        Raises
        ------
        CorruptIndex
            Its files are not what the manifest says.
        """
        name = self.current()
        if name is None:
            return None
        try:
            manifest = Manifest(**json.loads((self._all / name / "manifest.json").read_text("utf-8")))
            if (manifest.identity, manifest.embedder, manifest.dim) != (identity, embedder, dim):
                return None
            path = self._all / name / _GRAPH
            if path.stat().st_size != manifest.size or _digest(path) != manifest.digest:
                raise CorruptIndex(f"{path} is damaged.")
            return manifest, Graph.load(path, dim)
        except FileNotFoundError:
            # Another process has just published the next one and removed this; what it holds is found without it.
            return None
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise CorruptIndex(f"The generation {name} cannot be read ({error}).") from error

    def publish(self, graph: Graph, manifest: Manifest) -> Manifest:
        """Write `graph` as the next generation, make it the live one, and remove those before it.

        Raises
        ------
        StoreError
            It could not be written; the generation that was live still is.
        """
        name = f"{manifest.label:020d}"
        arriving = self._all / f"arriving-{os.getpid()}"
        with explained(self._all):
            shutil.rmtree(arriving, ignore_errors=True)
            self._disk.make_folder(arriving)
            path = arriving / _GRAPH
            try:
                _save(graph, path)
                manifest = Manifest(
                    manifest.identity,
                    manifest.embedder,
                    manifest.dim,
                    manifest.label,
                    path.stat().st_size,
                    _digest(path),
                )
                self._disk.write(arriving / "manifest.json", json.dumps(asdict(manifest), indent=1).encode())
                self._disk.sync_folder(arriving)
                shutil.rmtree(self._all / name, ignore_errors=True)
                self._disk.rename(arriving, self._all / name)
                self._disk.sync_folder(self._all)
            except BaseException:
                shutil.rmtree(arriving, ignore_errors=True)
                raise
            self._disk.write_atomically(self._current, f"{name}\n".encode(), self._all)
            self._remove_all_but(name)
        return manifest

    def drop(self) -> None:
        """Remove every generation: nothing of any vector stays."""
        with explained(self.folder):
            self._disk.remove(self._current)
            self._remove_all_but(None)

    @contextlib.contextmanager
    def publishing(self) -> Iterator[bool]:
        """Hold the right to publish, if no other process has it; gives whether this one got it."""
        self._disk.make_folder(self.folder)
        lock = filelock.FileLock(self.folder / "publish.lock", timeout=0, mode=0o600)
        try:
            lock.acquire()
        except filelock.Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def size(self) -> int:
        """Tell how many bytes the generations take."""
        return sum(path.stat().st_size for path in self._all.rglob("*") if path.is_file())

    def _remove_all_but(self, name: str | None) -> None:
        if not self._all.is_dir():
            return
        for folder in self._all.iterdir():
            if folder.name != name:
                shutil.rmtree(folder, ignore_errors=True)


def _digest(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=32)
    with path.open("rb") as file:
        while block := file.read(_READ):
            digest.update(block)
    return digest.hexdigest()


def _save(graph: Graph, path: Path) -> None:
    """Write the graph's file and force it to the disk."""
    graph.save(path)
    if path.stat().st_size != graph.file_size():  # hnswlib says nothing when the disk is full
        raise StoreError(f"The disk that holds {path.parent} is full: the index was not written.")
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
