"""Characters that must not get where text is written: halves of characters, and what a terminal would obey."""

from __future__ import annotations

_PICTURES = 0x2400  # Unicode has a picture of each control character, in their order
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SHOWN: dict[int, int | None] = {
    **{code: _PICTURES + code for code in range(0x20) if chr(code) not in "\n\t"},
    ord("\r"): None,  # of the line ends that some write, the other half stays
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys(_BIDI),
}


def whole(text: str) -> str:
    r"""Join the halves of characters (surrogates) that belong together; one that is alone becomes U+FFFD.

    A broken file name or ``"\ud800"`` in JSON gives such a half, which no file, server or screen takes.
    """
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def for_terminal(text: str) -> str:
    """Make text harmless for a terminal, whoever wrote it.

    Control characters but newline and tab are shown as their pictures (ESC as ``␛``), so that no text can move the
    cursor, change what stands on the screen, or answer for the user; what reverses the order of writing is left out.
    """
    return whole(text).translate(_SHOWN)
