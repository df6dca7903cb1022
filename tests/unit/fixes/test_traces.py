"""Tracebacks in the layouts that there are."""

import pytest

from memo_jupyter.fixes.traces import entry, frames, of_user

NEW = """KeyError  Traceback (most recent call last)
Cell In[3], line 2
      1 n = 3
----> 2 rate = df["a"]

File ~/env/lib/python3.11/site-packages/pandas/core/frame.py:4330, in DataFrame.__getitem__(self, key)
   4329     return 1
-> 4330 indexer = self.columns.get_loc(key)

File pandas/_libs/index.pyx:172, in pandas._libs.index.IndexEngine.get_loc()

KeyError: 'a'"""
PLAIN = """Traceback (most recent call last):
  File "<ipython-input-3-ab12>", line 2, in <module>
    rate = df["a"]
  File "C:\\env\\Lib\\site-packages\\pandas\\core\\frame.py", line 4330, in __getitem__
    indexer = self.columns.get_loc(key)
KeyError: 'a\'"""
OLD = """ValueError Traceback (most recent call last)
<ipython-input-3-ab12> in <module>
      1 n = 3
----> 2 f(n)

<ipython-input-2-cd34> in f(n)
----> 1 def f(n): return int("a")

ValueError: invalid"""
SYNTAX = """  Cell In[1], line 1
    total = sum((1, 2)
               ^
SyntaxError: '(' was never closed"""


def test_the_users_line_and_the_librarys_functions_are_found_in_ipythons_layout():
    found = frames(NEW)
    assert [(one.line, one.number, one.in_cell) for one in of_user(found)] == [('rate = df["a"]', 2, True)]
    assert (entry(found).package, entry(found).function) == ("pandas", "DataFrame.__getitem__")
    assert (found[-1].package, found[-1].function) == ("pandas", "get_loc")


def test_pythons_own_layout_says_the_same():
    found = frames(PLAIN)
    assert [one.line for one in of_user(found)] == ['rate = df["a"]']
    assert (entry(found).package, entry(found).function) == ("pandas", "__getitem__")


@pytest.mark.parametrize(
    ("path", "package"),
    [
        ("/usr/lib/python3.11/json/decoder.py", "json"),
        ("/usr/lib/python3/dist-packages/yaml/loader.py", "yaml"),
        ("C:\\Python311\\Lib\\json\\decoder.py", "json"),
        ("~/env/lib/python3.11/site-packages/six.py", "six"),
        ("~/research/lib/models.py", ""),
    ],
)
def test_a_library_is_told_from_the_users_own_modules(path, package):
    (frame,) = frames(f"File {path}:3, in load(x)\n----> 3 raise it")
    assert frame.package == package


def test_what_only_wraps_functions_is_passed_over():
    wrapped = "".join(
        f"File ~/lib/python3.11/site-packages/sklearn/base.py:3, in {name}(x)\n----> 3 return it\n\n"
        for name in ("_fit_context.<locals>.decorator.<locals>.wrapper", "Ridge.fit", "check_array")
    )
    assert entry(frames(f"Cell In[1], line 1\n----> 1 Ridge().fit(x)\n\n{wrapped}")).function == "fit"


def test_a_function_of_another_cell_is_the_users_too():
    found = of_user(frames(OLD))
    assert [one.function for one in found] == ["", "f"]
    assert entry(frames(OLD)) is None


def test_a_syntax_error_has_its_line():
    assert [one.line for one in frames(SYNTAX)] == ["total = sum((1, 2)"]


def test_only_the_error_that_was_raised_last_counts():
    both = f"{OLD}\n\nThe above exception was the direct cause of the following exception:\n\n{NEW}"
    assert frames(both) == frames(NEW)


def test_what_is_no_traceback_has_no_frames():
    assert frames("") == ()
    assert frames("anything\n\n at all") == ()
