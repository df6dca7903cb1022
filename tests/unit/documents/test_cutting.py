"""Long texts as parts."""

import random

from memo_jupyter.documents.cutting import cut
from memo_jupyter.documents.part import LONGEST


def paragraphs(number, seed=1):
    chance = random.Random(seed)
    return [" ".join(f"w{chance.randrange(5000)}" for _ in range(chance.randint(10, 120))) for _ in range(number)]


def test_a_short_text_is_one_part_that_says_nothing_of_its_place():
    (part,) = cut("one\n\ntwo\n")
    assert (part.text, part.where) == ("one\n\ntwo", {})


def test_a_long_text_is_cut_between_paragraphs_and_nothing_is_lost():
    given = paragraphs(1500)
    text = "\n\n".join(given)
    parts = list(cut(text))
    assert "\n\n".join(part.text for part in parts) == text
    assert max(len(part.text) for part in parts) <= LONGEST
    lines = text.split("\n")
    assert all(lines[part.where["line"] - 1] == part.text.split("\n")[0] for part in parts)


def test_a_text_without_any_border_is_cut_all_the_same():
    parts = list(cut("x" * 100_001))
    assert "".join(part.text for part in parts) == "x" * 100_001
    assert max(len(part.text) for part in parts) <= LONGEST


def test_a_line_put_in_at_the_top_changes_few_parts():
    given = paragraphs(1500)
    before = {part.text for part in cut("\n\n".join(given))}
    after = {part.text for part in cut("\n\n".join(["A new paragraph.", *given]))}
    assert len(before) > 20
    assert len(after - before) < len(before) / 4


def test_markdown_is_cut_at_headings_and_each_part_bears_its_own():
    text = "\n\n".join(f"{'#' * (1 + number % 3)} Part {number}\n\n{'Words on it. ' * 150}" for number in range(4))
    assert [part.where for part in cut(text, headings=True)] == [{"section": f"Part {number}"} for number in range(4)]


def test_short_sections_stay_together():
    (part,) = cut("# A\n\none\n\n# B\n\ntwo", headings=True)
    assert part.where == {"section": "A"}


def test_restructured_text_has_its_headings_underlined():
    text = "".join(f"Part {number}\n======\n\n{'Words on it. ' * 150}\n\n" for number in range(3))
    assert [part.where["section"] for part in cut(text, headings=True)] == ["Part 0", "Part 1", "Part 2"]


def test_a_comment_in_a_fence_is_no_heading():
    text = f"# A\n\n{'Words. ' * 300}\n```python\n# no heading\n```\n"
    assert [part.where for part in cut(text, headings=True)] == [{"section": "A"}]
