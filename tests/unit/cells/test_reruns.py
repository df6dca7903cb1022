import pytest

from memo_jupyter.cells.reruns import Reruns, Run, alike

PLACE = ("a.ipynb", "c1")


def reruns(*runs):
    made = Reruns(lambda *_: [])
    for run in runs:
        made.note(*PLACE, run)
    return made


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("x = 1", "x = 1", True),
        ("model = fit(X, y, C=1.0)", "model = fit(X, y, C=0.1)", True),
        ("df = pd.read_csv('a.csv')\ndf.head()", "df = pd.read_csv('a.csv')\ndf.describe()", True),
        ("import numpy as np", "plt.plot(loss); plt.show()", False),
    ],
)
def test_versions_of_a_code_are_alike(one, other, same):
    assert alike(one, other) is same


def test_the_same_again_is_the_same_run():
    run = Run("1", "x", "out", "")
    assert reruns(run).same(*PLACE, Run("", "x", "out", "")) is run
    assert reruns(run).same(*PLACE, Run("", "x", "other", "")) is None
    assert reruns(run).same("a.ipynb", "c2", Run("", "x", "out", "")) is run  # a loop of cells alike
    assert reruns(run).same("b.ipynb", "c1", Run("", "x", "out", "")) is None


def test_a_run_takes_the_place_of_an_earlier_one_of_the_same_end():
    ran, failed = Run("1", "fit(X, C=1)", "0.7", ""), Run("2", "fit(X, C=a)", "NameError", "NameError")
    made = reruns(ran, failed)
    assert made.earlier(*PLACE, Run("", "fit(X, C=2)", "", "")) is ran
    assert made.earlier(*PLACE, Run("", "fit(X, C=b)", "", "NameError")) is failed
    assert made.earlier(*PLACE, Run("", "fit(X, C=b)", "", "TypeError")) is None
    assert made.earlier(*PLACE, Run("", "something = entirely + different", "", "")) is None
    assert made.earlier("a.ipynb", None, Run("", "fit(X, C=2)", "", "")) is None


def test_what_is_forgotten_is_known_no_more():
    run = Run("1", "x", "out", "")
    made = reruns(run)
    made.drop(run)
    assert made.same(*PLACE, Run("", "x", "out", "")) is None
