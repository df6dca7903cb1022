"""What the commands on the work itself take: `timeline`, `where` and `session`."""

from __future__ import annotations

from memo_jupyter.arguments import Flag, count

TIMELINE_FLAGS = (
    Flag(("--since",), "since", "from this day on", "DATE"),
    Flag(("--until",), "until", "before this day", "DATE"),
    Flag(("--notebook", "--source"), "source", "only of this notebook", "NAME"),
    Flag(("--days",), "days", "the last so many days, 30 if nothing is said", "N", count),
)
TIMELINE_DETAILS = (
    "By days, or by weeks where there are more than 62, then by months. Every run of a cell counts. A date may be "
    "2026-05-07, yesterday, 3d or 'last week'."
)

WHERE_FLAGS = (
    Flag(("--all",), "reads", "also the cells that only read it, last", default=False),
    Flag(("--notebook", "--source"), "source", "only in this notebook", "PATH"),
    Flag(("-n",), "limit", "how many findings, at the most", "N", count, default=40),
)
WHERE_DETAILS = (
    "NAME is a variable, a column or attribute (price, or df['price']), or a file by its path, the end of it, or its "
    "name without the ending. The code is read, never run. The latest 300 cells that have the word are looked into."
)

SESSION_FLAGS = (
    Flag(("--save",), "save", "keep the summary as a note with the tag session", default=False),
    Flag(("--last",), "last", "only the last so many cells of it", "N", count),
)
SESSION_DETAILS = (
    "A session is the life of one kernel; in a shell, the latest. A local language model words the summary, and what "
    "its cells show stands below. Saved again, the new note takes the place of the earlier one, which stays as its "
    "history."
)
