"""Where in the user's work something happens: the notebook, the cell, the execution count."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from memo_jupyter.types import Doing

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


_CELLS = 3
"""The last so many cells say what the user is doing."""

_LOOKED_AT = 20
_LONGEST = 1000  # characters of a cell
_MEMO = ("%memo", "%%memo", "%load_ext", "%reload_ext")
_KEY = re.compile(r"^.*api_?key.*$\n?", re.IGNORECASE | re.MULTILINE)
"""A line that may set a server's key (`%config Memo.api_key`, `MEMO_API_KEY`), which is no other server's business."""


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


def folder() -> str:
    """Tell the kernel's working directory; nothing if it is gone."""
    try:
        return os.getcwd()  # noqa: PTH109  # a text is wanted
    except OSError:
        return ""


def doing(shell: InteractiveShell) -> Doing:
    """Tell what the user does now: the last cells, without what only asks memo or bears a key, and the notebook."""
    latest = shell.history_manager.input_hist_raw[-_LOOKED_AT:-1]  # without the one that runs now
    cells = [_KEY.sub("", cell) for cell in latest if not cell.lstrip().startswith(_MEMO)]
    cells = [cell for cell in cells if cell.strip()]
    notebook = place(shell).get("notebook")
    return Doing(tuple(map(_beginning, cells[-_CELLS:])), str(notebook) if notebook else None)


def _beginning(cell: str) -> str:
    return cell if len(cell) <= _LONGEST else f"{cell[:_LONGEST]} …"
