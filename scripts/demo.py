"""Execute a notebook headless, restart its kernel where it says so, and print what a person would see.

    python scripts/demo.py notebooks/quickstart.ipynb

The store is a temporary folder, so that the demonstration starts from nothing and leaves nothing behind. A cell with
the tag `restart-before-next` stands for the person restarting the kernel.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import nbformat
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

RESTART = "restart-before-next"


def main() -> int:
    """Run the notebook that is named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook", type=Path)
    path = parser.parse_args().notebook
    notebook = nbformat.read(path, as_version=4)
    with (
        tempfile.TemporaryDirectory(prefix="memo-demo-") as store,
        tempfile.TemporaryDirectory(prefix="memo-kernel-") as sockets,
    ):
        os.environ["MEMO_HOME"] = store
        client = NotebookClient(
            notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
        )
        if os.name == "posix":  # files instead of ports, which others on this computer could listen to
            kernel = client.create_kernel_manager()
            kernel.transport, kernel.ip = "ipc", str(Path(sockets, "kernel"))
        with client.setup_kernel():
            for number, cell in enumerate(notebook.cells):
                say(cell)
                if cell.cell_type == "code":
                    try:
                        client.execute_cell(cell, number)
                    except CellExecutionError as error:
                        print(f"\nThe cell failed: {error.ename}: {error.evalue}", file=sys.stderr)
                        return 1
                    show(cell)
                if RESTART in cell.metadata.get("tags", ()):
                    restart(client)
    print("\nTo try it yourself in JupyterLab, with the same notebook: make lab")
    return 0


def restart(client: NotebookClient) -> None:
    """Restart the kernel, as a person would."""
    run_sync(client.km.restart_kernel)(now=True)
    run_sync(client.kc.wait_for_ready)(timeout=60)
    print("\n" + "─" * width() + "\nThe kernel has been restarted: its memory is empty.\n" + "─" * width())


def say(cell: Any) -> None:
    """Print a cell's input."""
    print()
    for line in cell.source.splitlines():
        if cell.cell_type == "code":
            print("  ▏ " + line)
        else:
            print("\n".join(textwrap.wrap(line, width())) or "")


def show(cell: Any) -> None:
    """Print a cell's outputs in their plain form."""
    for output in cell.outputs:
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        if text.strip():
            print("\n" + textwrap.indent(text.rstrip(), "    "))


def width() -> int:
    """Tell how wide the terminal is, within reason."""
    return min(110, shutil.get_terminal_size().columns)


if __name__ == "__main__":
    sys.exit(main())
