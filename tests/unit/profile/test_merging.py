from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from memo_jupyter.profile.finding import Finding
from memo_jupyter.profile.lines import CODE, USER, ProfileLine, before, current, resting_alone
from memo_jupyter.profile.merging import merge
from memo_jupyter.profile.state import State

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


def line(name, text="Plots with seaborn.", topic="plots", days=0, author=CODE, supersedes=None, evidence=("E1",)):
    when = NOW - timedelta(days=days)
    return ProfileLine(name, "habit", topic, text, when, tuple(evidence), author, supersedes)


def finding(text="Plots with seaborn.", topic="plots", days=0, evidence=("E2",)):
    return Finding(topic, "habit", text, tuple(evidence), NOW - timedelta(days=days))


def test_what_is_new_becomes_a_line():
    assert merge([], [finding()], CODE, State()).new == [(finding(), None)]


def test_newer_evidence_that_says_something_else_supersedes_and_older_does_not():
    new = finding("Plots with plotly.")
    assert merge([line("A", days=3)], [new], CODE, State()).new == [(new, "A")]
    assert merge([line("A", days=3)], [finding("Plots with plotly.", days=4)], CODE, State()).new == []


def test_the_same_again_changes_nothing_but_after_a_week_its_date_and_evidence():
    assert merge([line("A", days=3)], [finding("plots  with SEABORN")], CODE, State()).new == []
    changes = merge([line("A", days=8, supersedes="Z")], [finding()], CODE, State())
    ((renewed, old),) = changes.instead
    assert (renewed.evidence, old.id, changes.new, changes.gone) == (("E2", "E1"), "A", [], [])


def test_what_a_person_wrote_of_themselves_stands():
    assert merge([line("A", author=USER, days=9)], [finding("Plots with plotly.")], CODE, State()).new == []


def test_what_was_erased_is_not_learned_again():
    assert merge([], [finding(topic="Plots")], CODE, State().without("plots")).new == []


def test_code_that_shows_it_no_longer_withdraws_its_line_and_no_other_ones():
    lines = [line("A", days=9), line("B", topic="answers", author="a model"), line("C", topic="x", author=USER)]
    assert merge(lines, [], CODE, State(), whole=True).gone == ["A"]
    assert merge(lines, [], CODE, State()).gone == []


def test_what_no_longer_shows_goes_with_its_own_history_and_not_with_what_others_found():
    lines = [
        line("A", author="a model"),
        line("B", "Plots with plotly.", supersedes="A"),
        line("C", "Plots with altair.", supersedes="B"),
    ]
    assert merge(lines, [], CODE, State(), whole=True).gone == ["C", "B"]


def test_of_what_two_passes_kept_at_once_one_is_left():
    lines = [line("B", days=1), line("A", days=1), line("other", topic="x")]
    (gone,) = merge(lines, [], CODE, State()).gone
    assert gone in {"A", "B"}
    mine = line("U", "Plots with nothing.", author=USER, days=9, evidence=())
    twice = line("V", "Plots with nothing.", author=USER, days=9, evidence=())
    assert merge([mine, twice, line("A")], [], CODE, State()).gone == ["A"]


def test_where_the_newest_evidence_was_forgotten_the_older_says_what_holds():
    old = finding("Plots with plotly.", days=4)
    changes = merge([line("A", days=3)], [old], CODE, State(), whole=True)
    assert [(one, was.id) for one, was in changes.instead] == [(old, "A")]
    assert (changes.new, changes.gone) == ([], [])
    by_model = merge([line("A", days=3, author="a model")], [old], CODE, State(), whole=True)
    assert (by_model.new, by_model.instead, by_model.gone) == ([], [], [])


def test_only_the_first_of_one_topic_is_taken():
    assert len(merge([], [finding(), finding("Plots with plotly.")], CODE, State()).new) == 1


def test_history_is_listed_the_latest_first_and_ends_where_a_line_is_gone():
    lines = [line("A"), line("B", supersedes="A"), line("C", supersedes="B"), line("D", topic="x", supersedes="gone")]
    assert [one.id for one in current(lines)] == ["C", "D"]
    assert [one.id for one in before(lines[2], lines)] == ["B", "A"]
    assert before(lines[3], lines) == []
    ring = [line("A", supersedes="B"), line("B", supersedes="A")]  # only an imported file can say so
    assert len(before(ring[0], ring)) <= 2


def test_the_users_own_lines_come_first_then_goals_then_the_newest():
    mine = line("mine", topic="m", days=9, author=USER, evidence=())
    lines = [line("habit", topic="h", days=0), line("old", topic="o", days=5), mine]
    goal = ProfileLine("goal", "goal", "g", "Ships in spring.", NOW - timedelta(days=20), ("E",), "m")
    assert [one.id for one in current([*lines, goal])] == ["mine", "goal", "habit", "old"]


@given(st.lists(st.sets(st.sampled_from("abcdef"))), st.sets(st.sampled_from("abcdef")))
def test_a_line_goes_with_its_evidence_and_only_with_all_of_it(evidences, gone):
    lines = [line(str(number), evidence=sorted(one)) for number, one in enumerate(evidences)]
    expected = [str(number) for number, one in enumerate(evidences) if one and one <= gone]
    assert resting_alone(lines, gone) == expected
