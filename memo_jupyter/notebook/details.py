"""What the plain form of a shown object leaves out: a table's columns and types, a figure's titles and labels.

Objects are known by where their class comes from, so nothing is imported for it, and what they say
of themselves is read; nothing is computed from their data.
"""

from __future__ import annotations

from typing import Any

_COLUMNS = 40
_WIDE = 1000
"""Columns of a table whose types are still asked for: pandas makes a new object of all of them."""
_AXES = 12
_LABELS = 12
_LONGEST = 2000


def detail_of(obj: Any) -> str:
    """Tell in a line or two what an object is, if it is a table, an array or a figure; else nothing."""
    library = str(type(obj).__module__).partition(".")[0]
    read = _READERS.get(library)
    return read(obj)[:_LONGEST] if read else ""


def _table(obj: Any) -> str:
    shape = getattr(obj, "shape", None)
    if not isinstance(shape, tuple):
        return ""
    size = " x ".join(f"{side:,}" for side in shape)
    columns = getattr(obj, "columns", None)
    if columns is None or len(shape) < 2:  # noqa: PLR2004  # a series or an index
        return f"{type(obj).__name__} of {size}, {getattr(obj, 'dtype', '')}".rstrip(", ")
    names = [str(name) for name in list(columns[:_COLUMNS])]
    if shape[1] <= _WIDE:
        types = [str(kind) for kind in list(getattr(obj, "dtypes", ()))[:_COLUMNS]]
        names = [f"{name} {kind}" for name, kind in zip(names, types, strict=False)] or names
    more = f", and {shape[1] - _COLUMNS:,} more" if shape[1] > _COLUMNS else ""
    return f"{type(obj).__name__} of {size}: {', '.join(names)}{more}"


def _array(obj: Any) -> str:
    shape, kind = getattr(obj, "shape", None), getattr(obj, "dtype", None)
    if not isinstance(shape, tuple) or not shape or kind is None:
        return ""
    return f"{type(obj).__name__} of {' x '.join(f'{int(side):,}' for side in shape)}, {kind}"


def _figure(obj: Any) -> str:
    axes = getattr(obj, "axes", None)
    if not isinstance(axes, list):
        return ""
    title = getattr(getattr(obj, "_suptitle", None), "get_text", str)()
    told = [title] if title else []
    for one in axes[:_AXES]:
        parts = [one.get_title(), *(f"{name}: {label}" for name, label in _labels(one))]
        told.append("; ".join(filter(None, parts)))
    return " | ".join(filter(None, told))


def _labels(axes: Any) -> list[tuple[str, str]]:
    found = [("x", axes.get_xlabel()), ("y", axes.get_ylabel())]
    legend = axes.get_legend()
    if legend is not None:
        found.append(("legend", ", ".join(text.get_text() for text in legend.get_texts()[:_LABELS])))
    return [(name, label) for name, label in found if label]


_READERS = {
    "pandas": _table,
    "polars": _table,
    "geopandas": _table,
    "numpy": _array,
    "torch": _array,
    "jax": _array,
    "jaxlib": _array,
    "matplotlib": _figure,
}
