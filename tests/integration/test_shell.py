"""`jupyter memo WORD …` in a shell."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FACT = "The robust scaler beat the standard scaler on the churn data: accuracy 0.71."
BIN = Path(sys.executable).parent


@pytest.fixture
def memo(tmp_path):
    def run(*words, check=True, **environment):
        settings = {
            "MEMO_HOME": str(tmp_path / "store"),
            "IPYTHONDIR": str(tmp_path / "ipython"),
            "MEMO_MODEL": "quote",
        }
        done = subprocess.run(
            [str(BIN / "jupyter"), "memo", *words], capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **settings, **environment},
        )  # fmt: skip
        assert done.returncode == 0 or not check, done.stderr
        return done

    return run


@pytest.mark.model
def test_the_words_are_those_of_the_notebook(memo, model_folder):
    used = {"MEMO_MODELS": str(model_folder)}
    short = re.search(r"as (\w{8})", memo("remember", FACT, **used).stdout)[1]
    assert "robust scaler" in memo("recall", "which scaler was best", "-k", "1", **used).stdout
    asked = memo("ask", "Which scaler was best?", **used)
    assert asked.stdout.startswith(f"> {FACT} [1]")
    assert re.search(r"> \*\d{4}-\d\d-\d\d, note\*", asked.stdout)
    assert "1 memory cited" in asked.stderr
    assert "Not sent." in memo("ask", "--dry-run", "Which scaler?", **used).stdout
    assert FACT in " ".join(memo("show", short, **used).stdout.split())
    assert "Forgotten for good" in memo("forget", short, **used).stdout
    assert memo("verify", **used).stdout.startswith("Every memory is whole")
    assert "made anew from 1 memory" in memo("rebuild", **used).stdout


def test_help_lists_every_word_and_each_has_its_own(memo):
    from memo_jupyter.commands import COMMANDS

    whole = memo().stdout
    for command in COMMANDS:
        assert f"jupyter memo {command.word}" in whole
        assert command.summary in memo("help", command.word).stdout
    assert memo("recall", "--help").stdout == memo("help", "recall").stdout


def test_a_mistake_is_one_line_on_standard_error(memo):
    for words, line in [
        (("recal", "x"), "There is no jupyter memo recal. Did you mean recall?"),
        (("recall", "--kk", "3", "x"), "There is no flag --kk. Did you mean -k?"),
        (("show", "ZZZZZZZZ"), "There is no memory ZZZZZZZZ."),
    ]:
        done = memo(*words, check=False)
        assert done.returncode == 1
        assert line in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def tree(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")) if folder.exists() else None


@pytest.mark.parametrize("before", [None, "profile_default/startup/README"])
def test_enable_and_disable_leave_no_trace(memo, tmp_path, before):
    home = tmp_path / "ipython"
    if before:
        (home / before).parent.mkdir(parents=True)
        (home / before).write_text("x")
    found = tree(home)
    memo("enable")
    memo("enable")
    assert (home / "profile_default/startup/50-memo.py").exists()
    assert "was not" not in memo("disable").stdout
    assert tree(home) == found
    assert "was not enabled" in memo("disable").stdout


def test_a_file_of_another_origin_is_left_alone(memo, tmp_path):
    path = tmp_path / "ipython/profile_default/startup/50-memo.py"
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    assert "memo did not write it" in memo("enable", check=False).stderr
    memo("disable")
    assert path.read_text() == "mine"


def test_enabled_it_is_loaded_in_a_kernel_and_leaves_no_name(memo, tmp_path):
    from kernels import Kernel

    memo("enable")
    with Kernel(tmp_path) as kernel:
        assert "find memories" in kernel.run("%memo help").text
        names = kernel.run("print([name for name in dir() if not name.startswith('_')])").text
        assert "memo" not in names
    memo("disable")
    with Kernel(tmp_path) as kernel:
        assert "find memories" not in kernel.run("%memo help").text


def test_installing_alone_activates_nothing(tmp_path):
    from kernels import Kernel

    with Kernel(tmp_path) as kernel:
        assert "not found" in kernel.run("%memo help").traceback + kernel.run("%memo help").text
        assert kernel.run("import sys; print([n for n in sys.modules if n.startswith('memo')])").text.strip() == "[]"
