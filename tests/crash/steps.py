"""A `Disk` that tells of each of its operations, so that a test can record them, fail one, or die at one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from memo_jupyter.records.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Callable

_VARIES = re.compile(
    r"[0-9A-HJKMNP-TV-Z]{26}|[0-9]{20}x[0-9a-f]{8}|[0-9]+-[0-9]+x[0-9a-f]{8}|[0-9a-f]{32}|\.[0-9a-f]{8}$|(?<=records)/\d{4}/\d\d/\d\d|\d{4}.*"
)


class TellingDisk(Disk):
    """Calls `at(moment, step, path)` around each operation: `moment` is "before" or "after", `step` its name."""

    def __init__(self, root: Path, at: Callable[[str, str, Path], None]) -> None:
        self.root = root
        self.at = at
        self.open: dict[int, Path] = {}

    def create(self, path):
        descriptor = self._around("create", path, lambda: super(TellingDisk, self).create(path))
        self.open[descriptor] = path
        return descriptor

    def append(self, descriptor, data):
        # Half of it, so that there is a moment at which a file is half written.
        part = data[: max(1, len(data) // 2)]
        return self._around("append", self.open[descriptor], lambda: super(TellingDisk, self).append(descriptor, part))

    def sync(self, descriptor):
        path = self.open.get(descriptor) or Path(f"/proc/self/fd/{descriptor}").readlink()
        self._around("sync", path, lambda: super(TellingDisk, self).sync(descriptor))

    def rename(self, path, target):
        self._around("rename", target, lambda: super(TellingDisk, self).rename(path, target))

    def unlink(self, path):
        self._around("unlink", path, lambda: super(TellingDisk, self).unlink(path))

    def mkdir(self, folder):
        self._around("mkdir", folder, lambda: super(TellingDisk, self).mkdir(folder))

    def rmdir(self, folder):
        self._around("rmdir", folder, lambda: super(TellingDisk, self).rmdir(folder))

    def sync_folder(self, folder):
        self._around("sync_folder", folder, lambda: super(TellingDisk, self).sync_folder(folder))

    def _around(self, step, path, work):
        self.at("before", step, path)
        result = work()
        self.at("after", step, path)
        return result

    def named(self, moment: str, step: str, path: Path) -> str:
        """Name a step so that it has the same name in every run: ids, times and random endings are left out."""
        inside = path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name
        return f"{moment} {step} {_VARIES.sub('*', inside)}"
