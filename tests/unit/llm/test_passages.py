from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memo_jupyter.llm.passages import passages
from memo_jupyter.types import QUOTE, Hit, Record

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


def of(record, span=None):
    return passages(Hit(record, 1.0, {}, "", span or (0, len(record.text))))


def shown(text, **more):
    return [one.shown for one in of(Record("A", NOW, more.pop("kind", "note"), text, **more))]


def cell(code, outputs):
    return shown(f"{code}\n{outputs}", kind="cell", code=code, outputs=outputs)


def chat(prompt, response):
    return of(Record("A", NOW, "chat", f"{prompt}\n\n{response}", prompt=prompt, response=response))


def test_an_item_comes_with_the_line_that_leads_to_it_and_a_heading_stands_behind_its_sentences():
    found = of(Record("A", NOW, "note", "# Scalers\nDecisions:\n- drop the old one\n  for good\n1. ask Ann"))
    assert [one.shown for one in found] == ["Decisions: drop the old one for good", "Decisions: ask Ann"]
    assert {one.about for one in found} == {"Scalers"}


def test_fenced_code_is_code_with_its_language_and_not_prose():
    found = of(Record("A", NOW, "note", "So it goes:\n```r\nx <- 1\n\ny <- 2\n```\nIt is done."))
    assert [(one.shown, one.language) for one in found] == [("x <- 1", "r"), ("y <- 2", "r"), ("It is done.", "")]


def test_a_fence_that_never_closes_is_code_to_the_end():
    assert [one.language for one in of(Record("A", NOW, "note", "~~~\nx = 1\ny = 2"))] == ["text"]


@pytest.mark.parametrize("response", ["Yes. The robust one is best.", "Yes.\nThe robust one is best."])
def test_a_yes_comes_with_its_question_and_with_what_follows(response):
    (found,) = chat("I have outliers. Is it the robust one?", response)[1:]
    assert found.shown == "Is it the robust one? Yes. The robust one is best."
    assert "Is it" not in found.text


def test_what_a_prompt_tells_can_be_quoted_and_what_it_asks_cannot():
    assert [one.shown for one in chat("The data has outliers. Explain the scaler. Why", "Well.")] == [
        "The data has outliers.",
        "Well.",
    ]


def test_what_was_quoted_before_cannot_be():
    assert of(Record("A", NOW, "chat", "q\n\n> a", prompt="q", response="> a", author=QUOTE)) == []


def test_a_traceback_is_cut_down_to_what_was_wrong():
    trace = "start\nTraceback (most recent call last):\n  File 'x', line 1\n    f()\nKeyError: 'theta'"
    assert cell("f()", trace) == [">>> f()\nstart\nKeyError: 'theta'"]
    ipython = (
        f"{'-' * 75}\nKeyError   Traceback (most recent call last)\n----> 1 f()\n\nnumpy.linalg.LinAlgError: Singular"
    )
    assert cell("f()", ipython) == [">>> f()\nnumpy.linalg.LinAlgError: Singular"]


@pytest.mark.parametrize("where", ["Cell In[3], line 1", "  Cell In[3], line 1", "File ~/mine.py:3, in f(x)"])
def test_of_a_remembered_error_its_words_are_quoted(where):
    assert cell("f()", f"start\nKeyError: 'theta'\n{where}\n----> 1 f()") == [">>> f()\nstart\nKeyError: 'theta'"]


def test_imports_alone_are_no_answer_unless_there_is_nothing_else():
    assert cell("import a\nfrom b import c\n\nf()\n\n" + "g()\n" * 8, "")[0] == "f()"
    imports = "\n".join(f"import a{number}" for number in range(10))
    assert cell(imports, "")[0].startswith("import a0")


def test_a_row_of_a_long_printed_table_comes_with_its_header_and_with_what_printed_it():
    rows = "\n".join(f"{number}   s{number}  0.{number}" for number in range(20))
    found = cell("a = 1\nprint(\n    table\n)", f"    name  score\n{rows}")
    assert found[0] == "a = 1\nprint(\n    table\n)"
    assert found[8] == ">>> print(\n...     table\n... )\n    name  score\n7   s7  0.7"


def test_of_a_progress_bar_only_the_last_state_is_quoted():
    assert cell("run()", "10 %\r50 %\r100 %\r\ndone\r\n") == [">>> run()\n100 %\ndone"]


def test_a_code_file_is_code():
    assert of(Record("A", NOW, "document", "x = 1.\nY = 2", source={"path": "a/b.py"}))[0].language == "python"


def test_a_long_text_is_read_around_what_was_found_in_it():
    lines = [f"Line number {number} is here." for number in range(10_000)]
    text = "\n".join(lines)
    start = text.index(lines[5000])
    found = [one.shown for one in of(Record("A", NOW, "note", text), (start, start + 20))]
    assert lines[5000] in found
    assert set(found) < set(lines)
    assert len(found) < 250


@given(st.text(alphabet="ab .?!\n#-|`~>1)\t:\r", max_size=200), st.data())
def test_any_text_and_any_span_can_be_cut(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    for record in (
        Record("A", NOW, "note", text),
        Record("A", NOW, "cell", f"{text}\n{text}", code=text, outputs=text),
        Record("A", NOW, "chat", f"{text}\n\n{text}", prompt=text, response=text),
    ):
        for one in of(record, (start, end)):
            assert one.text.strip()
            assert "\n" not in one.text
            assert one.shown
            assert one.language or "\n" not in one.shown


def test_of_a_fix_the_code_that_mended_it_is_quoted_with_its_error():
    found = of(
        Record(
            "A", NOW, "fix", "KeyError: 'chrn'\n\nMended by this change: …", prompt="rate = df['chrn']",
            code="rate = df['churn']", outputs="KeyError: 'chrn'\n\nRaised at:\n  File",
        )
    )  # fmt: skip
    assert "rate = df['churn']" in found[0].shown
    assert not any("rate = df['chrn']" in one.shown for one in found)
