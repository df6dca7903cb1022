"""The data that a cell names: files and folders, data sets, tables of a database, and pretrained models."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memo_jupyter.profile.code import plain
from memo_jupyter.profile.code.constants import text

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    Mark = tuple[str, str]

_DATA = re.compile(
    r".+\.(?:csv|tsv|txt|dat|json|jsonl|ndjson|geojson|xml|ya?ml|toml|parquet|pq|feather|arrow|orc|avro|xlsx?|ods|sas7bdat"
    r"|sav|dta|rds|h5|hdf5?|h5ad|loom|npy|npz|mat|pkl|pickle|joblib|zarr|nc|nc4|grib2?|tiff?|shp|gpkg|fits?|root|edf|bdf"
    r"|fif|vcf|bed|bam|fasta|fa|fastq|gff|pdb|mol2|sdf|cif|dcm|nii|db|sqlite3?|duckdb|pt|pth|onnx|gguf|wav|mp3|flac|mp4"
    r"|zip|tar|md|log)(?:\.gz|\.bz2|\.zst|\.xz|\.zip)?",
    re.IGNORECASE,
)
_WRITES = re.compile(r"to_\w+|write\w*|save\w*|dump|sink_\w+|savez\w*|imwrite|print|mkdir|unlink|remove|rmtree")
_WRAPS = frozenset(
    {"Path", "PurePath", "join", "joinpath", "expanduser", "abspath", "str", "glob", "open", "exists", "get", "Literal"}
)
"""Calls that take a path and do not say what reads it."""

_LONGEST = 300
"""Characters of a path that is looked at."""

_SETS = frozenset({"load_dataset", "fetch_openml"})
_MOST_OF_SQL = 20_000
_SQL = re.compile(
    r"\s*(?:select\b.*\bfrom\b|with\s+\w+\s+as\b|insert\s+into\b|update\s+\w+\s+set\b|delete\s+from\b"
    r"|create\s+(?:or\s+replace\s+)?(?:table|view)\b)",
    re.IGNORECASE | re.DOTALL,
)
_TABLE = re.compile(r"\b(?:from|join|into|update)\s+([A-Za-z_][\w.]*)(?!\s*\(|[\w.])", re.IGNORECASE)
_TEMPORARY = re.compile(r"\b([A-Za-z_]\w*)\s+as\s*\(", re.IGNORECASE)
_NO_TABLES = frozenset("select where set values lateral unnest the a an my this each".split())
_BUNDLED = re.compile(r"sklearn\.datasets\.(?:load|fetch)_(\w+)|statsmodels\.\w*\.?datasets\.(\w+)\.load\w*")


def files(call: ast.Call, dotted: str, method: str) -> Iterator[Mark]:
    """Tell which files, data sets or pretrained models a call names.

    Parameters
    ----------
    call, dotted, method
        As `calls.said` takes them.
    """
    if found := _BUNDLED.fullmatch(dotted):
        yield "dataset", plain.word(found[1] or found[2])
        return
    first = text(call.args[0]) if call.args else ""
    if not first:
        return
    if method in _SETS:
        if shown := plain.path(first):
            yield "dataset", shown
    elif method == "from_pretrained":
        if shown := plain.path(first):
            yield "pretrained", shown
    elif method == "join" and dotted == "os.path.join":
        yield from held("/".join(part for part in map(text, call.args) if part), "")
    elif not _WRITES.fullmatch(method):
        reader = "" if method in _WRAPS else _reader(dotted) or plain.name(method)
        yield from held(first, reader)
    else:
        yield from held(first, "")


def held(path: str, reader: str) -> Iterator[Mark]:
    """Give a file as a mark, with what reads it, where the path is that of data and may be shown."""
    if (
        len(path) <= _LONGEST
        and _DATA.fullmatch(path)
        and "{" not in path
        and "*" not in path
        and (shown := plain.path(path))
    ):
        yield "file", f"{shown}\t{reader}"


def tables(query: str) -> Iterator[Mark]:
    """Give the tables that a text names, if it is SQL."""
    if len(query) > _MOST_OF_SQL or not _SQL.match(query):
        return
    temporary = {found[1].lower() for found in _TEMPORARY.finditer(query)}
    for found in _TABLE.finditer(query):
        name = found[1]
        if name.lower() not in temporary and name.lower() not in _NO_TABLES and plain.name(name):
            yield "table", name


def _reader(dotted: str) -> str:
    """Name what reads a file: ``pandas.read_csv``."""
    parts = dotted.split(".")
    return plain.name(f"{parts[0]}.{parts[-1]}" if len(parts) > 1 else dotted)
