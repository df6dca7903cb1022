"""PDF files, a part a page, with pypdf.

pypdf is pure Python under a BSD licence, and caps what a stream may unpack to. PyMuPDF is faster, but under the AGPL;
pdfminer.six reads layouts better, takes several times as long and has no caps.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from memo_jupyter.documents.part import ALIVE, MOST_BYTES, Part, Unreadable

if TYPE_CHECKING:
    from memo_jupyter.documents.part import Parts

_MOST_PAGES = 10_000


def read_pdf(data: bytes) -> Parts:
    """Read the text of each page.

    Raises
    ------
    Unreadable
        It has a password, is damaged, or has no text in it.
    """
    try:
        import pypdf  # noqa: PLC0415  # an extra
        from pypdf.errors import DependencyError  # noqa: PLC0415  # the same
    except ImportError:
        raise Unreadable("PDF files need one thing more: pip install 'memo-jupyter[documents]'") from None
    reader = pypdf.PdfReader(io.BytesIO(data))
    try:
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("it has a password")
    except (DependencyError, NotImplementedError):
        raise Unreadable("it is encrypted") from None
    if len(reader.pages) > _MOST_PAGES:
        raise Unreadable(f"it has {len(reader.pages):,} pages, and may have {_MOST_PAGES:,}")
    left = MOST_BYTES
    some = False
    for number, page in enumerate(reader.pages, 1):
        text = _text(page)
        left -= len(text)
        if left < 0:
            raise Unreadable("it holds more text than a document can")
        some = some or bool(text.strip())
        yield Part(text, {"page": number}) if text else ALIVE
    if not some:
        raise Unreadable("it has no text in it, only pictures of pages; recognise its text (OCR) first")


def _text(page: Any) -> str:
    return str(page.extract_text()).strip()
