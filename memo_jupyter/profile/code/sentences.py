"""How each habit is said, and of which nobody needs to be told."""

from __future__ import annotations

from typing import NamedTuple

from memo_jupyter.profile.code.fields import FIELDS, TAKEN_FOR_GRANTED


class Choice(NamedTuple):
    """A topic on which one thing is chosen among several.

    Attributes
    ----------
    sort : str
        Of `finding.SORTS`.
    said : str
        The sentence, with a place for what is chosen, and without its full stop.
    rivals : bool
        Whether the sentence may go on "rather than …".
    granted : frozenset of str
        What anyone would do: it is said only in the place of something else.
    """

    sort: str
    said: str
    rivals: bool = False
    granted: frozenset[str] = frozenset()


CHOICES = {
    **{
        f"library:{name}": Choice("preference", field.said, rivals=True, granted=TAKEN_FOR_GRANTED)
        for name, field in FIELDS.items()
    },
    "plotting:interface": Choice("preference", "Draws plots {}", rivals=True),
    "plotting:style": Choice("habit", "Styles plots with {}"),
    "plotting:context": Choice("habit", "Sets seaborn's context to {}"),
    "plotting:figsize": Choice("habit", "Makes figures with figsize=({})"),
    "plotting:format": Choice("habit", "Saves figures as {}", rivals=True),
    "plotting:dpi": Choice("habit", "Saves figures at {} dpi"),
    "plotting:colormap": Choice("habit", "Colours plots with the colormap {}"),
    "plotting:palette": Choice("habit", "Colours plots with the palette {}"),
    "plotting:font": Choice("habit", "Writes plots in the font {}"),
    "frames:style": Choice("habit", "Works on data frames {}", granted=frozenset({"step by step"})),
    "inplace": Choice("habit", "Changes data frames {} (inplace=True)"),
    "text_files:sep": Choice("habit", "Reads and writes text files with sep={}"),
    "text_files:encoding": Choice("habit", "Reads and writes text files with encoding={}"),
    "text_files:decimal": Choice("habit", "Reads and writes text files with decimal={}"),
    "seed": Choice("habit", "Seeds random numbers with {}"),
    "random": Choice("preference", "Draws random numbers from {}", rivals=True),
    "metric": Choice("preference", "Judges models by {}", rivals=True),
    "folds": Choice("habit", "Cross-validates with {}"),
    "test_size": Choice("habit", "Holds data out for tests with test_size={}"),
    "device": Choice("habit", "Puts tensors on {}"),
    "formatting": Choice("preference", "Formats text with {}", rivals=True, granted=frozenset({"f-strings"})),
    "lists": Choice("habit", "Builds lists with {}", granted=frozenset({"comprehensions"})),
    "hints": Choice("habit", "Writes functions {}"),
    "docstrings": Choice("habit", "Writes docstrings in {}"),
    "naming:dataframe": Choice("habit", "Names data frames {}"),
    "naming:model": Choice("habit", "Calls models {}"),
    "naming:splits": Choice("habit", "Calls the parts of a split {}"),
    "naming:axes": Choice("habit", "Calls figures and axes {}"),
    "naming:case": Choice("habit", "Writes names in {}", rivals=True, granted=frozenset({"snake_case"})),
    "naming:language": Choice("habit", "Names things in {}", rivals=True, granted=frozenset({"English"})),
    "comments:language": Choice("habit", "Writes comments in {}", rivals=True, granted=frozenset({"English"})),
}

_MAGICS = {
    "!": "Runs commands of the shell from cells (!)",
    "%autoreload": "Has modules reloaded as they change (%autoreload)",
    "%timeit": "Times lines with %timeit",
    "%%timeit": "Times cells with %%timeit",
    "%time": "Times lines with %time",
    "%%time": "Times cells with %%time",
    "%%bash": "Writes shell scripts in %%bash cells",
    "%%sh": "Writes shell scripts in %%sh cells",
    "%%sql": "Queries databases in %%sql cells",
    "%sql": "Queries databases with %sql",
    "%%writefile": "Writes modules from cells with %%writefile",
    "%%R": "Runs R in %%R cells",
    "%%cython": "Speeds code up in %%cython cells",
    "%debug": "Looks into errors with %debug",
    "%pip": "Installs packages with %pip",
}
_EVERYONES_MAGICS = frozenset("matplotlib load_ext reload_ext config memo env cd pwd precision".split())


def of_magic(magic: str) -> str:
    """Say that a magic is used; ``""`` for those of which nobody needs to be told."""
    if magic.lstrip("%") in _EVERYONES_MAGICS:
        return ""
    return _MAGICS.get(magic, f"Uses the magic {magic}")
