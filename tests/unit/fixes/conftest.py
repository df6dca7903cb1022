"""Cells as they were seen, and errors with a traceback like IPython's, made of a few words."""

from datetime import datetime, timedelta, timezone
from itertools import count
from types import SimpleNamespace

import pytest

from memo_jupyter.cells.seen import Raised, Seen
from memo_jupyter.fixes.known import Known
from memo_jupyter.fixes.pairing import Pairing

START = datetime(2026, 5, 12, 9, tzinfo=timezone.utc)


def raised(code, error, line=None, library=""):
    """An error of a cell, raised in its last line or in `line`, there or in a function of a library."""
    name, _, message = error.partition(": ")
    lines = code.splitlines()
    number = lines.index(line) + 1 if line in lines else len(lines)
    told = f"Cell In[1], line {number}\n----> {number} {line or lines[-1]}\n"
    if library:
        module, function = library.split(":")
        told += f"\nFile ~/env/lib/python3.11/site-packages/{module}.py:7, in {function}(x)\n----> 7 raise it\n"
    return Raised(name, message, f"{name}  Traceback (most recent call last)\n{told}\n{error}")


@pytest.fixture
def cell():
    numbers = count()

    def made(code, error="", *, cell=None, line=None, session="one", notebook="churn.ipynb"):
        number = next(numbers)
        place = {"notebook": notebook, "execution_count": number} | ({"cell": cell} if cell else {})
        outputs = (raised(code, error, line),) if error else ()
        return Seen(code, outputs, START + timedelta(minutes=number), 0.1, place, session, "/home/me")

    return made


@pytest.fixture
def paired(cell):
    """The fixes that a pairing finds in cells, each (code, error, id) or a shorter tuple."""

    def found(*cells, **named):
        pairing = Pairing()
        fixes = []
        for one in cells:
            code, error, name = (*one, "", "")[:3] if isinstance(one, tuple) else (one, "", "")
            fixes.append(pairing.see(cell(code, error, cell=name or None, **named)))
        return [fix for fix in fixes if fix]

    return found


@pytest.fixture
def known():
    """An empty `Known`, of a store that has every record."""
    return Known(lambda: SimpleNamespace(store=SimpleNamespace(has=lambda _: True)))
