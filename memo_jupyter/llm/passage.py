"""A passage: a piece of a memory that can be quoted alone."""

from __future__ import annotations

from dataclasses import dataclass

PYTHON, SESSION, OUTPUT = "python", "pycon", "text"
"""The languages of what is shown in a fence: code, code with what it printed, and what was printed alone."""

TABLE = "|"
"""Stands for a language where a table is shown as Markdown has it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a memory that can be quoted alone.

    Attributes
    ----------
    text : str
        What it says itself, on one line.
    shown : str
        What is quoted, with what one needs to understand it; prose on one line.
    language : str
        How it is shown; empty for prose.
    about : str
        What leads to it: a heading, the question that it answered.
    """

    text: str
    shown: str
    language: str = ""
    about: str = ""
