import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.lib.pretty import pretty

from memo_jupyter.notebook.filling import fill


class Thing:
    name = "churn"

    @property
    def broken(self):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no repr")


NAMES = {
    "x": 3,
    "text": "{x}",
    "thing": Thing(),
    "rows": [1, 2],
    "In": ["", "x = 3", "{x}"],
    "Out": {1: 3},
    "größe": 7,
}
RAISED = {4: "Traceback …\nKeyError: 'x'", 9: "ValueError: last"}


@pytest.mark.parametrize(
    ("prompt", "filled"),
    [
        ("{x} and {rows}", "3 and [1, 2]"),
        ("{thing.name}", "churn"),
        ("{größe}", "7"),
        ("{In[1]} gave {Out[1]}", "x = 3 gave 3"),
        ("{Err[4]}", "Traceback …\nKeyError: 'x'"),
        ("{Err[-1]}", "ValueError: last"),
        ("{In[-1]}", "{x}"),
        ("{text}", "{x}"),
    ],
)
def test_a_field_is_filled_in_once(prompt, filled):
    assert fill(prompt, NAMES, RAISED, pretty) == filled


@pytest.mark.parametrize(
    "prompt",
    [
        "{nothing}",
        "{x.nothing}",
        "{thing.broken}",
        "{thing}",
        "{}",
        "{0}",
        "{x!r}",
        "{x:>10}",
        "{x + 1}",
        "{f()}",
        "{{x",
        "{In[99]}",
        "{Out[99]}",
        "{Err[99]}",
        "{Err[-5]}",
        "{x[0]}",
        '{"a": 1}',
        "def f(): return {k: v for k in y}",
        "{ x }",
    ],
)
def test_everything_else_in_braces_is_left_as_it_is(prompt):
    assert fill(prompt, NAMES, RAISED, pretty) == prompt


def test_a_huge_value_is_cut_in_the_middle_and_says_so():
    filled = fill("{big}", {"big": "a" * 50_000 + "z"}, {}, pretty)
    assert len(filled) < 21_000
    assert "30,001 characters left out" in filled
    assert filled.endswith("z")


@given(st.text(alphabet="{}[].xIn0O1 ", max_size=60))
def test_any_prompt_can_be_filled(prompt):
    fill(prompt, NAMES, RAISED, pretty)
