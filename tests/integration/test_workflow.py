"""`%memo timeline`, `where`, `session` and `show` in a real kernel, over cells as they are remembered."""

import re

import pytest
from kernels import Kernel

pytestmark = pytest.mark.model

CELLS = """\
from datetime import datetime, timedelta, timezone
import base64
from memo_jupyter import Memo
png = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
CODES = [
    ("scores = {}", "", []), ("scores['robust'] = 0.71", "accuracy 0.71", []),
    ("1 / 0", "ZeroDivisionError: x", ["error"]),
    ("%matplotlib inline\\nscores.plot()\\nplt.savefig('figures/scores.png')", "", []),
]
with Memo() as kept:
    for n, (code, outputs, tags) in enumerate(CODES):
        kept.keep(
            text=code + "\\n\\n" + outputs, kind="cell", code=code, outputs=outputs, tags=tags,
            created=datetime.now(timezone.utc) - timedelta(seconds=60 - n), thumbnails=[png] if "plot" in code else [],
            source={"notebook": "churn.ipynb", "cell": f"c{n}", "session": "abc123", "execution_count": n + 1,
                    "duration_ms": 1500, "packages": "numpy 2.1.0"},
        )
"""


@pytest.fixture
def kernel(tmp_path, model_folder):
    (tmp_path / "churn.ipynb").write_text("{}", "utf-8")
    with Kernel(tmp_path, MEMO_MODELS=str(model_folder)) as started:
        assert started.run("%load_ext memo").outputs == []
        assert started.run(CELLS).error is None
        yield started


def test_the_pages_of_the_work_in_a_notebook(kernel):
    shown = kernel.run("%memo timeline --days 2")
    assert shown.error is None
    assert '<svg role="img"' in shown.html
    assert re.search(r"churn.ipynb +4 cells, 1 error", shown.text)
    assert "<svg" not in shown.text

    shown = kernel.run("%memo where scores")
    assert "scores['robust'] = 0.71" in shown.text
    assert "made" in shown.text
    assert 'href="churn.ipynb#cell-id=c1"' in shown.html
    assert "plt.savefig" in kernel.run("%memo where figures/scores.png").text

    # What ran in this kernel is its session, as it was remembered by itself.
    kernel.run("print('accuracy', 0.71)")
    kernel.run("1 / 0")
    shown = kernel.run("%memo session --save")
    assert "accuracy 0.71" in shown.text
    assert "1 / 0" in shown.text
    assert "Kept as" in shown.text
    assert "accuracy 0.71" in kernel.run("%memo list --tag session").text

    found = kernel.run("%memo where figures/scores.png").text.split()[0]
    shown = kernel.run(f"%memo show {found}")
    assert '<img src="data:image/png;base64,' in shown.html
    assert "took 1.5 s, with numpy 2.1.0" in shown.text

    assert "1 / 0" in kernel.run("%memo recall --kind error --notebook churn.ipynb --since yesterday division").text
    assert "is not a time" in kernel.run("%memo recall --since someday x").traceback


def test_tab_offers_the_users_variables(kernel):
    kernel.run("churn_scores = 1")
    offered = kernel.complete("%memo where chu")
    assert offered == ["churn_scores"]
    assert "--all" in kernel.complete("%memo where ")
