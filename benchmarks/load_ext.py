"""How long `%load_ext memo` takes in a fresh process beyond importing IPython, and what heavy modules it imports.

Aim: under 50 ms, and none. The floor is `%load_ext` of an empty extension in the same kind of process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import report, summary

RUNS = 15
HEAVY = ("fastembed", "onnxruntime", "hnswlib", "httpx", "tantivy", "numpy", "onnx", "ipywidgets")
CODE = f"""
import json, sys, time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
start = time.perf_counter()
shell.run_line_magic("load_ext", sys.argv[1])
took = time.perf_counter() - start
new = {{name.split(".")[0] for name in set(sys.modules) - before}}
print(json.dumps([took, sorted(new & set({HEAVY}))]))
"""


def run(extension: str, folder: str) -> tuple[float, list[str]]:
    # Byte code is kept between starts, as it is unless a machine is told otherwise.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", CODE, extension]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, env=kept)
    took, heavy = json.loads(done.stdout.splitlines()[-1])
    return took, heavy


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "empty_extension.py").write_text("def load_ipython_extension(shell):\n    pass\n")
        run("memo", folder)  # writes the byte code, as the first start after an installation does
        pairs = [(run("empty_extension", folder), run("memo", folder)) for _ in range(RUNS)]
    floor, memo = [one[0] for one, _ in pairs], [other[0] for _, other in pairs]
    rows = [
        {"what": "an empty extension", **summary(floor)},
        {"what": "%load_ext memo", **summary(memo), "heavy modules": ", ".join(pairs[0][1][1]) or "none"},
    ]
    report("load_ext", rows)


if __name__ == "__main__":
    main()
