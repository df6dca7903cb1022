"""Looking into plain data that anybody may have made: what is not of the right type is not there."""

from __future__ import annotations

from typing import Any


def fields(value: object) -> dict[str, Any]:
    """Give an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Any]:
    """Give a list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def text(*values: object) -> str:
    """Give the first of `values` that is a text and not empty; an empty one if none is."""
    return next((one for one in values if isinstance(one, str) and one.strip()), "")
