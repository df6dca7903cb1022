"""What one call says of its writer: how plots look, what seeds and metrics are taken, how files are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memo_jupyter.profile.code import plain
from memo_jupyter.profile.code.constants import constant, number, text
from memo_jupyter.profile.code.plots import SAVES, looks

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    Mark = tuple[str, str]

_METRICS = {
    "accuracy_score": "accuracy",
    "average_precision_score": "average precision",
    "balanced_accuracy_score": "balanced accuracy",
    "brier_score_loss": "Brier score",
    "cohen_kappa_score": "Cohen's kappa",
    "f1_score": "F1",
    "log_loss": "log loss",
    "matthews_corrcoef": "Matthews' correlation",
    "mean_absolute_error": "mean absolute error",
    "mean_absolute_percentage_error": "mean absolute percentage error",
    "mean_squared_error": "mean squared error",
    "r2_score": "R²",
    "roc_auc_score": "ROC AUC",
    "root_mean_squared_error": "root mean squared error",
    "silhouette_score": "silhouette",
}
_SCORINGS = {
    "accuracy": "accuracy",
    "average_precision": "average precision",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "f1_macro": "macro F1",
    "f1_micro": "micro F1",
    "f1_weighted": "weighted F1",
    "neg_log_loss": "log loss",
    "neg_mean_absolute_error": "mean absolute error",
    "neg_mean_squared_error": "mean squared error",
    "neg_root_mean_squared_error": "root mean squared error",
    "r2": "R²",
    "roc_auc": "ROC AUC",
}
_FOLDS = frozenset(
    "KFold StratifiedKFold GroupKFold StratifiedGroupKFold TimeSeriesSplit RepeatedKFold RepeatedStratifiedKFold "
    "LeaveOneOut LeaveOneGroupOut ShuffleSplit StratifiedShuffleSplit GroupShuffleSplit".split()
)
_SEEDING = frozenset(
    "seed default_rng manual_seed set_seed seed_everything PRNGKey RandomState set_random_seed".split()
)
_SEED_WORDS = ("random_state", "seed", "random_seed")
_LEGACY_RANDOM = frozenset("seed rand randn randint normal uniform choice shuffle permutation RandomState".split())
_READ_TEXT = frozenset({"read_csv", "read_table", "to_csv", "scan_csv", "write_csv"})
_DEVICES = frozenset({"cuda", "cuda:0", "mps", "cpu"})


_TELLING = _FOLDS | _SEEDING | _READ_TEXT | _METRICS.keys() | SAVES | {"to", "cuda"}
"""Methods that say something whatever they belong to, and without keywords."""


def said(call: ast.Call, dotted: str, method: str) -> Iterator[Mark]:
    """Tell what a call says.

    Parameters
    ----------
    call : ast.Call
    dotted : str
        The full name of what is called, where a library is: ``pandas.read_csv``; else ``""``.
    method : str
        The last part of the name of what is called.

    Yields
    ------
    (str, str)
        A topic, and what it says of it.
    """
    if not call.keywords and not dotted and method not in _TELLING:
        return  # most calls
    first = call.args[0] if call.args else None
    words = {word.arg: word.value for word in call.keywords if word.arg}
    yield from looks(first, words, dotted, method)
    yield from _fitting(first, words, method)
    yield from _random(first, words, dotted, method)
    if constant(words.get("inplace")) is True:
        yield "inplace", "in place"
    if method in _READ_TEXT:
        yield from _text_files(words)
    elif method == "set_option" and dotted and plain.word(text(first)):
        yield "option", f"{text(first)}={_shown(call.args[1] if len(call.args) > 1 else None)}"
    device = "cuda" if method == "cuda" else text(first) if method == "to" else text(words.get("device"))
    if device in _DEVICES:
        yield "device", device.partition(":")[0]


def _random(first: ast.expr | None, words: dict[str, ast.expr], dotted: str, method: str) -> Iterator[Mark]:
    if method in _SEEDING and (value := number(first if first is not None else words.get("seed"))):
        yield "seed", value
    for word in _SEED_WORDS:
        if word in words and (value := number(words[word])):
            yield "seed", value
    if dotted == "numpy.random.default_rng":
        yield "random", "a generator (np.random.default_rng)"
    elif dotted.startswith("numpy.random.") and method in _LEGACY_RANDOM:
        yield "random", "numpy.random's own functions (np.random.seed)"


def _fitting(first: ast.expr | None, words: dict[str, ast.expr], method: str) -> Iterator[Mark]:
    if method in _METRICS:
        average = text(words.get("average")) if method == "f1_score" else ""
        yield "metric", f"{average} F1" if average in ("macro", "micro", "weighted") else _METRICS[method]
    if "scoring" in words and (scoring := _SCORINGS.get(text(words["scoring"]))):
        yield "metric", scoring
    if method in _FOLDS:
        folds = number(words.get("n_splits", first))
        yield "folds", f"{method} of {folds}" if folds else method
    elif folds := number(words.get("cv")):
        yield "folds", f"cv={folds}"
    if share := number(words.get("test_size")):
        yield "test_size", share


def _text_files(words: dict[str, ast.expr]) -> Iterator[Mark]:
    for word, usual in (("sep", ","), ("encoding", "utf-8"), ("decimal", ".")):
        value = text(words.get(word))
        if 0 < len(value) <= 12 and value.isprintable() and "`" not in value and value != usual:  # noqa: PLR2004
            yield f"text_files:{word}", f'"{value}"'
        elif value == "\t":
            yield f"text_files:{word}", "a tab"


def _shown(node: ast.AST | None) -> str:
    value = constant(node)
    return number(node) or (str(value) if value in (None, True, False) else plain.word(text(node)) or "…")
