"""Which library a name in a cell stands for, and the short names that libraries are usually imported by."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from memo_jupyter.profile.code.fields import FIELDS, UNDERNEATH

if TYPE_CHECKING:
    from collections.abc import Iterator

USUAL = {
    "alt": "altair",
    "az": "arviz",
    "dd": "dask.dataframe",
    "ff": "plotly.figure_factory",
    "go": "plotly.graph_objects",
    "gpd": "geopandas",
    "jnp": "jax.numpy",
    "lgb": "lightgbm",
    "mpl": "matplotlib",
    "np": "numpy",
    "nx": "networkx",
    "pd": "pandas",
    "pl": "polars",
    "plt": "matplotlib.pyplot",
    "pm": "pymc",
    "px": "plotly.express",
    "sc": "scanpy",
    "sm": "statsmodels.api",
    "smf": "statsmodels.formula.api",
    "sns": "seaborn",
    "sp": "scipy",
    "tf": "tensorflow",
    "xgb": "xgboost",
    "xr": "xarray",
}
"""The usual short names, which also tell what a cell uses where the import itself was not remembered."""

ALSO_USUAL = frozenset(
    {
        ("catboost", "cb"),
        ("cupy", "cp"),
        ("datetime", "dt"),
        ("datetime", "datetime"),
        ("duckdb", "ddb"),
        ("torch", "th"),
    }
)


NO_SHORT_NAME = "-"
"""What stands for a short name where a library is imported by its own."""


GENERIC = frozenset(
    "app code common config constants data features functions helper helpers lib library main model models my "
    "mylib notebook notebooks plot plots plotting preprocessing project scripts settings src tools util utils "
    "viz".split()
)
"""Modules of these names are the user's own."""

_NOT_SAID = frozenset(
    [
        *sys.stdlib_module_names,
        "IPython",
        "ipywidgets",
        "memo",
        "memo_jupyter",
        "six",
        "sklearn",
        "scipy",
        "tqdm",
        "jax",
    ]
    + ["mpl_toolkits", "pkg_resources", "setuptools", "typing_extensions", "yaml"]
    + [module.split(".")[0] for field in FIELDS.values() for module in field.modules]
)
_FIELD_OF = {
    module: (name, library) for name, field in FIELDS.items() for module, library in field.modules.items()
}  # no module is in two fields


def said_of(names: set[str]) -> Iterator[tuple[str, str]]:
    """Tell of a cell's full dotted names what they say: libraries in their fields, and all that are used."""
    found = {one for one in map(counted, names) if one}
    used = {library for _, library in found}
    for field, library in found:
        if not UNDERNEATH.get(library, frozenset()) & used:
            yield f"library:{field}", library
    for name in names:
        yield "uses", name.split(".")[0]


def counted(dotted: str) -> tuple[str, str] | None:
    """Give the field, and the library, that a dotted name counts for: ``sklearn.svm.SVC`` for scikit-learn's models."""
    while dotted:
        if found := _FIELD_OF.get(dotted):
            return found
        dotted = dotted.rpartition(".")[0]
    return None


def noteworthy(module: str) -> bool:
    """Tell whether a library is worth a line of its own: it has no rivals here, and is not in everyone's cells."""
    return module not in _NOT_SAID and not module.startswith("_") and not own(module)


def own(module: str) -> bool:
    """Tell whether a module is likely the user's own, by its name."""
    return module in GENERIC


def usual(dotted: str, short: str) -> bool:
    """Tell whether a library is imported by a name that everyone would use."""
    return USUAL.get(short) == dotted or (dotted, short) in ALSO_USUAL


def has_usual(dotted: str) -> str:
    """Give the short name that a library usually gets, or ``""``."""
    return next((short for short, module in USUAL.items() if module == dotted), "")
