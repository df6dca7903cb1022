"""What a GGUF file says of itself at its beginning, read without llama.cpp.

So that a file that is no model is refused in a moment, and the window is known before memory is taken for it.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from memo_jupyter.errors import LLMError, UnknownModel

if TYPE_CHECKING:
    from pathlib import Path

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_TEXT, _LIST = 8, 9
_LONGEST_KEY = 2**16 - 1
_LONGEST = 2**26  # bytes of a text, or numbers of a list: a broken length must not take all memory
_MOST_KEYS = 10_000
_NO_CHAT = ("bert", "clip", "t5")  # architectures that embed texts, see pictures, or are made for translating


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What memo wants to know of a model before it is loaded.

    Attributes
    ----------
    architecture : str
        Such as ``llama``.
    window : int or None
        For how long a window it was trained, in tokens.
    chats : bool
        Whether it writes text, rather than only embedding it.
    """

    architecture: str
    window: int | None
    chats: bool


def read_header(path: Path) -> GgufHeader:
    """Read the beginning of a GGUF file.

    Raises
    ------
    UnknownModel
        There is no such file, or it is not GGUF.
    LLMError
        It cannot be read, or ends too soon.
    """
    try:
        with path.open("rb") as file:
            return _read(file, path)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # a ValueError: a name no file can have
        raise UnknownModel(f"There is no file {path}. Name the GGUF file of a model.") from error
    except IsADirectoryError as error:
        raise UnknownModel(f"{path} is a folder. Name the GGUF file of a model.") from error
    except OSError as error:
        raise LLMError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (struct.error, EOFError) as error:
        raise LLMError(f"{path} ends too soon for a GGUF file: it was not copied whole. Fetch it again.") from error


def _read(file: BinaryIO, path: Path) -> GgufHeader:
    start = file.read(len(_MAGIC))
    if start != _MAGIC[: len(start)]:
        raise UnknownModel(f"{path} is not a GGUF file. llama.cpp's convert_hf_to_gguf.py makes one of a model.")
    if len(start) < len(_MAGIC):
        raise EOFError
    version, _, keys = struct.unpack("<IQQ", _take(file, 20))
    if version not in _VERSIONS or keys > _MOST_KEYS:
        raise UnknownModel(f"{path} is a GGUF file of a version that memo does not know ({version}).")
    values: dict[str, object] = {}
    for _ in range(keys):
        (length,) = struct.unpack("<Q", _take(file, 8))
        key = _take(file, min(length, _LONGEST_KEY)).decode("utf-8", "replace")
        (kind,) = struct.unpack("<I", _take(file, 4))
        if key.startswith("tokenizer.") and f"{values.get('general.architecture')}.context_length" in values:
            break  # a long list of words comes now, and what is wanted stood before it
        values[key] = _value(file, kind)
    architecture = str(values.get("general.architecture", ""))
    window = values.get(f"{architecture}.context_length")
    embeds = f"{architecture}.pooling_type" in values or any(name in architecture for name in _NO_CHAT)
    return GgufHeader(architecture, window if isinstance(window, int) and window > 0 else None, not embeds)


def _value(file: BinaryIO, kind: int) -> object:
    """Read a value; of a list, only get past it."""
    if kind in _SCALARS:
        layout = _SCALARS[kind]
        return struct.unpack(layout, _take(file, struct.calcsize(layout)))[0]
    if kind == _TEXT:
        (length,) = struct.unpack("<Q", _take(file, 8))
        return _take(file, length).decode("utf-8", "replace")
    if kind == _LIST:
        inner, count = struct.unpack("<IQ", _take(file, 12))
        if inner in _SCALARS and count < _LONGEST:
            file.seek(count * struct.calcsize(_SCALARS[inner]), 1)
            return None
        if inner == _TEXT:
            for _ in range(count):
                _value(file, inner)
            return None
    raise EOFError  # no such kind: what stands here is not what was written


def _take(file: BinaryIO, length: int) -> bytes:
    data = file.read(min(length, _LONGEST))
    if len(data) < length:
        raise EOFError
    return data
