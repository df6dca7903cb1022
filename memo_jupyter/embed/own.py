"""A folder of the user's own with an ONNX encoder, as Hugging Face repositories are laid out.

Nothing is written into it: what memo has to know is read from its files, once in a session.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from memo_jupyter.embed.files import Manifest, digest_of, model_file_in
from memo_jupyter.errors import EmbeddingModelCorrupt, EmbeddingModelMissing

if TYPE_CHECKING:
    from pathlib import Path

_NEEDED = "It needs model.onnx, tokenizer.json, tokenizer_config.json and config.json"
_LONGEST = 8192  # tokens; a limit beyond it is transformers' way of saying that none is known


def read_own(folder: Path) -> Manifest:
    """Read what is known of the model in `folder`, which memo has not made.

    Raises
    ------
    EmbeddingModelMissing
        There is no ONNX file in it.
    EmbeddingModelCorrupt
        One of the files beside it is missing, or not what it should be.
    """
    file = model_file_in(folder)
    if file is None:
        raise EmbeddingModelMissing(f"There is no embedding model in {folder}. {_NEEDED}.")
    try:
        weights = sorted((folder / file).parent.glob((folder / file).name + "*"))  # and its external data, if any
        return Manifest(
            name=folder.name,
            precision="",
            model_file=file,
            digest=digest_of(*weights),
            dim=_width(_json(folder / "config.json")),
            max_tokens=token_limit(folder),
            pooling=_pooling(folder),
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise unusable(folder, error) from error


def token_limit(folder: Path) -> int:
    """Tell how many tokens fastembed will read: the smaller of the two limits in ``tokenizer_config.json``."""
    config = _json(folder / "tokenizer_config.json")
    limits = [config.get(key) for key in ("model_max_length", "max_length")]
    return min([_LONGEST, *(int(limit) for limit in limits if isinstance(limit, (int, float)) and limit > 0)])


def unusable(folder: Path, error: BaseException) -> EmbeddingModelCorrupt:
    """Word the error of a folder that cannot be loaded: setting up again would not help there."""
    reason = " ".join(str(error).split())[:160].rstrip(".")
    return EmbeddingModelCorrupt(
        f"The embedding model in {folder} cannot be used ({type(error).__name__}: {reason}). {_NEEDED}."
    )


def _width(config: dict[str, Any]) -> int:
    """Read the length of the vectors, under the name that each architecture gives it."""
    for key in ("hidden_size", "dim", "d_model"):
        if key in config:
            return int(config[key])
    raise KeyError("config.json names no hidden_size")


def _json(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text("utf-8"))
    if not isinstance(found, dict):
        raise TypeError(f"{path.name} is not a JSON object")
    return found


def _pooling(folder: Path) -> str:
    """Read how sentence-transformers makes one vector of many; the mean, if it does not say."""
    path = folder / "1_Pooling" / "config.json"
    if not path.is_file():
        return "mean"
    config = _json(path)
    named = config.get("pooling_mode")  # newer files name it, older ones have a switch for each
    chosen = [named] if isinstance(named, str) else [key for key, on in config.items() if on is True]
    chosen = [one.removeprefix("pooling_mode_") for one in chosen if one != "include_prompt"]
    known = {"cls": "cls", "cls_token": "cls", "mean": "mean", "mean_tokens": "mean"}
    if len(chosen) != 1 or chosen[0] not in known:
        raise ValueError(f"its pooling is {' and '.join(chosen) or 'not named'}, and only mean and cls are known")
    return known[chosen[0]]
