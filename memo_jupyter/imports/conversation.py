"""A conversation of any program, as memories: each question with its answer, in order, under the same id every time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memo_jupyter.characters import whole
from memo_jupyter.imports.times import EPOCH, after
from memo_jupyter.records.store import id_from
from memo_jupyter.types import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    Clean = Callable[[str], str]

LONGEST = 2_000_000
"""Characters of one side of a turn that are kept: a record holds each twice, and has its bounds."""


@dataclass(frozen=True, slots=True)
class Message:
    """What one side said.

    Attributes
    ----------
    key : str
        What the program calls it.
    text : str
    is_answer : bool
        Whether the model said it.
    when : datetime or None
    author : str or None
        Of an answer: who gave it.
    """

    key: str
    text: str
    is_answer: bool
    when: datetime | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said in one conversation, in order.

    Attributes
    ----------
    app : str
        The program it was held in; who answers where nothing else is said.
    key : str
        What the program calls it; the same in every export.
    title : str
    began : datetime or None
    messages : sequence of Message
    """

    app: str
    key: str
    title: str
    began: datetime | None
    messages: Sequence[Message]


@dataclass(slots=True)
class _Turn:
    questions: list[Message] = field(default_factory=list)
    answers: list[Message] = field(default_factory=list)


def as_it_is(text: str) -> str:
    """Keep a text as it is: what `clean` is by default."""
    return text


def words_of(texts: Sequence[str]) -> str:
    """Join what was said in several messages or parts; a first line stays indented: it may be the head of a table."""
    return "\n\n".join(one.strip("\r\n").rstrip() for one in texts if one.strip())


def digest_of(*parts: str) -> bytes:
    """Give the ten bytes that stand for an origin: BLAKE2b-80 (RFC 7693) of its parts."""
    data = b"".join(len(part).to_bytes(8, "big") + part for part in (whole(one).encode() for one in parts))
    return hashlib.blake2b(data, digest_size=10, person=b"memo import").digest()


def records(
    conversation: Conversation, thread: Callable[[], str], file: str, clean: Clean = as_it_is
) -> Iterator[tuple[Record, bool]]:
    """Make a memory of each question with its answer, and tell whether all of it is kept.

    Parameters
    ----------
    conversation : Conversation
    thread : callable
        Gives the name that it has here; asked for only if it says anything.
    file : str
        The name of the file it comes from.
    clean : callable
        What every text goes through before it is kept.
    """
    given = (one.when for one in conversation.messages)
    otherwise = conversation.began or next(filter(None, given), EPOCH)
    last = None
    for turn in _turns(conversation.messages):
        said = [*turn.questions, *turn.answers]
        last = after(next(filter(None, (one.when for one in said)), None), last, otherwise)
        sides = [words_of([one.text for one in side]) for side in (turn.questions, turn.answers)]
        prompt, response = (whole(clean(side[:LONGEST])) for side in sides)
        if not (text := words_of([prompt, response])):
            continue
        # With the first answer: a question that had none yet is another memory once it has.
        first = turn.answers[0].key if turn.answers else ""
        key = digest_of(conversation.app, conversation.key, said[0].key, first)
        source = {"app": conversation.app, "file": file, "conversation": conversation.key, "import_key": key.hex()}
        author = next((one.author for one in turn.answers if one.author), None) or conversation.app
        record = Record(
            id_from(last, key),
            last,
            "chat",
            text,
            prompt=prompt,
            response=response,
            author=whole(clean(author)),
            thread=thread(),
            source={name: whole(clean(value)) for name, value in source.items()},
        )
        yield record, max(map(len, sides)) <= LONGEST


def _turns(messages: Sequence[Message]) -> Iterator[_Turn]:
    """Put questions and answers together: several of one side in a row are one."""
    turn = _Turn()
    for message in messages:
        if not message.text.strip():
            continue
        if turn.answers and not message.is_answer:
            yield turn
            turn = _Turn()
        (turn.answers if message.is_answer else turn.questions).append(message)
    if turn.questions or turn.answers:
        yield turn
