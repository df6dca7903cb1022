"""The folder of one embedding model: which files it has, and what is known of it without loading it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from memo_jupyter.errors import EmbeddingModelCorrupt, EmbeddingModelMissing

DEFAULT = "sentence-transformers/all-MiniLM-L6-v2"
"""The model that is used unless another is named."""

MANIFEST = "manifest.json"
_READ = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a model without loading it.

    Attributes
    ----------
    name : str
        As fastembed knows it.
    precision : str
        ``int8`` or ``fp32`` for the default model; ``""`` if it is as it came.
    model_file : str
        The ONNX file, relative to the folder.
    digest : str
        BLAKE2b-128 of that file, in hex.
    dim : int
        The length of its vectors.
    max_tokens : int
        How many tokens it reads.
    """

    name: str
    precision: str
    model_file: str
    digest: str
    dim: int
    max_tokens: int

    @property
    def fingerprint(self) -> str:
        """Names the exact model: vectors of two fingerprints must never be compared."""
        short = self.name.rpartition("/")[2]
        return ":".join(filter(None, (short, self.precision, self.digest[:12])))

    def write(self, folder: Path) -> None:
        """Write it into the model's folder."""
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")


def folder_of(name: str, models: Path) -> Path:
    """Tell where the model of that name is kept; a name may be a folder itself."""
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser().absolute()
    return models / re.sub(r"[^\w.-]+", "--", name)


def is_ready(name: str, models: Path) -> bool:
    """Tell whether the model has been set up, without loading it."""
    try:
        read_manifest(folder_of(name, models))
    except (EmbeddingModelMissing, EmbeddingModelCorrupt):
        return False
    return True


def read_manifest(folder: Path) -> Manifest:
    """Read what is known of the model in `folder`.

    Raises
    ------
    EmbeddingModelMissing
        There is no model.
    EmbeddingModelCorrupt
        Its files are not complete.
    """
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text("utf-8")))
    except FileNotFoundError:
        raise EmbeddingModelMissing(
            "The embedding model is not set up. Run %memo setup (in a shell: jupyter memo setup), once."
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise damaged(folder) from error
    if not (folder / manifest.model_file).is_file() or not (folder / "tokenizer.json").is_file():
        raise damaged(folder)
    return manifest


def damaged(folder: Path) -> EmbeddingModelCorrupt:
    """Word the error of a model that cannot be loaded."""
    return EmbeddingModelCorrupt(f"The embedding model in {folder} is damaged. Run %memo setup --force.")


def digest_of(path: Path, *, algorithm: str = "blake2b") -> str:
    """Give a file's checksum in hex: BLAKE2b-128, or SHA-256."""
    digest = hashlib.blake2b(digest_size=16) if algorithm == "blake2b" else hashlib.new(algorithm)
    with path.open("rb") as file:
        while block := file.read(_READ):
            digest.update(block)
    return digest.hexdigest()
