"""An answer while it arrives, and after."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from memo_jupyter.citations import cited
from memo_jupyter.errors import LLMError
from memo_jupyter.llm.quote import CHOSEN, NOTICE
from memo_jupyter.llm.window import in_words
from memo_jupyter.types import QUOTE, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from memo_jupyter.attempts import Attempt
    from memo_jupyter.types import Dropped, Hit, Record

    Again = Callable[[LLMError], Attempt | None]


class Answer:
    """What `Memo.ask` returns. Iterate it for the words as they arrive; `text` waits for all of them.

    The question is sent when the first words are wanted. However the iteration ends, what had arrived is stored: an
    answer that was stopped, interrupted or cut is stored too, marked partial.

    Attributes
    ----------
    prompt : Prompt
        Exactly what was sent.
    reasoning : str
        What a reasoning model thought before it answered. Not stored.
    partial : bool
        Whether the answer ended before its end; also where nothing of it had arrived.
    usage : Usage
        Numbers of tokens, where the server tells them.
    problems : list of str
        What went wrong beside the answer, such as a full disk that kept it from being stored.
    """

    def __init__(
        self,
        attempt: Attempt,
        keep: Callable[[Answer], Record | None],
        again: Again,
        *,
        quotes_by_choice: bool = False,
    ) -> None:
        self.prompt = attempt.prompt
        self.reasoning = ""
        self.partial = False
        self.usage = Usage()
        self.problems: list[str] = []
        self._stream = attempt.stream
        self._keep = keep
        self._again = again
        self._quoting = CHOSEN if quotes_by_choice else NOTICE
        self._pieces: list[str] = []
        self._words: Generator[str, None, None] | None = None
        self._stopped = threading.Event()
        self._complete = False
        self._over = False
        self._busy = attempt.told
        self._began: float | None = None
        self._ended: float | None = None
        self._record: Record | None = None

    def __iter__(self) -> Iterator[str]:
        """Give the words of the answer as they arrive.

        Raises
        ------
        LLMError
            The server failed. What had arrived before is in `text`, and stored.
        """
        if self._words is None:
            self._words = self._read()
        return self._words

    @property
    def text(self) -> str:
        """The whole answer; the words that have not been read yet are waited for."""
        for _ in self:
            pass
        return self.so_far

    @property
    def so_far(self) -> str:
        """What has arrived of the answer."""
        return "".join(self._pieces)

    @property
    def record(self) -> Record | None:
        """The stored interaction; None if it was not to be remembered, could not be stored, or nothing arrived."""
        for _ in self:
            pass
        return self._record

    @property
    def running(self) -> bool:
        """Whether the question has been sent, and its answer has not ended."""
        return self._words is not None and not self._over

    @property
    def recalled(self) -> tuple[Hit, ...]:
        """The memories that were sent with the question, best first."""
        return self.prompt.recalled

    @property
    def cited(self) -> list[int]:
        """The numbers that the answer cites: number n is ``recalled[n - 1]``, if there are so many."""
        return cited(self.so_far)

    @property
    def figures(self) -> str:
        """What the answer took, in a few words, as far as the server tells: ``1,204 tokens read, 56 written …``."""
        told = [f"{self.usage.prompt_tokens:,} tokens read"] if self.usage.prompt_tokens else []
        if self.usage.answer_tokens:
            told.append(f"{self.usage.answer_tokens:,} {'' if told else 'tokens '}written")
            if self._began is not None and self._ended is not None and self._ended > self._began:
                told.append(f"{self.usage.answer_tokens / (self._ended - self._began):,.0f} a second")
        return ", ".join(told)

    @property
    def dropped(self) -> tuple[Dropped, ...]:
        """What did not fit the model's window."""
        return self.prompt.dropped

    @property
    def model(self) -> str:
        """The language model that answers."""
        return self.prompt.model

    @property
    def notices(self) -> list[str]:
        """What the reader of the answer should know about it, a line each."""
        lines = [self._quoting] if self.model == QUOTE else []
        if self.dropped:
            lines.append(in_words(self.dropped))
        if self._busy:
            lines.append(self._busy)
        nowhere = [f"[{number}]" for number in self.cited if number > len(self.recalled)]
        if nowhere:
            given = {0: "none was given", 1: "one was given"}.get(
                len(self.recalled), f"{len(self.recalled)} were given"
            )
            stand = "stands" if len(nowhere) == 1 else "stand"
            lines.append(f"{', '.join(nowhere)} in the answer {stand} for no memory: {given}.")
        arrived = bool(self.so_far.strip())
        if self.partial and arrived:
            kept = " It is kept, marked partial." if self._record is not None else ""
            lines.append(f"The answer is partial: it ended before its end.{kept}")
        if self._complete and not self.partial and not arrived:
            lines.append("The model gave an empty answer. There is nothing to keep of it; asking again may help.")
        if not self.partial and self.usage.finish == "length":
            lines.append("The answer was cut at its longest length (max_tokens, or the end of the model's window).")
        return lines + self.problems

    def stop(self) -> None:
        """End the answer at once, from any thread; what had arrived is stored, marked partial."""
        self._stopped.set()
        self._stream.stop()

    def close(self) -> None:
        """End the answer, from the thread that reads it; what had arrived is stored. Needless once it has ended.

        An interrupt may come while the reader does something else with the words, and then nobody else would end it.
        """
        if self._words is None:  # nothing was asked yet, and nothing will be
            self._words = self._read()
        self._words.close()
        self._stream.stop()

    def _read(self) -> Generator[str, None, None]:
        try:
            while not self._complete:
                try:
                    yield from self._read_stream()
                    self._complete = True
                except LLMError as error:
                    attempt = None if self._pieces or self.reasoning else self._again(error)
                    if attempt is None:
                        raise
                    self.prompt, self._stream = attempt.prompt, attempt.stream
                    self._busy = attempt.told or self._busy
                    if self._stopped.wait(attempt.after):
                        return
        finally:
            self._over = True
            self.partial = self._stopped.is_set() or not self._complete
            if self.so_far.strip():  # an empty answer is no memory
                self._record = self._keep(self)

    def _read_stream(self) -> Generator[str, None, None]:
        deltas = iter(self._stream)
        try:
            for delta in deltas:
                self._ended = time.monotonic()
                self._began = self._began or self._ended
                self.reasoning += delta.reasoning
                if delta.text:
                    self._pieces.append(delta.text)
                    yield delta.text
        finally:
            # A generator that is only dropped is closed when it is collected; the server should stop now.
            close = getattr(deltas, "close", None)
            if close is not None:
                close()
            self.usage = self._stream.usage
