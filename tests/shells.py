"""Other versions of IPython and of its kernel, laid over the environment that the tests run in."""

import subprocess
import sys

import pytest

NOW = "as installed"
OLD = "ipython==8.12.3 backcall decorator pickleshare ipykernel==6.29.5 nest-asyncio"
MIDDLE = "ipython==8.37.0 decorator ipykernel==7.0.1"


@pytest.fixture(scope="session")
def overlay(tmp_path_factory):
    """Gives the folder that holds such versions, for the front of PYTHONPATH; none for those that are installed."""
    made = {}

    def lay(packages):
        if packages == NOW:
            return None
        if packages not in made:
            folder = tmp_path_factory.mktemp("overlay")
            command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
            done = subprocess.run(
                [*command, "--target", folder, *packages.split()], check=False, capture_output=True, text=True
            )
            if done.returncode:
                pytest.skip(f"{packages} cannot be had from the package index: {done.stderr.strip()[-200:]}")
            made[packages] = str(folder)
        return made[packages]

    return lay
