"""Where in the user's work something happens: the notebook, the cell, the execution count."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def place(shell: InteractiveShell) -> dict[str, str | int]:
    """Tell where the cell that runs now stands, as far as the front end says."""
    found: dict[str, str | int] = {"execution_count": int(shell.execution_count)}
    # Jupyter Server names the notebook in the first, VS Code in the second.
    notebook = os.environ.get("JPY_SESSION_NAME") or shell.user_ns.get("__vsc_ipynb_file__")
    if isinstance(notebook, str) and notebook:
        found["notebook"] = os.path.basename(notebook)  # noqa: PTH119  # may be a path of another system
    parent = shell.get_parent() if hasattr(shell, "get_parent") else None
    cell = (parent or {}).get("metadata", {}).get("cellId")
    if isinstance(cell, str):
        found["cell"] = cell
    return found
