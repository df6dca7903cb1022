"""The rules of the house that a tool can check."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "memo_jupyter"

# From the top to the bottom: a module may import what stands below its line, or in its own folder.
LAYERS = [
    ["testing"],
    ["notebook"],
    ["cli"],
    ["commands"],
    [
        "automatic",
        "choosing",
        "doctor",
        "documenting",
        "fixing",
        "forgetting",
        "importing",
        "profiling",
        "sessions",
        "showing",
        "status",
        "timeline",
        "tracing",
    ],
    ["flags", "work_flags"],
    ["command"],
    ["pages", "startup", "arguments", "progress", "interrupts"],
    ["views", "hints"],
    ["engine"],
    ["reading"],
    ["worked"],
    ["mended"],
    ["observing"],
    ["learned"],
    ["upkeep"],
    ["keeper"],
    ["imports"],
    ["asking", "verify", "archive", "reader"],
    ["fixes"],
    ["workflow"],
    ["cells"],
    ["profile"],
    ["answer", "opened"],
    ["attempts", "citations"],
    ["indexing", "fields"],
    ["llm"],
    ["recall"],
    ["documents"],
    ["index"],
    ["embed"],
    ["records"],
    ["config", "formats", "tokens", "times", "secrecy"],
    ["redact"],
    ["types"],
    ["errors"],
    ["characters"],
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
ENTRIES = {"__init__", "_load_ext"}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).with_suffix("").name not in ENTRIES)


def layer(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("memo_jupyter"):
            parts = (node.module or "").split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            raise AssertionError(f"{path}: a relative import")
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("memo_jupyter."))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_downward(path):
    here = layer(path)
    assert here in RANK, f"{here} has no place in the layers"
    for name in imported(path):
        assert name == here or RANK[name] > RANK[here], f"{path.name} imports {name}, which is not below it"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_ipython_is_imported_in_notebook_only(path):
    names = [
        name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    ]
    used = [name for name in names if name.split(".")[0] in ("IPython", "ipykernel", "ipywidgets")]
    assert layer(path) == "notebook" or not used


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_file_is_one_idea_of_readable_length_and_says_which(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 400
    assert ast.get_docstring(ast.parse(text))


def test_nothing_is_named_util():
    assert not [path for path in FILES if "util" in path.stem or "helper" in path.stem]


HEAVY = "fastembed onnxruntime hnswlib httpx tantivy numpy onnx ulid tqdm platformdirs dateutil".split()


def test_loading_the_extension_imports_nothing_heavy():
    code = (
        "import sys; from IPython.core.interactiveshell import InteractiveShell as S; shell = S.instance(); "
        "before = set(sys.modules); shell.run_line_magic('load_ext', 'memo_jupyter'); "
        "assert 'memo' in shell.magics_manager.magics['cell']; "
        f"print([name for name in {HEAVY} if name in set(sys.modules) - before])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
