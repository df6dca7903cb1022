import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memo_jupyter.citations import cited, marked


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [
        ("The robust one [1].", [1]),
        ("As [2] and [1] say, and [2] again.", [2, 1]),
        ("Both [1, 3], all [4-6] or [7\N{EN DASH}8].", [1, 3, 4, 5, 6, 7, 8]),
        ("Both [1][3].", [1, 3]),
        ("> It gave 0.71. [1]\n\n- so [2]\n", [1, 2]),
        ("**[1]** *[2]*", [1, 2]),
        ("It lies in [0, 1].", []),
        ("x[1] is first, and so is a[0][1].", []),
        ("In 2024 [2024] it was.", []),
        ("A link [1](http://x) and \\[3].", []),
        ("[1]: http://x\n  [2]: y", []),
        ("According to [1]: the robust one. **[2]:** so", [1, 2]),
        ("A footnote[^1] and [^2].", []),
        ("It is 0.71\u30101\u3011, or \u30102\u2020note\u3011.", [1, 2]),
        ("Of six, [12].", [12]),
        (r"In $x \in [1, 2]$ and $$[3]$$ and \([4]\) and \[[5]\] it holds [6].", [6]),
        ("$$\nx [1]\n$$\nso [2]", [2]),
        ("It cost $5 [1] and $6 [2], not $7.", [1, 2]),
        ("1. Do:\n\n    ```python\n    x = [1]\n\n    y = [3]\n    ```\n\n   so [2]", [2]),
        ("Press ` first [1].\n\nThen ` again [2].", [1, 2]),
        ("`x = [1]` and ``a ` [2]``", []),
        ("```python\nx = [1]\n```\nbut [2]", [2]),
        ("~~~\n[1]\n~~~\n[2]", [2]),
        ("```\ncut off [1]", []),
        ("", []),
    ],
)
def test_markers_in_prose_are_citations_and_nothing_else_is(answer, numbers):
    assert cited(answer) == numbers


def test_a_marker_that_no_memory_stands_behind_is_marked():
    assert marked("So [1] and [4], [2, 9], `[9]` and [0, 9].", 2) == "So [1] and [4?], [2, 9?], `[9]` and [0, 9]."
    assert marked("So [1].", 1) == "So [1]."
    assert (
        marked("So \u3010[9]\u3010 and 0.7\u30109\u2020x\u3011.", 1)
        == "So \u3010[9?]\u3010 and 0.7\u30109\u2020x?\u3011."
    )


@given(st.text(alphabet="[]()`~\n 0123,-x$\\:\u3010\u3011", max_size=60), st.integers(0, 5))
def test_marking_adds_question_marks_and_changes_nothing_else(answer, known):
    shown = marked(answer, known)
    assert re.sub("\\?(?=[]\u3011])", "", shown) == answer
    assert (shown == answer) == (not [number for number in cited(answer) if number > known])
