"""Eighty written cases: what is paired, and what is named when a later error is raised, all their fixes being known."""

import pytest
from error_cases import read_all

from memo_jupyter import fields
from memo_jupyter.fixes.fix import fix_fields
from memo_jupyter.fixes.pairing import Pairing

PRECISION, RECALL = 0.95, 0.70


@pytest.fixture(scope="module")
def cases():
    return read_all()


def pairs(case):
    """What was paired, in each step that is no later error."""
    pairing = Pairing()
    return [(step, pairing.see(step.seen)) for step in case.steps if not step.later]


def test_there_are_enough_cases_and_later_errors_with_and_without_a_right_fix(cases):
    later = [step for case in cases for step in case.steps if step.later]
    assert len(cases) >= 60
    assert all(step.raised for step in later)
    assert sum(step.fix is not None for step in later) >= 50
    assert sum(step.fix is None for step in later) >= 60


def test_every_fix_is_paired_and_nothing_that_is_none(cases):
    for case in cases:
        for step, fix in pairs(case):
            assert (fix is not None) == (step.fix is not None), (case.number, case.title, step.seen.code)


def test_what_is_named_is_right_and_most_that_could_be_named_is(cases, known):
    numbers = {}
    for case in cases:
        for step, fix in pairs(case):
            if fix:
                record = fields.record(fix_fields(fix))
                known.add(record)
                numbers[record.id] = (case.number, step.fix)
    counted = {"right": 0, "another": 0, "none": 0, "rightly none": 0, "wrong": 0}
    amiss = []
    for case in cases:
        for step in (one for one in case.steps if one.later):
            hint = known.hint(step.raised, step.seen.code, step.seen.notebook)
            named = numbers[hint.record] if hint else None
            wanted = (case.number, step.fix) if step.fix else None
            if wanted:
                outcome = "right" if named == wanted else "another" if named else "none"
            else:
                outcome = "wrong" if named else "rightly none"
            counted[outcome] += 1
            if outcome in ("another", "none", "wrong"):
                amiss.append((outcome, case.number, named, step.seen.code))
            assert hint is None or len(hint.line) <= 120
    shown = counted["right"] + counted["another"] + counted["wrong"]
    there = counted["right"] + counted["another"] + counted["none"]
    precision, recall = counted["right"] / shown, counted["right"] / there
    print(f"\n{counted}\nprecision {precision:.3f} of {shown}, recall {recall:.3f} of {there}")  # noqa: T201
    print(*amiss, sep="\n")  # noqa: T201
    assert precision >= PRECISION
    assert recall >= RECALL
