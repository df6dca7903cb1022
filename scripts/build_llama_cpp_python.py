"""Build llama-cpp-python once, and install it into the environment that runs this.

PyPI holds its source only, so that every clean checkout would compile llama.cpp again. It is compiled here for the
common instruction set, without the parts for pictures, and the wheel is kept in the user's cache folder. Takes 5 to 10
minutes on 2 cores; from the cache, seconds.

    python scripts/build_llama_cpp_python.py           # build, unless it is there; install it, with its server
    python scripts/build_llama_cpp_python.py --where   # print where the wheel is or would be
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

VERSION = "0.3.36"
SHA256 = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
OPTIONS = {
    # The cached wheel may be used on another machine.
    "GGML_NATIVE": "OFF",
    "GGML_OPENMP": "OFF",
    "LLAMA_OPENSSL": "OFF",
    "LLAVA_BUILD": "OFF",
}


def wheels_folder() -> Path:
    """Where the wheel is, or will be: the user's cache folder."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "memo-jupyter-build" / f"llama-cpp-python-{VERSION}"


def built() -> Path | None:
    """Give the wheel, if there is one."""
    return next(iter(sorted(wheels_folder().glob("llama_cpp_python-*.whl"))), None)


def build() -> Path:
    """Compile the wheel in a temporary folder, and move it to the cache once it is whole."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    with tempfile.TemporaryDirectory(prefix="llama-cpp-python-") as name:
        folder = Path(name)
        run(
            *pip, "download", "--no-deps", "--no-binary", "llama-cpp-python", "-d", name, f"llama-cpp-python=={VERSION}"
        )
        (archive,) = folder.glob("llama_cpp_python-*.tar.gz")
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        if digest != SHA256:
            sys.exit(f"{archive.name} has SHA-256 {digest}, expected {SHA256}: not building it")
        os.environ["CMAKE_ARGS"] = " ".join(f"-D{key}={value}" for key, value in OPTIONS.items())
        os.environ["CMAKE_BUILD_PARALLEL_LEVEL"] = str(os.cpu_count() or 2)
        # Neither from pip's cache nor into it: a wheel that was built otherwise is not this one.
        run(*pip, "wheel", "--no-deps", "--no-cache-dir", "-w", str(folder / "made"), str(archive))
        (wheel,) = (folder / "made").glob("*.whl")
        target = wheels_folder() / wheel.name
        target.parent.mkdir(parents=True, exist_ok=True)
        arriving = target.with_suffix(".arriving")
        arriving.write_bytes(wheel.read_bytes())
        arriving.replace(target)
    return target


def run(*command: str) -> None:
    """Run a command, its output on stderr; stop here if it fails."""
    print("+", " ".join(command), file=sys.stderr, flush=True)
    if code := subprocess.run(command, stdout=sys.stderr, check=False).returncode:
        sys.exit(code)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--where", action="store_true", help="print where the wheel is or would be, and stop")
    if parser.parse_args().where:
        print(built() or wheels_folder())
        return
    wheel = built() or build()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    run(*pip, "install", f"llama-cpp-python[server] @ {wheel.as_uri()}")
    print(wheel)


if __name__ == "__main__":
    main()
