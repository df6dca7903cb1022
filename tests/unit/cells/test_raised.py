"""An error as it is remembered: its words first, and of libraries only where they were entered and left."""

import pytest

from memo_jupyter.cells.raised import raised

RULE = "-" * 75
HEADER = f"{RULE}\nValueError                                Traceback (most recent call last)\n"
WRONG = "  Cell In[1], line 1\n    x = = 3\n        ^"
MINE = "Cell In[3], line 1\n----> 1 tumours.corr()\n      2 print('then')\n"


def frame(path, function, line):
    return (
        f"\nFile {path}:{line}, in {function}(x)\n      {line - 1} before\n----> {line} at {function}\n      9 after\n"
    )


def test_the_class_and_the_words_come_first_and_once():
    told = raised("ValueError", "no 'first'", f"{HEADER}{MINE}\nValueError: no 'first'")
    assert told == f"ValueError: no 'first'\n{MINE}".rstrip("\n")


def test_of_libraries_what_was_called_and_what_raised_is_kept_without_this_computers_paths():
    place = "/home/ada/.venv/lib/python3.11/site-packages/pandas"
    frames = "".join(
        frame(f"{place}/{name}.py", name, 20 + n) for n, name in enumerate(["corr", "inner", "deep", "np"])
    )
    told = raised("ValueError", "no", f"{HEADER}{MINE}{frames}\nValueError: no")
    assert told.split("\n")[4:] == [
        "File pandas/corr.py:20, in corr(x)", "----> 20 at corr",
        "[… 2 more frames of libraries …]",
        "File pandas/np.py:23, in np(x)", "----> 23 at np",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["~/lab/mine.py", "C:\\lab\\mine.py", "/srv/lib/mine.py"])
def test_the_users_own_files_are_kept_whole(path):
    told = raised("ValueError", "no", f"{HEADER}{MINE}{frame(path, 'load', 20)}\nValueError: no")
    assert f"File {path}:20, in load(x)\n      19 before\n----> 20 at load\n      9 after" in told


def test_on_windows_a_library_is_known_too():
    path = "C:\\Users\\Ada\\env\\Lib\\site-packages\\pandas\\frame.py"
    told = raised("ValueError", "no", f"{HEADER}{MINE}{frame(path, 'corr', 20)}\nValueError: no")
    assert "File pandas\\frame.py:20, in corr(x)\n----> 20 at corr" in told
    assert "before" not in told


def test_what_an_error_was_raised_from_is_kept():
    first = f"{HEADER.replace('ValueError', 'KeyError')}{MINE}\nKeyError: 'a'\n"
    chain = "\nThe above exception was the direct cause of the following exception:\n\n"
    told = raised("ValueError", "no", f"{first}{chain}{HEADER}{MINE}\nValueError: no")
    assert told.startswith("ValueError: no\nCell In[3]")
    assert "KeyError: 'a'\nThe above exception was the direct cause" in told


@pytest.mark.parametrize(
    ("name", "message", "trace", "told"),
    [
        ("ValueError", "two\nlines", f"{HEADER}{MINE}\nValueError: two\nlines", f"ValueError: two\nlines\n{MINE}"),
        ("SyntaxError", "invalid syntax (1.py, line 1)", f"{WRONG}\nSyntaxError: invalid syntax\n",
         f"SyntaxError: invalid syntax\n{WRONG}"),
        ("LinAlgError", "Singular", f"{HEADER}{MINE}\nnumpy.linalg.LinAlgError: Singular",
         f"numpy.linalg.LinAlgError: Singular\n{MINE}"),
        ("KeyboardInterrupt", "", f"{HEADER}{MINE}\nKeyboardInterrupt: ", f"KeyboardInterrupt:\n{MINE}"),
        ("ValueError", "", "", "ValueError"),
        ("Own", "write a name", "write a name", "Own: write a name"),
    ],
)  # fmt: skip
def test_any_error_is_led_by_its_words(name, message, trace, told):
    assert raised(name, message, trace) == told.rstrip("\n")
