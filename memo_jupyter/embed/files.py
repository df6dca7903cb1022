"""The folder of one embedding model: which files it has, and what is known of it without loading it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from memo_jupyter.errors import EmbeddingModelCorrupt, EmbeddingModelMissing

DEFAULT = "sentence-transformers/all-MiniLM-L6-v2"
"""The model that is used unless another is named."""

MANIFEST = "manifest.json"
_ONNX = ("model.onnx", "onnx/model.onnx", "model_optimized.onnx")
"""Where a model's ONNX file is found in a folder of the user's own."""

_READ = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a model without loading it.

    Attributes
    ----------
    name : str
        As fastembed knows it; of a folder of the user's own, the folder's name.
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
    pooling : str
        How a text's vector is made of its tokens' vectors, where fastembed does not know it: ``mean`` or ``cls``.
    files : dict of str to str
        BLAKE2b-128 of the other files, which make the vectors as much as the weights do.
    """

    name: str
    precision: str
    model_file: str
    digest: str
    dim: int
    max_tokens: int
    pooling: str = ""
    files: dict[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Names the exact model: vectors of two fingerprints must never be compared."""
        short = self.name.rpartition("/")[2]
        return ":".join(filter(None, (short, self.precision, self.pooling, self.digest[:12])))

    def write(self, folder: Path) -> None:
        """Write it into the model's folder."""
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")

    def check(self, folder: Path) -> None:
        """See to it that the files in `folder` are those that were set up.

        onnxruntime loads weights with a flipped bit without a word, and every vector is a little wrong from then on.

        Raises
        ------
        EmbeddingModelCorrupt
            They are not.
        """
        for name, expected in ((self.model_file, self.digest), *self.files.items()):
            try:
                found = digest_of(folder / name)
            except OSError as error:
                raise damaged(folder) from error
            if found != expected:
                raise damaged(folder)


def own_folder(name: str) -> Path | None:
    """Give the folder, if `name` is that of a folder with a model, and not that of a model.

    A relative name is a folder's only if there is a model in it: ``sentence-transformers/all-MiniLM-L6-v2`` may well be
    an unrelated folder beside the notebook.
    """
    folder = Path(name).expanduser()
    told = folder.is_absolute() or name.startswith(".")
    return folder.absolute() if told or (folder / MANIFEST).is_file() or model_file_in(folder) else None


def model_file_in(folder: Path) -> str | None:
    """Name the ONNX file of a folder that memo has not made, relative to it; None if it holds no model."""
    return next((name for name in _ONNX if (folder / name).is_file()), None)


def folder_of(name: str, models: Path) -> Path:
    """Tell where the model of that name is kept; a name may be a folder itself."""
    return own_folder(name) or models / re.sub(r"[^\w.-]+", "--", name)


def is_ready(name: str, models: Path) -> bool:
    """Tell whether the model has been set up, without loading it."""
    folder = folder_of(name, models)
    if not (folder / MANIFEST).is_file() and own_folder(name):
        return bool(model_file_in(folder)) and (folder / "tokenizer.json").is_file()
    try:
        read_manifest(folder)
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
    except (FileNotFoundError, NotADirectoryError):
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


def digest_of(*paths: Path, algorithm: str = "blake2b") -> str:
    """Give the checksum of files, one after the other, in hex: BLAKE2b-128, or SHA-256."""
    digest = hashlib.blake2b(digest_size=16) if algorithm == "blake2b" else hashlib.new(algorithm)
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(_READ):
                digest.update(block)
    return digest.hexdigest()
