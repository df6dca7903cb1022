"""The embedding model, run by fastembed, from files on this computer and nothing else."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from memo_jupyter.embed.base import normalised
from memo_jupyter.embed.files import DEFAULT, MANIFEST, Manifest, damaged, folder_of, own_folder, read_manifest
from memo_jupyter.embed.own import read_own, unusable
from memo_jupyter.embed.reports import turn_off_reports
from memo_jupyter.errors import BadInput, EmbeddingModelMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_AT_ONCE = 3  # texts in the works: while one is run on all cores, others are cut into tokens
_UNKNOWN_LIMIT = 256  # tokens, until the model's own limit is known


class FastembedEmbedder:
    """An `Embedder` that fastembed runs. Nothing is loaded before the first text is embedded.

    fastembed asks the hub even for a model it has cached, unless it is given a folder: it is always given one.

    Parameters
    ----------
    name : str
        A model that fastembed knows, or a folder: one that `setup_model` has made, or any with an ONNX encoder.
    models : Path
        The folder of all models.
    """

    def __init__(self, name: str, models: Path) -> None:
        self._folder = folder_of(name, models)
        self._is_own = own_folder(name) is not None and not (self._folder / MANIFEST).is_file()
        self._lock = threading.Lock()
        self._manifest: Manifest | None = None
        self._model: Any = None
        self._tokenizer: Any = None

    @property
    def fingerprint(self) -> str:
        """Names the exact model; see `Embedder`."""
        return self._known().fingerprint

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return self._known().dim

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text it reads; known, as a rule, even before the model is set up."""
        try:
            return self._known().max_tokens
        except EmbeddingModelMissing:
            return _UNKNOWN_LIMIT

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer, which neither cuts nor pads; None until the model is set up."""
        if self._tokenizer is None:
            self._tokenizer = _tokenizer(self._folder)
        return self._tokenizer

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed `texts`; see `Embedder`.

        Each is run on its own: an int8 model rounds by the largest number in a batch, so beside others a text would get
        another vector than alone. A batch of them gives hardly more texts a second (`benchmarks/embedding.py`).
        """
        model = self._loaded()
        rows = np.empty((len(texts), self.dim), np.float32)

        def embed(place: int) -> None:
            (rows[place],) = model.embed([_encodable(texts[place])])

        if len(texts) == 1:
            embed(0)
        else:
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                list(threads.map(embed, range(len(texts))))
        return normalised(rows)  # some of fastembed's models do not

    @staticmethod
    def download(name: str, cache: Path) -> Path:
        """Fetch a model from the hub into `cache`, because the user asked for it; give the folder of its files."""
        with _silent_log():
            model = _fastembed().TextEmbedding(name, cache_dir=str(cache), lazy_load=True)
        return model.model._model_dir  # type: ignore[no-any-return]  # noqa: SLF001  # it tells it nowhere else

    def _known(self) -> Manifest:
        if self._manifest is None:  # without the lock, which is held while the model is loaded: twice does no harm
            self._manifest = read_own(self._folder) if self._is_own else read_manifest(self._folder)
        return self._manifest

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                manifest = self._known()
                if not self._is_own:
                    manifest.check(self._folder)
                fastembed = _fastembed()
                try:
                    model = fastembed.TextEmbedding(
                        _registered(self._folder, manifest) if self._is_own else described(manifest.name).model,
                        specific_model_path=str(self._folder),
                        local_files_only=True,
                        cache_dir=str(self._folder),
                    )
                    _try_out(model, manifest.dim)
                except BadInput:
                    raise
                except Exception as error:  # whatever onnxruntime and tokenizers raise on a damaged file
                    raise (unusable(self._folder, error) if self._is_own else damaged(self._folder)) from error
                self._model = model
            return self._model


@dataclass(frozen=True, slots=True)
class Description:
    """What fastembed knows of a model: its exact name, its ONNX file, and the length of its vectors."""

    model: str
    model_file: str
    dim: int


def _fastembed() -> Any:
    """Import fastembed, and onnxruntime with it."""
    turn_off_reports()
    import fastembed  # noqa: PLC0415  # slow to import

    return fastembed


def described(name: str) -> Description:
    """Look a model up among those that fastembed knows.

    Raises
    ------
    BadInput
        It is not among them.
    """
    for one in _fastembed().TextEmbedding.list_supported_models():
        if one["model"].lower() == name.lower():
            return Description(one["model"], one["model_file"], one["dim"])
    raise BadInput(f"fastembed knows no embedding model {name!r}; the default is {DEFAULT}.")


def _registered(folder: Path, manifest: Manifest) -> str:
    """Tell fastembed of a folder's model, which it does not know; give the name it then has."""
    fastembed = _fastembed()
    from fastembed.common.model_description import ModelSource, PoolingType  # noqa: PLC0415  # as above

    name = f"{folder}:{manifest.fingerprint}"
    try:
        described(name)
    except BadInput:
        fastembed.TextEmbedding.add_custom_model(
            name,
            pooling=PoolingType.CLS if manifest.pooling == "cls" else PoolingType.MEAN,
            normalization=True,
            sources=ModelSource(url="file:///nowhere"),  # one has to be named; the folder is there, so none is asked
            dim=manifest.dim,
            model_file=manifest.model_file,
        )
    return name


def _tokenizer(folder: Path) -> Any:
    path = folder / "tokenizer.json"
    if not path.is_file():
        return None
    from tokenizers import Tokenizer  # noqa: PLC0415  # short texts need none

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception:  # it raises nothing finer; `embed` says what is wrong with the model
        return None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _try_out(model: Any, dim: int) -> None:
    """Embed a word: some damage shows only when the model runs."""
    (row,) = model.embed(["word"])
    if row.shape != (dim,) or not np.isfinite(row).all():
        raise ValueError(f"it gives vectors of shape {row.shape}, not {dim} numbers")


def _encodable(text: str) -> str:
    """Replace half surrogates, which broken outputs hold and tokenizers refuses."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


@contextmanager
def _silent_log() -> Iterator[None]:
    """Keep fastembed's retries off the notebook; memo says in one line what came of them."""
    try:
        from loguru import logger  # noqa: PLC0415  # fastembed's own, and only while it is
    except ImportError:
        yield
        return
    logger.disable("fastembed")
    try:
        yield
    finally:
        logger.enable("fastembed")
