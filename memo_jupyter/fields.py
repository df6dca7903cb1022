"""What a caller may hand in, checked: the fields of a memory, filters, and times."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from memo_jupyter.characters import whole
from memo_jupyter.errors import BadInput
from memo_jupyter.index.rows import Filter
from memo_jupyter.types import ERROR, KINDS, Doing, Record

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_FIELDS = ("text", "kind", "author", "created", "thread", "source", "tags", "prompt", "response", "code", "outputs",
           "thumbnails")  # fmt: skip
_MOST = 1_000_000  # more are asked for by mistake, and SQLite takes no number of any size


def did_you_mean(wrong: str, known: Collection[str]) -> str:
    """Word a guess at what was meant, or nothing if there is none."""
    close = get_close_matches(wrong, known, 1, 0.5)
    return f" Did you mean {close[0]}?" if close else ""


def record(fields: Mapping[str, Any]) -> Record:
    """Make a new record of the keywords of `Memo.remember`.

    Raises
    ------
    BadInput
        One is unknown or does not fit.
    """
    from memo_jupyter.records.store import new_id  # noqa: PLC0415  # brings in the lock library

    if not isinstance(fields, Mapping):
        raise BadInput(f"A memory is a text, or a dict of its fields, not {type(fields).__name__}.")
    for name in fields:
        if name not in _FIELDS:
            raise BadInput(f"A memory has no field {name!r}.{did_you_mean(name, _FIELDS)}")
    given = {name: value for name, value in fields.items() if value is not None}
    words = given.pop("text", "")
    if not isinstance(words, str) or not words.strip():
        raise BadInput("There is nothing to remember: the text is empty.")
    kind = given.pop("kind", "note")
    if kind not in KINDS:
        raise BadInput(f"There is no kind {kind!r}; a memory is one of {', '.join(KINDS)}.")
    created = when(given.pop("created", None)) or datetime.now(timezone.utc)
    tags = given.pop("tags", ())
    tags = None if isinstance(tags, str) or not isinstance(tags, Iterable) else tuple(tags)
    source = given.pop("source", {})
    plain = isinstance(source, Mapping) and all(
        isinstance(key, str) and isinstance(value, (str, int)) for key, value in source.items()
    )
    if tags is None or not all(isinstance(tag, str) for tag in tags) or not plain:
        raise BadInput("Tags are a list of texts, and a source is a dict of texts and whole numbers.")
    pictures = tuple(given.pop("thumbnails", ()))
    if not all(isinstance(one, bytes) for one in pictures):
        raise BadInput("The thumbnails of a memory are a list of bytes, each a PNG.")
    for name, value in given.items():
        if not isinstance(value, str):
            raise BadInput(f"The {name} of a memory is a text, not {type(value).__name__}.")
    source = {whole(key): whole(value) if isinstance(value, str) else value for key, value in source.items()}
    given = {name: whole(value) for name, value in given.items()}
    return Record(
        new_id(created), created, kind, whole(words), source=source, tags=tuple(map(whole, tags)), thumbnails=pictures,
        **given,
    )  # fmt: skip


def where(
    kinds: Collection[str] | None = None,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    thread: str | None = None,
    tags: Collection[str] | None = None,
    source: str | None = None,
) -> Filter | None:
    """Make a filter of the keywords of `Memo.recall`; None if nothing is filtered.

    Raises
    ------
    BadInput
        A kind is unknown, or a time is none.
    """
    if kinds is None and since is None and until is None and thread is None and not tags and source is None:
        return None
    kinds = _texts(kinds, "kinds")
    if thread is not None:
        text(thread, "The thread")
    for kind in kinds or ():
        if kind not in (*KINDS, ERROR):
            raise BadInput(f"There is no kind {kind!r}; a memory is one of {', '.join(KINDS)}.")
    first, last = _edge(since), _edge(until)
    if first is not None and last is not None and first >= last:
        raise BadInput(f"Nothing can be since {since} and before {until}: the first has to be the earlier.")
    return Filter(
        kinds,
        first,
        last,
        thread,
        _texts(tags, "tags"),
        source if source is None else text(source, "The source"),
    )


def doing(context: str | Sequence[str] | Doing | None) -> Doing:
    """Make of the `context` of `Memo.recall` what it says of the user.

    Raises
    ------
    BadInput
        It is no text, and no list of texts.
    """
    if context is None or isinstance(context, Doing):
        return context or Doing()
    texts = [context] if isinstance(context, str) else list(context) if isinstance(context, Iterable) else [None]
    if not all(isinstance(one, str) for one in texts):
        raise BadInput("The context, what you are doing now, is a text or a list of texts.")
    return Doing(tuple(whole(one) for one in texts))


def text(value: Any, what: str) -> str:
    """Give `value`, which has to be a text; `what` names it in the error.

    Raises
    ------
    BadInput
        It is something else.
    """
    if not isinstance(value, str):
        raise BadInput(f"{what} is a text, not {type(value).__name__}.")
    return value


def number(value: Any, what: str, least: int) -> int:
    """Give a number of memories, which has to be whole and not below `least`; `what` names it in the error.

    Raises
    ------
    BadInput
        It is something else.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__") or operator.index(value) < least:
        raise BadInput(f"{what} is a whole number, {least} or more, not {value!r}.")
    return min(operator.index(value), _MOST)


def _edge(moment: datetime | str | None) -> datetime | None:
    """Read a time as `when` does, and the words that people use for one: ``yesterday``, ``3d``, ``last week``."""
    try:
        return when(moment)
    except BadInput:
        from memo_jupyter.recall.edges import edge  # noqa: PLC0415  # only where a time is no date

        found = edge(moment, datetime.now().astimezone()) if isinstance(moment, str) else None
        if found is None or found.year < 1970:  # noqa: PLR2004  # as in `when`
            raise
        return found


def _texts(values: Any, what: str) -> list[Any] | None:
    """Give a list of texts; a text alone is one of them."""
    if values is None:
        return None
    values = [values] if isinstance(values, str) else values
    if not isinstance(values, Iterable):
        raise BadInput(f"The {what} are a list of texts, not {type(values).__name__}.")
    return [text(value, f"One of the {what}") for value in values]


def when(moment: datetime | str | None) -> datetime | None:
    """Read a time: a datetime, or an ISO date or time. Without a zone it is local.

    Returns
    -------
    datetime or None
        In UTC.

    Raises
    ------
    BadInput
        It is not a time, or one before 1970.
    """
    if moment is None:
        return None
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment.strip().replace("Z", "+00:00"))
        except ValueError:
            raise BadInput(
                f"{moment!r} is not a time. Write it like 2026-05-07, 2026-05-07T14:30, yesterday or 3d."
            ) from None
    if not isinstance(moment, datetime):
        raise BadInput(f"A time is a datetime or a text like 2026-05-07, not {type(moment).__name__}.")
    try:
        moment = moment.astimezone(timezone.utc)
    except (OverflowError, OSError, ValueError):
        raise BadInput(f"{moment} is not a time that can be kept.") from None
    if moment.year < 1970:  # noqa: PLR2004  # an id counts from there
        raise BadInput(f"{moment:%Y-%m-%d} is before 1970, which an id cannot express.")
    return moment
