"""Take the README's picture: a real cell, in a real JupyterLab, in a real browser.

    pip install 'memo-jupyter[browser]'; apt-get install chromium
    python scripts/picture.py notebooks/quickstart.png

It uses the rig of the browser tests, so it is run through pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Run the one browser test that takes the picture."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "notebooks/quickstart.png").absolute()
    command = [sys.executable, "-m", "pytest", "-q", "tests/browser/test_picture.py"]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PICTURE": str(target)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
