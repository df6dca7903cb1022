"""The README's picture is taken from a real page, by `python scripts/picture.py`."""

import os

import pytest

NOTES = [
    "%load_ext memo",
    "%memo remember The robust scaler beat the standard scaler on the churn data: 0.71 against 0.66, for its outliers.",
    "%memo remember On the churn data, a random forest gave an AUC of 0.74.",
    "%memo remember On the churn data, gradient boosting gave an AUC of 0.77.",
]
QUESTION = "%%memo\nWhich scaler should I use for the churn data, and why?"


def test_the_picture_shows_a_question_its_answer_and_the_memories_it_used(lab, tmp_path):
    target = os.environ.get("PICTURE") or str(tmp_path / "picture.png")
    lab.run(*NOTES, QUESTION)
    lab.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    lab.page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    cell = lab.page.locator(".jp-CodeCell").nth(len(NOTES))
    cell.scroll_into_view_if_needed()
    lab.page.wait_for_timeout(500)
    cell.screenshot(path=target)
    assert "robust scaler" in cell.inner_text()
    assert "meaning" in cell.inner_text()


@pytest.fixture(autouse=True)
def _own_store(lab):
    """Start from nothing: other tests have remembered things."""
    lab.run("%load_ext memo\nfor row in get_ipython().configurables[-1].recent(1000): "
            "get_ipython().configurables[-1].forget(row.id)")  # fmt: skip
