"""What the command that forgets shows, asks and does."""

import pytest

from memo_jupyter.arguments import read_line
from memo_jupyter.command import Call
from memo_jupyter.commands import find
from memo_jupyter.errors import BadInput, UnknownId
from memo_jupyter.testing import fake_memo


class Face:
    """Answers what it is asked as it was told to, and keeps what it was asked."""

    prefix = "%memo"

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    def agreed(self, page, question):
        self.asked.append((page.text(100), question))
        return self.answer


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store") as memo:
        memo.remember("The Zanzibar constant is 42.", thread="work", source={"notebook": "/home/a/notes/plan.ipynb"})
        memo.remember("zanzibars are not it", thread="work", source={"path": "C:\\data\\plan.ipynb", "page": 3})
        memo.remember("the constant of Zanzibar, in read_csv", created="2020-01-01", tags=("old",))
        memo.remember("nothing of that", kind="document", source={"path": "plan.ipynb"})
        yield memo


def texts(memo):
    return sorted(row.opening for row in memo.recent())


def say(memo, words, answer=None):
    face = Face(answer)
    command = find("forget", "%memo")
    page = command.run(memo, Call(*read_line(words, command.flags), face))
    return page.text(100).strip(), face.asked


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"query": "zanzibar"}, {"zanzibars are not it", "nothing of that"}),
        ({"query": "CONSTANT the"}, {"zanzibars are not it", "nothing of that"}),
        ({"query": "read_csv"}, {"The Zanzibar constant is 42.", "zanzibars are not it", "nothing of that"}),
        ({"query": "read"}, None),
        ({"query": "zanzibar constant is not"}, None),
        ({"query": "zanzibar", "thread": "work"}, {"constant of", "zanzibars are not it", "nothing of that"}),
        ({"thread": "work"}, {"constant of", "nothing of that"}),
        ({"source": "plan.ipynb"}, {"constant of"}),
        ({"source": "notes/plan.ipynb"}, {"zanzibars are not it", "constant of", "nothing of that"}),
        ({"source": "lan.ipynb"}, None),
        ({"source": "3"}, None),
        ({"kinds": "document"}, {"The Zanzibar constant is 42.", "zanzibars are not it", "constant of"}),
        ({"tags": ["old"]}, {"The Zanzibar constant is 42.", "zanzibars are not it", "nothing of that"}),
        ({"before": "2021-01-01"}, {"The Zanzibar constant is 42.", "zanzibars are not it", "nothing of that"}),
        ({"since": "2021-01-01"}, {"constant of"}),
        ({"since": "2021-01-01", "before": "2021-02-01"}, None),
    ],
)
def test_what_fits_every_filter_goes_and_nothing_else(memo, filters, kept):
    before = texts(memo)
    expected = before if kept is None else sorted(t for t in before if any(k in t for k in kept))
    would = memo.forget(**filters, dry_run=True)
    assert texts(memo) == before
    assert memo.forget(**filters) == would
    assert texts(memo) == expected


def test_words_in_different_parts_of_a_long_text_count_together(memo):
    long = memo.remember("First the aardvark. " + "Filling words stand here. " * 300 + "Then the zebra.")
    assert memo.forget(query="zebra aardvark") == [long.id]


@pytest.mark.parametrize("given", [{}, {"query": ""}, {"query": " ?! "}, {"tags": []}])
def test_nothing_named_is_one_line(memo, given):
    with pytest.raises(BadInput, match=r"^(Name what to forget|The query has no words)"):
        memo.forget(**given)
    assert len(texts(memo)) == 4


def test_ids_and_a_filter_go_together_and_an_unknown_id_forgets_nothing(memo):
    one = memo.recent(kinds="document")[0].id
    with pytest.raises(UnknownId):
        memo.forget([one, "ZZZZZZZZ"], thread="work")
    assert len(texts(memo)) == 4
    assert len(memo.forget(one, thread="work")) == 3


def test_one_that_is_named_is_forgotten_without_asking(memo):
    one = memo.recent(kinds="document")[0].id
    assert say(memo, one[-8:]) == ("Forgotten for good: 1 memory.", [])
    assert len(texts(memo)) == 3


def test_what_a_filter_takes_is_shown_and_asked_for_first(memo):
    shown, asked = say(memo, "--thread work", answer=False)
    assert shown == "Nothing was forgotten."
    ((listed, question),) = asked
    assert "Zanzibar constant" in listed
    assert "zanzibars" in listed
    assert question == "Forget 2 memories for good?"
    assert len(texts(memo)) == 4
    assert say(memo, "--thread work", answer=True)[0] == "Forgotten for good: 2 memories."
    assert len(texts(memo)) == 2


def test_many_ids_are_asked_for_too(memo):
    many = [memo.remember(f"fact {number}").id for number in range(6)]
    _, asked = say(memo, " ".join(many), answer=False)
    assert asked[0][1] == "Forget 6 memories for good?"
    assert say(memo, "--yes " + " ".join(many)) == ("Forgotten for good: 6 memories.", [])


def test_where_no_one_can_be_asked_nothing_is_forgotten_and_the_flag_is_named(memo):
    shown, asked = say(memo, "--query zanzibar", answer=None)
    assert shown == "Nothing was forgotten. Add --yes to forget them for good."
    assert len(asked) == 1
    assert len(texts(memo)) == 4


def test_a_dry_run_lists_and_forgets_nothing(memo):
    shown, asked = say(memo, "--dry-run --query zanzibar")
    assert "Zanzibar constant" in shown
    assert shown.endswith("2 memories would be forgotten. Nothing was.")
    assert asked == []
    assert len(texts(memo)) == 4


def test_a_long_list_is_shortened_and_says_so(memo):
    for number in range(60):
        memo.remember(f"fact {number}", thread="many")
    shown, _ = say(memo, "--dry-run --thread many")
    assert "… and 10 more." in shown
    assert "60 memories would be forgotten" in shown


def test_a_filter_that_fits_nothing_says_so(memo):
    assert say(memo, "--thread nowhere") == ("Nothing fits that; nothing was forgotten.", [])


def test_one_whose_file_is_damaged_can_be_forgotten_by_its_id(memo):
    parts = memo._open()
    one = memo.recent(kinds="document")[0].id
    parts.store.path(one).write_bytes(b"garbage")
    memo.verify()
    assert say(memo, one) == ("Forgotten for good: 1 memory.", [])
    assert parts.store.set_aside() == []
