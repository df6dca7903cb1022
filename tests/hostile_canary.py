"""What the hostile records try to call; nothing ever does, or it sings."""

from __future__ import annotations

sung: list[object] = []


def sing(*words: object) -> None:
    sung.append(words)


class Bird:
    def __new__(cls, *words: object) -> Bird:  # noqa: PYI034
        sung.append(words)
        return super().__new__(cls)

    def __setstate__(self, state: object) -> None:
        sung.append(state)
