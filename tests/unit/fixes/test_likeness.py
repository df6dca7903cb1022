"""When two errors are alike, and when they only look so."""

import pytest

from memo_jupyter.fixes.likeness import likeness, signature

SURE = 0.75


@pytest.fixture
def compared():
    def told(one, other):
        return likeness(*(made(*each) for each in (one, other)))

    def made(code, error, library=""):
        name, _, message = error.partition(": ")
        trace = f"Cell In[1], line 1\n----> 1 {code}\n"
        for place in library.split():
            module, function = place.split(":")
            trace += f"\nFile ~/lib/python3.11/site-packages/{module}/a.py:7, in {function}(x)\n----> 7 raise it\n"
        return signature(name, message, trace, code)

    return told


NO_APPEND = "AttributeError: 'DataFrame' object has no attribute 'append'"
NO_FLOAT = "ValueError: could not convert string to float: "
NAN = "ValueError: Input X contains NaN."


def test_the_same_error_is_wholly_alike(compared):
    one = ("model.fit(X, y)", NAN, "sklearn:fit sklearn:check")
    assert compared(one, one) == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("clf.fit(X, y)", NAN, "sklearn:fit sklearn:check"), ("lasso.fit(A, b)", NAN, "sklearn:fit sklearn:check")),
        (("y = np.sin(3)", "NameError: name 'np' is not defined"),
         ("np.zeros(4)", "NameError: name 'np' is not defined")),
        (
            ("a.append(1)", NO_APPEND, "pandas:__getattr__"),
            ("log = log.append(row)", NO_APPEND, "pandas:__getattr__"),
        ),
        (("a = wines.corr()", NO_FLOAT + "'first'", "pandas:corr pandas:np"),
         ("c = cells.corr()", NO_FLOAT + "'benign'", "pandas:corr pandas:np")),
    ],
)  # fmt: skip
def test_errors_of_one_cause_are_alike(compared, one, other):
    assert compared(one, other) >= SURE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("f(x)", "ValueError: a b c d e"), ("f(x)", "TypeError: a b c d e")),
        (("np.zeros(4)", "NameError: name 'np' is not defined"),
         ("pd.Series()", "NameError: name 'pd' is not defined")),
        (('df["a"]', "KeyError: 'a'", "pandas:get"), ('df["b"]', "KeyError: 'b'", "pandas:get")),
        (('df["a"]', "KeyError: 'a'", "pandas:get"), ('counts["a"]', "KeyError: 'a'")),
        (("xs[3]", "IndexError: list index out of range"), ("frames[n].show()", "IndexError: list index out of range")),
        (("f(a=1)", "TypeError: f() got an unexpected keyword argument 'a'"),
         ("g(a=1)", "TypeError: g() got an unexpected keyword argument 'a'")),
        (("float(s)", "ValueError: could not convert string to float: '1,2'"),
         ("float(s)", "ValueError: could not convert string to float: 'n/a'")),
        (("float(s)", NO_FLOAT + "'first'"), ("float(s)", NO_FLOAT + "'none'")),
        (("wines.corr()", NO_FLOAT + "'first'", "pandas:corr pandas:np"),
         ("wines.astype(float)", NO_FLOAT + "'none'", "pandas:astype pandas:np")),
        (("a, b = f()", "ValueError: expected 2 values, got 3 of them"),
         ("a, b = f()", "ValueError: expected 4 values, got 3 of them")),
        (("if x == 3", "SyntaxError: expected ':'"), ("for row in table.rows()", "SyntaxError: expected ':'")),
        (('df["a"]', "KeyError: 'a'", "pandas:DataFrame.__getitem__ pandas:get_loc"),
         ('df.loc["a"]', "KeyError: 'a'", "pandas:_LocIndexer.__getitem__ pandas:get_loc")),
        (("re.match(p, line).group(1)", "AttributeError: 'NoneType' object has no attribute 'group'"),
         ('record["a"].group', "AttributeError: 'NoneType' object has no attribute 'group'")),
        (("f(x)", "RuntimeError: "), ("train(model)", "RuntimeError: ")),
        (("a.sum()", NAN, "sklearn:fit sklearn:check"), ("b.mean()", NAN, "mylib:fit mylib:guard")),
    ],
)  # fmt: skip
def test_errors_that_only_look_alike_are_not(compared, one, other):
    assert compared(one, other) < SURE
    assert compared(other, one) < SURE


def test_the_users_own_words_from_two_places_are_not_alike():
    def made(function):
        code = 'raise ValueError("invalid input")'
        trace = f"Cell In[1], line 1\n----> 1 {function}(3)\n\nCell In[2], line 3, in {function}(x)\n----> 3 {code}\n"
        return signature("ValueError", "invalid input", trace, f"{function}(3)")

    assert likeness(made("check"), made("check")) >= SURE > likeness(made("check"), made("load"))
