"""Which cell mends which error, and which only runs."""

import pytest

from memo_jupyter.fixes.pairing import Pairing

KEY = "KeyError: 'churn'"


def test_the_same_cell_with_an_edit_that_runs_is_a_fix(paired):
    (fix,) = paired(('rate = df["chrn"]', "KeyError: 'chrn'", "a"), ('rate = df["churn"]', "", "a"))
    assert (fix.name, fix.message, fix.broken, fix.fixed) == (
        "KeyError", "'chrn'", 'rate = df["chrn"]', 'rate = df["churn"]',
    )  # fmt: skip
    assert (fix.place["execution_count"], fix.broken_place["execution_count"]) == (1, 0)


def test_a_like_cell_soon_after_is_a_fix_where_there_are_no_ids(paired):
    assert paired(('rate = df["chrn"]', "KeyError: 'chrn'"), "df.columns", 'rate = df["churn"]')


def test_a_like_cell_long_after_is_none(paired):
    others = [f"x{number} = {number}" for number in range(10)]
    assert not paired(('rate = df["chrn"]', "KeyError: 'chrn'"), *others, 'rate = df["churn"]')


@pytest.mark.parametrize("other", ["print(len(df))", "df.head()", "import os", 'names = df["name"].unique()', "df"])
def test_an_unrelated_cell_that_runs_is_no_fix(paired, other):
    assert not paired(('rate = df["chrn"].mean()', "KeyError: 'chrn'", "a"), (other, "", "b"))
    assert not paired(('rate = df["chrn"].mean()', "KeyError: 'chrn'"), other)


@pytest.mark.parametrize("look", ["print(x.shape, np.ones(3).shape)", "np.ones(3).shape", "df.info()", "x"])
def test_a_cell_that_was_rewritten_to_look_into_it_is_no_fix(paired, look):
    assert not paired(("result = np.dot(x, np.ones(3))", "ValueError: shapes not aligned", "a"), (look, "", "a"))


def test_a_result_under_another_name_is_a_fix(paired):
    assert paired(("out = np.dot(x, w)", "ValueError: shapes not aligned", "a"), ("res = np.dot(x, w.T)", "", "a"))


def test_the_same_code_that_runs_again_is_no_fix(paired):
    assert not paired(
        ("page = fetch(url)", "ConnectionError: reset by peer", "a"), ("n = 3", "", "b"), ("page = fetch(url)", "", "a")
    )


def test_what_passes_by_itself_is_not_ascribed_to_what_ran_meanwhile(paired):
    assert not paired(("page = fetch(url)", "ReadTimeout: 30 s", "a"), ("url = url + '/'", "", "b"),
                      ("page = fetch(url)", "", "a"))  # fmt: skip


@pytest.mark.parametrize("name", ["KeyboardInterrupt: ", "SystemExit: 1"])
def test_an_interrupt_is_no_error(paired, name):
    assert not paired(("train(3000)", name, "a"), ("train(3)", "", "a"))


@pytest.mark.parametrize(
    "fixed",
    [
        "n = 3",
        "n = 3\n# rate = df['chrn']",
        "n = 3\ntry:\n    rate = df['chrn']\nexcept Exception:\n    pass",
        "n = 3\ntry:\n    rate = df['chrn']\nexcept KeyError as error:\n    print(error)",
        "n = 3\nif False:\n    rate = df['chrn']",
        "import contextlib\nn = 3\nwith contextlib.suppress(KeyError):\n    rate = df['chrn']",
        "n = 3\n\n\nrate = df['chrn']  # again",
    ],
    ids=["deleted", "commented out", "try", "try and print", "if False", "suppress", "layout"],
)
def test_an_error_that_is_only_put_out_of_sight_is_not_mended(paired, fixed):
    assert not paired(("n = 3\nrate = df['chrn']", "KeyError: 'chrn'", "a"), (fixed, "", "a"))


def test_a_handler_that_does_something_about_it_is_a_fix(paired):
    fixed = "try:\n    rate = df['chrn']\nexcept KeyError:\n    rate = df['churn']"
    assert paired(("rate = df['chrn']", "KeyError: 'chrn'", "a"), (fixed, "", "a"))


def test_a_commented_line_that_comes_back_mended_is_a_fix(paired):
    assert paired(
        ("n = 3\nrate = df['chrn']", "KeyError: 'chrn'", "a"),
        ("n = 3\n# rate = df['chrn']", "", "a"),
        ("n = 3\nrate = df['churn']", "", "a"),
    )


def test_of_several_attempts_the_last_error_counts_and_the_nearest_code_that_raised_it(paired):
    (fix,) = paired(
        ("out = fit(x, y)", "ValueError: Expected 2D array, got 1D array instead", "a"),
        ("out = fit(x.T, y)", "ValueError: Expected 2D array, got 1D array instead", "a"),
        ("out = fit(x, y).predict()", "TypeError: predict() missing 1 required positional argument: 'X'", "a"),
        ("out = fit(x, y).predict(x)", "", "a"),
    )
    assert (fix.name, fix.broken) == ("TypeError", "out = fit(x, y).predict()")
    (fix,) = paired(
        ("out = fit(x, y)", "ValueError: Expected 2D array, got 1D array instead", "a"),
        ("out = fit(x, y, copy=True, order='C')", "ValueError: Expected 2D array, got 1D array instead", "a"),
        ("out = fit(x[:, None], y)", "", "a"),
    )  # fmt: skip
    assert fix.broken == "out = fit(x, y)"


def test_a_module_that_was_installed_meanwhile_is_a_fix(paired):
    (fix,) = paired(
        ("import seaborn as sns", "ModuleNotFoundError: No module named 'seaborn'", "a"),
        ("%pip install seaborn", "", "b"),
        ("import seaborn as sns", "", "a"),
    )
    assert (fix.how, fix.fixed) == ("install", "%pip install seaborn\nimport seaborn as sns")


def test_of_several_packages_only_the_one_with_the_name_is_taken_for_the_cure(paired):
    failed = ("import cv2", "ModuleNotFoundError: No module named 'cv2'", "a")
    again = ("import cv2", "", "a")
    assert not paired(failed, "%pip install rich", "%pip install opencv-python", again)
    assert paired(failed, "!pip install opencv-python", again)[0].how == "install"
    assert not paired(failed, "n = 3", again)


def test_a_name_that_another_cell_made_is_a_fix_that_says_so(paired):
    failed = ("weights.sum()", "NameError: name 'weights' is not defined", "b")
    (fix,) = paired(failed, ("n = 3\nweights = [1, 2]", "", "a"), ("weights.sum()", "", "b"))
    assert (fix.how, fix.fixed) == ("before", "weights = [1, 2]\nweights.sum()")
    assert not paired(failed, "weights = [1]", "weights = [2]", ("weights.sum()", "", "b"))  # which of them?


def test_an_import_in_a_cell_of_its_own_is_a_fix(paired):
    (fix,) = paired(
        ("t = np.linspace(0, 1)", "NameError: name 'np' is not defined", "b"),
        ("import numpy as np", "", "a"),
        ("t = np.linspace(0, 1)", "", "b"),
    )
    assert fix.fixed.startswith("import numpy as np\n")


def test_what_the_failing_line_works_on_was_changed_in_another_cell(paired):
    failed = ('rate = df["churn"].mean()', KEY, "b")
    again = ('rate = df["churn"].mean()', "", "b")
    (fix,) = paired(failed, ("df.columns = df.columns.str.strip()", "", "a"), again)
    assert fix.fixed.startswith("df.columns = df.columns.str.strip()\n")
    assert not paired(failed, ("other.columns = []", "", "a"), again)
    assert not paired(failed, ("df = df.dropna()", "", "a"), ("df = load()", "", "c"), again)


def test_another_cells_id_is_another_cell(paired):
    assert not paired(("out = fit(x, y)", "ValueError: Bad shape", "a"), ("out = fit(x, y)", "", "b"))


def test_a_cell_that_was_used_for_something_else_is_no_fix(paired):
    assert not paired(
        ("rate = df['chrn']", "KeyError: 'chrn'", "a"), ("import seaborn as sns\nsns.set_theme()", "", "a")
    )


def test_a_slip_of_the_pen_that_python_could_not_read_is_mended(paired):
    assert paired(("print('a'", "SyntaxError: '(' was never closed", "a"), ("print('a')", "", "a"))
    assert not paired(("print('a'", "SyntaxError: '(' was never closed", "a"), ("n = 3", "", "a"))


def test_another_life_of_the_kernel_begins_anew(cell):
    pairing = Pairing()
    assert pairing.see(cell("rate = df['chrn']", "KeyError: 'chrn'", cell="a", session="one")) is None
    assert pairing.see(cell("rate = df['churn']", cell="a", session="two")) is None


def test_what_is_no_python_at_all_does_no_harm(paired):
    assert not paired(("\x00", "ValueError: null", "a"), ("(" * 500, "", "a"), ("%%bash\nls", "", "a"), ("", "", "a"))
