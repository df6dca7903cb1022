"""Where a long text is cut, so that the embedding model reads all of it."""

from __future__ import annotations

from memo_jupyter.tokens import estimated


def cut(text: str, max_tokens: int) -> list[tuple[int, int]]:
    """Cut `text` at paragraphs, sentences or words into pieces that a model of `max_tokens` reads whole.

    Returns
    -------
    list of (int, int)
        Start and end of each piece, in characters; a text of nothing but white space has none.
    """
    if not text.strip():
        return []
    # A margin, since the tokens are estimated, and the model adds two of its own.
    capacity = int(max_tokens * 0.8)
    if estimated(text) <= capacity:
        return [(0, len(text))]
    from semantic_text_splitter import TextSplitter  # noqa: PLC0415  # 18 MB that short texts never need

    splitter = TextSplitter.from_callback(estimated, capacity)
    return [(start, start + len(piece)) for start, piece in splitter.chunk_indices(text)]
