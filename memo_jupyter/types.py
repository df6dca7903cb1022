"""The values that memo's parts hand to one another.

They are frozen, and know nothing of files, indexes, servers or notebooks, so that each part can be understood, and
tested, on its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

Kind = Literal["chat", "cell", "note", "document", "fix", "profile"]
KINDS: tuple[Kind, ...] = ("chat", "cell", "note", "document", "fix", "profile")

ERROR = "error"
"""The tag of a cell that raised one; as a kind to look for, it means the cells that have it."""

PARTIAL = "partial"
"""The tag of an answer that was stopped, or cut, before its end."""

FRESH = "fresh"
"""The tag of a question with which its thread began anew: the turns before it are not sent any more."""

QUOTE = "quote"
"""The name of the built-in model that quotes memories; the author of what it answered."""


@dataclass(frozen=True, slots=True)
class Vector:
    """The embedding of one chunk of a record's text.

    Attributes
    ----------
    start, end : int
        The chunk is ``record.text[start:end]`` (in characters).
    values : bytes
        The unit vector, as little-endian float16.
    """

    start: int
    end: int
    values: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One memory: an interaction, an executed cell, a note …

    Attributes
    ----------
    id : str
        A ULID: 26 characters, sorting by `created`, then by when it was remembered (https://github.com/ulid/spec).
    created : datetime
        When it happened, in UTC.
    kind : str
        One of `KINDS`.
    text : str
        What is searched, and shown: a note's words; for a chat the prompt, an empty line, and the response.
    prompt, response : str or None
        The two sides of a chat.
    code, outputs : str or None
        The two sides of a cell.
    author : str or None
        Who said it; for a chat, the model that answered.
    thread : str or None
        The conversation it belongs to.
    source : mapping
        Where it comes from: `notebook`, `cell`, `execution_count`, `path`, `page` … Of a cell also `session` (the
        kernel's life), `duration_ms`, `folder`, `commit`, `packages` (what it imports, with versions), `error` (the
        exception's class), `runs` (how often it ran so in a row), and `supersedes` (the id of the run that it takes the
        place of).
    tags : tuple of str
        Free words.
    vectors : tuple of Vector
        The embeddings, one a chunk; empty until the text has been embedded.
    embedder : str or None
        The fingerprint of the model that made `vectors`.
    thumbnails : tuple of bytes
        Small PNG pictures of what a cell drew.
    """

    id: str
    created: datetime
    kind: str
    text: str
    prompt: str | None = None
    response: str | None = None
    code: str | None = None
    outputs: str | None = None
    author: str | None = None
    thread: str | None = None
    source: Mapping[str, str | int] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    vectors: tuple[Vector, ...] = field(default=(), repr=False)
    embedder: str | None = field(default=None, repr=False)
    thumbnails: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def short_id(self) -> str:
        """The last eight characters of the id, enough to name it: memo takes any unique ending."""
        return self.id[-8:]


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was recalled, and why.

    Attributes
    ----------
    record : Record
    score : float
        From 0 to 1; the sum of the shares in `why`.
    why : mapping of str to float
        Each signal's share of the score: `meaning`, `words`, `recency` …
    excerpt : str
        The part of the text that matches best, short and on one line.
    span : (int, int)
        Where the chunk that matches best starts and ends in the text, in characters.
    before, after : tuple of Record
        What stands beside it in its thread, notebook or file, in order of time; only if that was asked for.
    """

    record: Record
    score: float
    why: Mapping[str, float]
    excerpt: str
    span: tuple[int, int]
    before: tuple[Record, ...] = ()
    after: tuple[Record, ...] = ()


_LATEST = 600
"""Characters of what the user is doing that shift what is recalled: the last of it says most."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What the user is doing now, which shifts what is recalled.

    Attributes
    ----------
    texts : sequence of str
        The last cells, or turns of the conversation; the latest last.
    session : str or None
        The thread, or the notebook, that it is done in.
    """

    texts: Sequence[str] = ()
    session: str | None = None

    @property
    def text(self) -> str:
        """The end of it, as one text."""
        return "\n".join(self.texts)[-_LATEST:].strip()

    def __bool__(self) -> bool:
        return bool(self.text or self.session)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation, as language models take them.

    Attributes
    ----------
    role : str
        `system`, `user` or `assistant`.
    content : str
    """

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of the language model besides the messages.

    Attributes
    ----------
    temperature : float or None
        None leaves the server's own.
    max_tokens : int or None
        The longest answer, in tokens; None leaves the server's own.
    json : bool
        Whether the answer has to be JSON, where the server can force that.
    window : int or None
        The context window to ask for, in tokens, from a server that lets the caller choose it (Ollama).
    schema : mapping or None
        The JSON schema (https://json-schema.org) that the answer has to follow, where the server can force that; it is
        then JSON whatever `json` says.
    """

    temperature: float | None = None
    max_tokens: int | None = None
    json: bool = False
    window: int | None = None
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a streamed answer: words of the answer, or of the reasoning before it."""

    text: str = ""
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took, as the server tells: numbers of tokens, and why it ended.

    Attributes
    ----------
    prompt_tokens, answer_tokens : int or None
    finish : str or None
        `stop`, or `length` when the window or `max_tokens` was reached.
    """

    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    finish: str | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something that did not fit the model's window, and what was done with it.

    Attributes
    ----------
    what : str
        `memory`, `turn` (of the conversation so far), `cell` or `profile` (a line of it).
    name : str
        Which one: a record's id, or a few words.
    how : str
        `left out` or `shortened`.
    """

    what: str
    name: str
    how: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question made ready: exactly what goes to the model.

    Attributes
    ----------
    text : str
        The question itself, as it was asked.
    messages : tuple of Message
        What is sent.
    recalled : tuple of Hit
        The memories in it, best first: number n of the messages is ``recalled[n - 1]``.
    dropped : tuple of Dropped
        What did not fit.
    model : str
        The language model it was fitted to.
    server : str
        Where that model runs, in words a person reads.
    tokens : int
        How long the messages are, in tokens, at the most.
    window : int
        The model's context window, in tokens.
    """

    text: str
    messages: tuple[Message, ...]
    recalled: tuple[Hit, ...]
    dropped: tuple[Dropped, ...]
    model: str
    server: str
    tokens: int
    window: int
