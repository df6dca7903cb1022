"""The built wheel has all its files, and `%load_ext memo` works from it."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "memo")
shell.run_line_magic("memo", "help")
import memo, memo_jupyter
print(memo.__file__, memo_jupyter.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)], check=True, capture_output=True
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_has_the_package_whole_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "memo_jupyter").rglob("*.*") if path.suffix != ".pyc"
    }
    assert package - {"memo_jupyter/_load_ext.py"} <= names  # which is there as memo.py
    assert "memo.py" in names
    assert all(name.startswith(("memo_jupyter", "memo.py")) for name in names)


def test_load_ext_works_from_the_wheel(wheel, tmp_path):
    venv.create(tmp_path / "env", with_pip=False, system_site_packages=False)
    python = tmp_path / "env/bin/python"
    site = next((tmp_path / "env/lib").glob("python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    # The other packages come from this environment, but not memo: its own folder is not on the path.
    ours = Path(next(path for path in sys.path if path.endswith("site-packages")))
    for path in ours.iterdir():
        if "memo" not in path.name and not (site / path.name).exists():
            (site / path.name).symlink_to(path)
    done = subprocess.run([str(python), "-c", CODE], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "find memories" in done.stdout
    assert str(ROOT) not in done.stdout
