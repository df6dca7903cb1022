"""Where in the user's work something happens: the notebook, the cell, the execution count."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from memo_jupyter.types import Doing

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


_CELLS = 3
"""The last so many cells say what the user is doing."""

_LOOKED_AT = 20
_LONGEST = 1000
_MEMO = ("%memo", "%%memo", "%load_ext", "%reload_ext")


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


def doing(shell: InteractiveShell) -> Doing:
    """Tell what the user does now: the last cells, without those that only ask memo, and the notebook they are in."""
    latest = shell.history_manager.input_hist_raw[-_LOOKED_AT:-1]  # without the one that runs now
    cells = [cell for cell in latest if not cell.lstrip().startswith(_MEMO)]
    notebook = place(shell).get("notebook")
    return Doing(tuple(cell[:_LONGEST] for cell in cells[-_CELLS:]), str(notebook) if notebook else None)
