"""A time as the user's clock has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def local(moment: datetime) -> datetime:
    """Give a time in the user's zone; at the calendar's ends, where that can have no date, as it is."""
    try:
        return moment.astimezone()
    except (OverflowError, OSError, ValueError):
        return moment
