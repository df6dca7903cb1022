import time

import pytest

from memo_jupyter.redact.redactor import Redactor
from memo_jupyter.redact.rules import LARGEST, parse_rules, read_rules


def test_a_rule_takes_out_what_it_matches_or_its_group_and_names_it():
    rules = parse_rules("# ours\n\nLab Token: LAB-[0-9]{4}\nbadge no (\\d{5})\n")
    done = Redactor(rules).redact("LAB-1234, badge no 55443")
    assert done.text == "[secret: lab token], badge no [secret: own rule]"
    assert [one.sort for one in done.found] == ["lab-token", "own-rule"]


def test_what_is_allowed_is_never_a_secret():
    rules = parse_rules("lab: LAB-[0-9]{4}\nallow: LAB-0000\nallow: an-open-[a-z]+")
    text = "LAB-0000 and password = 'an-open-word'"
    assert Redactor(rules).redact(text).text is text
    assert "1111" not in Redactor(rules).redact("LAB-1111").text


@pytest.mark.parametrize("bad", ["lab: (", "a**", "x: (?<=a)b", r"(a)\1", "x*", "y" * 1001])
def test_a_bad_rule_is_one_line_that_names_its_line_and_the_others_count(bad):
    rules = parse_rules(f"lab: LAB-1\n{bad}\nown: OWN-1")
    assert [rule.sort for rule in rules.rules] == ["lab", "own"]
    (problem,) = rules.problems
    assert problem.startswith("redact.rules, line 2: ")
    assert "\n" not in problem


def test_a_file_that_is_not_there_has_no_rules_and_one_that_cannot_be_read_says_so(tmp_path):
    assert read_rules(tmp_path / "redact.rules") == parse_rules("")
    (tmp_path / "redact.rules").mkdir()
    assert read_rules(tmp_path / "redact.rules").problems[0].startswith("redact.rules: cannot be read")


def test_of_a_file_that_is_too_large_the_beginning_counts(tmp_path):
    file = tmp_path / "redact.rules"
    file.write_text("lab: LAB-1\n" + "# filler\n" * LARGEST, "utf-8")
    rules = read_rules(file)
    assert [rule.sort for rule in rules.rules] == ["lab"]
    assert "larger than 64 KB" in rules.problems[0]


def test_only_so_many_rules_count():
    rules = parse_rules("\n".join(f"LAB-{number}" for number in range(250)))
    assert len(rules.rules) == 200
    assert "line 201" in rules.problems[0]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+b", "(a*)*c", "(x+x+)+y|(a+a+)+b", "[ab]*a[ab]{200}c"])
def test_no_rule_can_hang(pattern):
    redactor = Redactor(parse_rules(f"bad: {pattern}"))
    start = time.thread_time()
    redactor.redact("a" * 200_000 + "!")
    assert time.thread_time() - start < 3


def test_a_rule_that_matches_very_often_takes_out_the_rest_rather_than_leave_it():
    done = Redactor(parse_rules("one: z")).redact("z " * 20_000)
    assert "z" not in done.text


def test_a_rule_finds_beside_characters_of_more_than_one_byte():
    assert Redactor(parse_rules("lab: LAB-\\d+")).redact("é中😀 LAB-12 ü").text == "é中😀 [secret: lab] ü"
