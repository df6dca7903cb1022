"""The times that other programs write, read without trusting them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
"""Stands for a time that nothing tells."""

_LATEST = 4_102_444_800  # seconds: 2100; a number beyond it is in milliseconds, or nonsense
_STEP = timedelta(milliseconds=1)  # an id counts in them


def of_seconds(value: object) -> datetime | None:
    """Read the seconds, or milliseconds, since 1970; None if it is no time from then to 2100."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    if 1000 * _LATEST > value >= 100 * _LATEST:
        value /= 1000
    if not 0 <= value < _LATEST:  # NaN, too
        return None
    return EPOCH + timedelta(seconds=value)


def of_text(value: object, zone: timezone | None = timezone.utc) -> datetime | None:
    """Read an ISO time; one that names no zone is in `zone`, or local. None if it is no time from 1970 to 2100."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(_six_digits(value.strip().replace("Z", "+00:00")))
        moment = (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(timezone.utc)
        return moment if 0 <= (moment - EPOCH).total_seconds() < _LATEST else None
    except (ValueError, OverflowError, OSError):
        return None


def after(moment: datetime | None, last: datetime | None, otherwise: datetime) -> datetime:
    """Give a turn its time: later than the turn before, because an id keeps their order by it alone.

    It depends on nothing that comes after it, so that a conversation that has grown since gives the same times.
    """
    if last is None:
        return moment or otherwise
    return max(moment, last + _STEP) if moment else last + _STEP


def _six_digits(written: str) -> str:
    # Python 3.10 reads three or six digits of a second, and some write fewer.
    head, dot, tail = written.partition(".")
    digits = len(tail) - len(tail.lstrip("0123456789"))
    return f"{head}.{tail[:digits][:6].ljust(6, '0')}{tail[digits:]}" if dot else written
