"""Every error that memo raises on purpose.

The tree::

    MemoError
      BadInput              what was typed cannot be carried out; the line says what to type
        UnknownId             no record has that id
        UnknownModel          no reachable server has that model
        BadArchive            not an archive that memo wrote, whole and unchanged, nor anything else that it takes
      StoreError            the store's folder
        StoreUnwritable       read-only, not ours, or the disk is full
        StoreTooNew           written by a later memo
        CorruptRecord         a record file that is not what was written
      CorruptIndex          never raised to a user: the index is rebuilt instead
      EmbeddingError        the embedding model
        EmbeddingModelMissing   not set up yet; the line names the command
        EmbeddingModelCorrupt   its files are not the ones that were checked
      LLMError              the language model's server
        HostNotAllowed        not this computer, and not allowed by name
        ServerUnreachable     nothing answers there
        ServerTimeout         it fell silent
        ServerRefused         it answered with an HTTP error
          PromptTooLong         … because the prompt does not fit its window
        BrokenReply           what it sent is not the protocol, or the stream was cut
      Stopped               the user interrupted an answer; the part that had arrived is kept

Each message is one line that says what happened and what to do. In a notebook that line is all that is shown:
`MemoError` renders itself without a traceback, because for an error that memo foresaw the traceback is noise.
"""

from __future__ import annotations

from memo_jupyter.characters import for_terminal


class MemoError(Exception):
    """Anything that memo could not do; the message is one line that says what to do about it."""

    def _render_traceback_(self) -> list[str]:
        """Show one line in IPython (the hook IPython documents for exceptions that format themselves)."""
        return [for_terminal(f"memo: {self}")]


class BadInput(MemoError):
    """What was typed cannot be carried out."""


class UnknownId(BadInput):
    """No record, or more than one, has that id."""


class UnknownModel(BadInput):
    """No reachable server has that language model."""


class BadArchive(BadInput):
    """A file is not an archive that memo wrote, whole and unchanged, nor another that it takes. Nothing was taken."""


class StoreError(MemoError):
    """The store's folder cannot be used."""


class StoreUnwritable(StoreError):
    """A write failed: a read-only folder, missing rights, or a full disk. Nothing half-written stays."""


class StoreTooNew(StoreError):
    """The store was written by a later version of memo."""


class CorruptRecord(StoreError):
    """A record file is not what memo wrote."""


class CorruptIndex(MemoError):
    """A file of the index is not what memo wrote. Never reaches a user: the index is rebuilt instead."""


class EmbeddingError(MemoError):
    """The embedding model cannot be used."""


class EmbeddingModelMissing(EmbeddingError):
    """The embedding model has not been set up on this computer."""


class EmbeddingModelCorrupt(EmbeddingError):
    """The embedding model's files are not the ones that were checked."""


class LLMError(MemoError):
    """The language model's server did not do what was asked."""


class HostNotAllowed(LLMError):
    """The server's address is not this computer, and the user has not allowed it by name."""


class ServerUnreachable(LLMError):
    """Nothing answers at the server's address."""


class ServerTimeout(LLMError):
    """The server fell silent for longer than the `timeout` setting."""


class ServerRefused(LLMError):
    """The server answered with an HTTP error.

    Attributes
    ----------
    status : int
        The HTTP status, 300 to 599; 0 for an error that came inside a stream.
    retry_after : float or None
        For how many seconds the server wants to be left alone, if it says so.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after: float | None = None


class PromptTooLong(ServerRefused):
    """The prompt does not fit the model's window.

    Attributes
    ----------
    prompt_tokens, window : int or None
        What the server counted, and the window it has, in tokens, where it said so.
    """

    def __init__(self, message: str, prompt_tokens: int | None = None, window: int | None = None) -> None:
        super().__init__(message, status=400)
        self.prompt_tokens = prompt_tokens
        self.window = window


class BrokenReply(LLMError):
    """What the server sent is not the protocol, or the stream was cut before its end."""


class Stopped(MemoError):
    """The user interrupted an answer. The part that had arrived is kept."""
