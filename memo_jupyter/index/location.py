"""Where the index stands: in the store, unless SQLite would not be safe there, or nothing can be written there.

SQLite's write-ahead log needs memory that all its processes share, so it works on one computer's own disk only
(https://www.sqlite.org/wal.html). The records have no such need. So a store on a network file system keeps its records
there, and each computer keeps an index of its own.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memo_jupyter.errors import StoreUnwritable
from memo_jupyter.records.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Mounts = Sequence[tuple[str, str]]

_SHARED = frozenset(
    "9p acfs afpfs afs beegfs ceph cifs coda drvfs fhgfs gfs gfs2 glusterfs gpfs lustre macfuse ncpfs nfs nfs3 nfs4 "
    "ocfs2 orangefs panfs prl_fs pvfs2 smb smb2 smb3 smbfs vboxsf virtiofs vmhgfs webdav wekafs "
    "fuse.cephfs fuse.ceph-fuse fuse.cvmfs2 fuse.davfs fuse.gcsfuse fuse.glusterfs fuse.grpcfuse fuse.juicefs "
    "fuse.mfs fuse.moosefs fuse.rclone fuse.s3fs fuse.s3ql fuse.sshfs fuse.vmhgfs-fuse".split()
)
"""Kinds of file system that several computers write, or a computer and its guest."""

READ_ONLY = "This store cannot be written: its memories can be recalled, and none added. Its index is kept in {}."
ON_NETWORK = (
    "This store is on a network file system ({}), where SQLite is not safe: this computer keeps its index in {}. "
    "MEMO_INDEX names another place."
)
CHOSEN_ON_NETWORK = "MEMO_INDEX is on a network file system ({}), where SQLite is not safe. Choose a local disk."


@dataclass(frozen=True, slots=True)
class Location:
    """Where an index is.

    Attributes
    ----------
    folder : Path
    notice : str
        What the user should be told of it, if anything.
    """

    folder: Path
    notice: str = ""


def locate(store: Path, chosen: str, local: Iterable[Path] | None = None, mounts: Mounts | None = None) -> Location:
    """Tell where the index of a store is.

    Parameters
    ----------
    store : Path
        The store's folder; it need not be there yet.
    chosen : str
        The setting `index`; wins if not empty. Each store has a folder of its own in it.
    local : iterable of Path, optional
        Folders for indexes on this computer's disks, best first; by default in the user's cache, then in a folder for
        temporary files.
    mounts : sequence of (str, str), optional
        Mount points and their kinds of file system; by default those of this computer.

    Raises
    ------
    StoreUnwritable
        The index cannot be in the store, and no folder on this computer's disks can be used.
    """
    mounts = _mounts() if mounts is None else mounts
    if chosen:
        folder = Path(chosen).expanduser().absolute()
        kind = _network(folder, mounts)
        return Location(folder / _name(store), CHOSEN_ON_NETWORK.format(kind) if kind else "")
    kind = _network(store, mounts)
    if not kind and _is_writable(store):
        return Location(store / "index")
    folder = _first_usable(_local() if local is None else local, mounts) / _name(store)
    # Told once, not at each opening; %memo status always tells where the index is.
    if folder.exists():
        return Location(folder)
    return Location(folder, ON_NETWORK.format(kind, folder) if kind else READ_ONLY.format(folder))


def _name(store: Path) -> str:
    """Name the folder of a store's index among others': by its place, since a copied store has the same id."""
    path = os.path.realpath(store)
    inside = Path(path).parent.name if Path(path).name == ".memo" else Path(path).name
    return f"{inside[:40]}-{hashlib.blake2b(os.fsencode(path), digest_size=8).hexdigest()}"


def _mounts() -> Mounts:
    import psutil  # noqa: PLC0415  # only when a store is opened

    return [(one.mountpoint, one.fstype) for one in psutil.disk_partitions(all=True)]


def _network(folder: Path, mounts: Mounts) -> str:
    """Name the kind of network file system that `folder` is on; empty if it is on a disk of this computer."""
    path = Path(os.path.realpath(folder))
    kinds = {Path(point): kind.lower() for point, kind in mounts}  # of two on one point, the later hides the earlier
    for point in (path, *path.parents):
        if point in kinds:
            return kinds[point] if kinds[point] in _SHARED else ""
    return ""


def _is_writable(store: Path) -> bool:
    """Tell whether an index can be written in the store; one that is not there yet is asked of what is above it."""
    for folder in (store / "index", store, *store.parents):
        if folder.is_dir():  # what stands in the index's place and is none makes way
            return os.access(folder, os.W_OK | os.X_OK)
    return False


def _local() -> Iterable[Path]:
    import platformdirs  # noqa: PLC0415  # only where it is needed

    yield Path(platformdirs.user_cache_dir("memo-jupyter", appauthor=False)) / "indexes"
    user = os.getuid() if hasattr(os, "getuid") else ""
    yield Path(tempfile.gettempdir()) / f"memo-jupyter-{user}" / "indexes"


def _first_usable(folders: Iterable[Path], mounts: Mounts) -> Path:
    for folder in folders:
        if _network(folder, mounts):
            continue
        try:
            Disk().make_folder(folder)
        except (StoreUnwritable, OSError):
            continue
        if _is_ours(folder.parent) and _is_ours(folder) and os.access(folder, os.W_OK | os.X_OK):
            return folder
    raise StoreUnwritable("There is no local disk for the index. Name a folder on one with MEMO_INDEX.")


def _is_ours(folder: Path) -> bool:
    """Tell whether no one else can have made the folder, or look into it: others may write where temporary files go."""
    named, found = folder.lstat(), folder.stat()
    mine = not hasattr(os, "getuid") or {named.st_uid, found.st_uid} == {os.getuid()}
    return mine and stat.S_ISDIR(found.st_mode) and not found.st_mode & stat.S_IWOTH
