"""A real kernel to run cells in, as nbclient does, and what each cell showed."""

import contextlib
import os
from dataclasses import dataclass, field

import nbformat
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


@dataclass
class Shown:
    """What a cell showed."""

    outputs: list
    error: CellExecutionError | None = None
    payload: list = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything in its plain form."""
        parts = [one.get("text") or one.get("data", {}).get("text/plain", "") for one in self.outputs]
        return "\n".join(filter(None, parts))

    @property
    def html(self) -> str:
        return "\n".join(one.get("data", {}).get("text/html", "") for one in self.outputs)

    @property
    def markdown(self) -> list[str]:
        return [one["data"]["text/markdown"] for one in self.outputs if "text/markdown" in one.get("data", {})]

    @property
    def traceback(self) -> str:
        return "\n".join("\n".join(one["traceback"]) for one in self.outputs if one.output_type == "error")


class Kernel:
    """A kernel of this interpreter, whose home and store are in a temporary folder."""

    def __init__(self, folder, **environment):
        self.folder = folder
        self.environment = environment
        self.client = NotebookClient(
            nbformat.v4.new_notebook(),
            timeout=120,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
        )
        self._open = contextlib.ExitStack()

    def __enter__(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MEMO_")}
        settings = {
            "MEMO_HOME": str(self.folder / "store"),
            "IPYTHONDIR": str(self.folder / "ipython"),
            # An address where nothing listens: what runs on this computer must not change a test.
            "MEMO_MODEL": "quote",
        }
        self._open.enter_context(self.client.setup_kernel(env={**kept, **settings, **self.environment}))
        return self

    def __exit__(self, *error):
        self._open.close()

    def restart(self):
        run_sync(self.client.km.restart_kernel)(now=True)
        run_sync(self.client.kc.wait_for_ready)(timeout=60)

    def complete(self, code: str) -> list[str]:
        """What Tab offers at the end of `code`."""

        async def ask():
            return await self.client.kc.complete(code, reply=True, timeout=30)

        return run_sync(ask)()["content"]["matches"]

    def run(self, code: str) -> Shown:
        cell = nbformat.v4.new_code_cell(code)
        notebook = self.client.nb
        notebook.cells.append(cell)
        try:
            self.client.execute_cell(cell, len(notebook.cells) - 1)
        except CellExecutionError as error:
            return Shown(cell.outputs, error)
        return Shown(cell.outputs)
