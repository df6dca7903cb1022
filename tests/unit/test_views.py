"""Pages as HTML: what would push the last column out of the page is broken."""

from memo_jupyter.views import Page, Table


def test_a_long_cell_is_broken_and_a_short_one_is_not():
    page = Page([Table(("id", "from", "memory"), [("5VB18FGJ", "cell, " + "a" * 37 + ".ipynb [12]", "words " * 40)])])
    short, long, last = page.html().split("<td style=")[1:]
    assert "white-space:nowrap" in short
    assert "overflow-wrap:anywhere" in long
    assert "nowrap" not in long
    assert "nowrap" not in last
