"""Cases of errors and their fixes, read from the files in `cases/`.

Each is what was executed in some notebooks, then errors that were raised later, with what is right to say of each::

    %% cell NOTEBOOK [CELL] [by hand] [= fix N]       an executed cell; where it mends an error, the fix has that number
    %% later NOTEBOOK [restarted] [by hand] = hint N  a later error, of which fix N should be named; or `= no hint`

Below the code stand `%-` and the error's class, its words, `%- traceback`, and that, as IPython showed it
(`scripts/raise_case_errors.py` writes them down).
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from memo_jupyter.cells.seen import Raised, Seen

FOLDER = Path(__file__).parent / "unit" / "fixes" / "cases"
START = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)


@dataclass
class Step:
    later: bool
    seen: Seen
    fix: int | None
    """The number of the fix that it is, or that should be named."""

    @property
    def raised(self):
        return self.seen.error


@dataclass
class Case:
    number: int
    title: str
    steps: list


def read_all():
    return [read(path) for path in sorted(FOLDER.glob("*.txt"))]


def read(path):
    number = int(path.name[:2])
    title, *sections = re.split(r"^%% (?=setup|cell|later)", path.read_text("utf-8"), flags=re.MULTILINE)
    steps = []
    for count, section in enumerate(sections, 1):
        head, _, body = section.partition("\n")
        if head == "setup":
            continue
        words, _, label = head.partition(" = ")
        kind, notebook, *more = words.replace(" by hand", "").replace(" restarted", "").split()
        code, *error = re.split(r"^%- ", body, flags=re.MULTILINE)
        outputs = ()
        if error:
            name, _, message = error[0].partition("\n")
            outputs = (Raised(name, message.rstrip("\n"), error[1].partition("\n")[2].rstrip("\n")),)
        place = {"notebook": notebook, "execution_count": count} | ({"cell": more[0]} if more else {})
        at = START + timedelta(days=number, minutes=count)
        seen = Seen(code.rstrip("\n"), outputs, at, 0.1, place, f"session of {notebook}", "/home/me")
        found = re.search(r"(?:fix|hint) (\d+)", label)
        steps.append(Step(kind == "later", seen, int(found[1]) if found else None))
    return Case(number, title.strip(), steps)
