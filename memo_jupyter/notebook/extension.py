"""Wires one `Memo` to one shell, and takes it out again without a trace."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from memo_jupyter.engine import Memo
from memo_jupyter.notebook.magics import MemoMagics
from memo_jupyter.notebook.questions import keep_question_marks
from memo_jupyter.notebook.raised import Raised

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Add the magics, Tab, the settings, and what they need to `shell`; nothing is opened yet."""
    if _loaded(shell):  # both `memo` and `memo_jupyter` may be named
        return
    memo = Memo(parent=shell)
    raised = Raised()
    magics = MemoMagics(shell, memo, raised)
    shell.register_magics(magics)  # this also lists it in `shell.configurables`
    shell.configurables.append(memo)
    shell.events.register("post_run_cell", raised.note)
    shell.input_transformers_cleanup.append(keep_question_marks)
    shell.Completer.custom_matchers.append(magics.completer)


def unload(shell: InteractiveShell) -> None:
    """Undo everything that `load` did, and close the store."""
    for magics in _loaded(shell):
        magics.memo.close()
        with contextlib.suppress(ValueError):
            shell.Completer.custom_matchers.remove(magics.completer)
        with contextlib.suppress(ValueError):
            shell.events.unregister("post_run_cell", magics.raised.note)
        shell.configurables[:] = [one for one in shell.configurables if one not in (magics, magics.memo)]
        for kind in ("line", "cell"):
            shell.magics_manager.magics[kind].pop("memo", None)
        shell.magics_manager.registry.pop(MemoMagics.__name__, None)
    if keep_question_marks in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(keep_question_marks)


def _loaded(shell: InteractiveShell) -> list[MemoMagics]:
    return [one for one in shell.configurables if isinstance(one, MemoMagics)]
