"""The notebook that users start with, run as `make demo` runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.model
ROOT = Path(__file__).parents[2]


def test_the_demo_shows_a_question_answered_from_memory_in_a_restarted_kernel(tmp_path, model_folder):
    done = subprocess.run(
        [sys.executable, "scripts/demo.py", "notebooks/quickstart.ipynb"],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
        cwd=ROOT,
        env={**os.environ, "MEMO_MODELS": str(model_folder), "MEMO_MODEL": "quote", "IPYTHONDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    before, restarted, after = done.stdout.partition("The kernel has been restarted")
    assert restarted
    assert before.count("Remembered as") == 4
    assert "already loaded" not in after
    assert "> The robust scaler beat the standard scaler" in after
    assert "meaning 0." in after
    assert "make lab" in after
    assert done.stderr == ""
