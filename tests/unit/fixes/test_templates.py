"""What changes in an error's words from one time to the next is taken out of them, and kept."""

import pytest

from memo_jupyter.fixes.templates import form, template


@pytest.mark.parametrize(
    ("name", "message", "text", "params"),
    [
        ("ValueError", "cannot convert to float: '1,200'", "cannot convert to float: <text>", ["1,200"]),
        ("NameError", "name 'np' is not defined", "name <text> is not defined", ["np"]),
        ("KeyError", "'churn'", "<text>", ["churn"]),
        ("KeyError", "\"['a'] not in index\"", "[<text>] not in index", ["a"]),
        ("KeyError", '"None of [\'b\'] are in the columns"', "None of [<text>] are in the columns", ["b"]),
        ("ValueError", "(2,3) and (3, 4) not aligned", "<shape> and <shape> not aligned", ["(n0,n1)", "(n1,n2)"]),
        ("RuntimeError", "(32x784 and 512x64)", "(<shape> and <shape>)", ["n0xn1", "n2xn3"]),
        ("TypeError", "f() needs 1 more: 'x'", "<function> needs <number> more: <text>", ["f", "1", "x"]),
        ("PicklingError", "Can't pickle <f at 0x7f7cc60a3e20>", "Can't pickle <f at <place>>", ["0x7f7cc60a3e20"]),
        ("OSError", "cannot read /home/me/a.csv now", "cannot read <place> now", ["/home/me/a.csv"]),
        ("OperationalError", "no such table: readings", "no such table: <text>", ["readings"]),
        ("ValueError", "time doesn't match\nhere are\n3 lines", "time doesn't match", []),
        ("ValueError", "", "", []),
    ],
)  # fmt: skip
def test_a_message_is_taken_apart(name, message, text, params):
    found = template(name, message)
    assert found.text == text
    assert [value for _, value in found.params] == params


def test_lengths_count_only_in_that_they_agree():
    one, other = template("E", "with shapes (4,3) (4,)"), template("E", "with shapes (10, 3) (10,)")
    assert one.params == other.params
    assert one.params != template("E", "with shapes (4,3) (3,)").params


def test_values_of_one_form_are_told_from_others():
    assert form("1,200") == form("35,000") != form("n/a")


def test_a_long_message_is_read_in_no_time():
    import time

    start = time.perf_counter()
    template("ValueError", "'" * 100_000 + "(1," * 100_000)
    assert time.perf_counter() - start < 0.5
