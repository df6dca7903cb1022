"""A real JupyterLab on loopback and a real browser, each in a temporary home.

Playwright's synchronous interface leaves an event loop running, so these tests have a pytest process of their own:
`pytest tests/browser`.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import nbformat
import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOW = "run `apt-get install chromium` and `pip install 'memo-jupyter[browser]'`"
IDLE = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
QUIET = {  # the news would cover a corner, and ask the network
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True,
    }
}  # fmt: skip


class Lab:
    """A JupyterLab that runs, and the page that shows a notebook in it."""

    def __init__(self, folder, page, port):
        self.folder, self.page, self.port = folder, page, port
        self.requests = []
        page.on("request", lambda request: self.requests.append(request.url))

    def run(self, *cells):
        """Open a new notebook with these cells, run them all, and wait until the kernel is idle again."""
        self.begin(*cells)
        last = f"document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')[{len(cells) - 1}]?.innerText.match(/\\d/)"
        self.page.wait_for_function(last, timeout=60_000)
        self.page.wait_for_function(IDLE, timeout=60_000)
        self.page.wait_for_timeout(1500)  # what is shown is drawn, and what it names is fetched

    def begin(self, *cells):
        """Open a new notebook with these cells and run them all."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}  # or the page asks which
        name = f"{uuid.uuid4().hex}.ipynb"
        nbformat.write(notebook, self.folder / name)
        self.page.goto(f"http://127.0.0.1:{self.port}/lab/workspaces/{uuid.uuid4()}/tree/{name}?token=T")
        self.page.wait_for_function(IDLE, timeout=60_000)
        # Without waiting for their end: a cell may ask something first.
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")

    def outputs(self):
        return self.page.locator(".jp-OutputArea-output")

    def outside(self):
        """Addresses that the page asked for and that are not this JupyterLab's."""
        near = (f"http://127.0.0.1:{self.port}", f"ws://127.0.0.1:{self.port}", "blob:", "data:")
        return [url for url in self.requests if not url.startswith(near)]


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory, model_folder):
    pytest.importorskip("jupyterlab", reason=HOW)
    home = tmp_path_factory.mktemp("lab")
    root = home / "notebooks"
    root.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {
        f"{name}_DIR": str(home / name.lower())
        for name in (
            "JUPYTER_CONFIG",
            "JUPYTER_DATA",
            "JUPYTER_RUNTIME",
            "JUPYTERLAB_SETTINGS",
            "JUPYTERLAB_WORKSPACES",
        )
    }
    settings = home / "jupyter_config/labconfig"
    settings.mkdir(parents=True)
    (settings / "default_setting_overrides.json").write_text(json.dumps(QUIET))
    environment = {
        **os.environ, **folders, "HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "MEMO_MODEL": "quote",
        "MEMO_HOME": str(home / "store"), "MEMO_MODELS": str(model_folder),
    }  # fmt: skip
    command = [
        str(Path(sys.executable).parent / "jupyter"), "lab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=T",
        f"--ServerApp.root_dir={root}", "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    log = home / "log"
    with log.open("wb") as written:
        server = subprocess.Popen(command, env=environment, stdout=written, stderr=written)
    until = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status?token=T", timeout=5).close()
            break
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < until, log.read_text()
            assert server.poll() is None, log.read_text()
            time.sleep(0.3)
    yield root, port
    server.terminate()
    server.wait(30)


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason=HOW)
    if CHROMIUM is None:
        pytest.skip(f"there is no chromium: {HOW}")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield chromium
        chromium.close()


@pytest.fixture
def lab(lab_server, browser):
    """A page of JupyterLab; `run` cells in it."""
    root, port = lab_server
    page = browser.new_page(viewport={"width": 1100, "height": 1400}, device_scale_factor=1.5)
    yield Lab(root, page, port)
    page.close()
