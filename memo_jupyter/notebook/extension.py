"""Wires one `Memo` to one shell, and takes it out again without a trace."""

from __future__ import annotations

import contextlib
import sys
from copy import deepcopy
from typing import TYPE_CHECKING

from traitlets import TraitError
from traitlets.config import Config

from memo_jupyter.characters import for_terminal
from memo_jupyter.engine import Memo
from memo_jupyter.notebook.autoremember import AutoRemember
from memo_jupyter.notebook.magics import MemoMagics
from memo_jupyter.notebook.questions import keep_question_marks
from memo_jupyter.notebook.raised import Raised

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Add the magics, Tab, the settings, and what they need to `shell`; nothing is opened yet."""
    if _loaded(shell):  # both `memo` and `memo_jupyter` may be named
        return
    memo = _made(shell)
    raised = Raised()
    auto = AutoRemember(shell, memo)
    magics = MemoMagics(shell, memo, raised, auto)
    shell.register_magics(magics)  # this also lists it in `shell.configurables`
    shell.configurables.append(memo)
    shell.events.register("pre_run_cell", auto.before)
    shell.events.register("post_run_cell", auto.after)
    shell.events.register("post_run_cell", raised.note)
    shell.input_transformers_cleanup.append(keep_question_marks)
    shell.Completer.custom_matchers.append(magics.completer)


def _made(shell: InteractiveShell) -> Memo:
    """Make a `Memo` with the settings of `shell`, but for those that it refuses.

    IPython keeps what `%config` sets even where it was refused, and a value that cannot be must not keep memo from
    being loaded again.
    """
    config = deepcopy(shell.config)
    for name, value in list(config.Memo.items()):
        try:
            Memo().update_config(Config({"Memo": {name: value}}))
        except TraitError as error:
            del config.Memo[name]
            sys.stderr.write(for_terminal(f"memo: Memo.{name} is left as it is by default. {error}\n"))
    return Memo(parent=shell, config=config)


def unload(shell: InteractiveShell) -> None:
    """Undo everything that `load` did, and close the store."""
    for magics in _loaded(shell):
        magics.auto.close()
        magics.memo.close()
        with contextlib.suppress(ValueError):
            shell.Completer.custom_matchers.remove(magics.completer)
        for event, called in (
            ("pre_run_cell", magics.auto.before),
            ("post_run_cell", magics.auto.after),
            ("post_run_cell", magics.raised.note),
        ):
            with contextlib.suppress(ValueError):
                shell.events.unregister(event, called)
        shell.configurables[:] = [one for one in shell.configurables if one not in (magics, magics.memo)]
        for kind in ("line", "cell"):
            shell.magics_manager.magics[kind].pop("memo", None)
        shell.magics_manager.registry.pop(MemoMagics.__name__, None)
    if keep_question_marks in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(keep_question_marks)


def _loaded(shell: InteractiveShell) -> list[MemoMagics]:
    return [one for one in shell.configurables if isinstance(one, MemoMagics)]
