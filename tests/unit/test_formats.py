import pytest

from memo_jupyter.formats import code_in, json_in


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Here:\n```python\nx = 1\n```\nDone.", "x = 1"),
        ("```\na\n```\ntext\n~~~py\nb\n~~~", "a\n\nb"),
        ("````\n```\ninner\n```\n````", "```\ninner\n```"),
        ("```python\nx = 1", "x = 1"),
        ("  ```\n  indented\n  ```", "indented"),
        ("x = 1\nprint(x)", "x = 1\nprint(x)"),
        ("This is no code at all.", ""),
        ("", ""),
    ],
)
def test_the_code_is_taken_out(text, code):
    assert code_in(text) == code


def test_json_is_read_fenced_or_not():
    assert json_in('{"a": [1, 2]}') == {"a": [1, 2]}
    assert json_in('Sure:\n```json\n{"a": 1}\n```') == {"a": 1}
    with pytest.raises(ValueError, match="Expecting"):
        json_in("no")


@pytest.mark.parametrize("text", ['{"a": NaN}', "[Infinity]", "[" * 100_000, '{"a": ' * 50_000])
def test_what_no_front_end_takes_is_not_json(text):
    with pytest.raises(ValueError, match=r"JSON|nested|Expecting"):
        json_in(text)
    assert code_in("(" * 100_000) == ""
