"""Which language model answers: the one named, else the first of the local servers, else the one that quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.errors import UnknownModel
from memo_jupyter.llm.quote import QuoteModel
from memo_jupyter.types import QUOTE

if TYPE_CHECKING:
    from memo_jupyter.config import Settings
    from memo_jupyter.embed.base import Embedder
    from memo_jupyter.llm.base import ChatModel
