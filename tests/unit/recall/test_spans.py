"""What a question says about when; each row of the tables is one way to say it."""

import os
import statistics
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memo_jupyter.recall.spans import Span, spans

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 6, 11, 15, 30, tzinfo=BERLIN)  # a Wednesday


def named(query, now=NOW):
    """The stretches as local times, "YYYY-MM-DD" or "YYYY-MM-DD HH:MM", with the days' ends as they are."""
    return [tuple(_words(edge.astimezone(now.tzinfo)) for edge in (span.start, span.end)) for span in spans(query, now)]


def _words(moment):
    return f"{moment:%Y-%m-%d}" if (moment.hour, moment.minute) == (0, 0) else f"{moment:%Y-%m-%d %H:%M}"


ONE = {
    # days and parts of them
    "what did I do today": ("2025-06-11", "2025-06-12"),
    "what did I do yesterday?": ("2025-06-10", "2025-06-11"),
    "the day before yesterday": ("2025-06-09", "2025-06-10"),
    "the plot I made last night": ("2025-06-10 18:00", "2025-06-11 06:00"),
    "the error this morning": ("2025-06-11 04:00", "2025-06-11 12:00"),
    "yesterday afternoon we saw it": ("2025-06-10 12:00", "2025-06-10 18:00"),
    "the other day I found a paper": ("2025-06-03", "2025-06-11"),
    "what was decided on Tuesday": ("2025-06-10", "2025-06-11"),
    "on Wednesday": ("2025-06-04", "2025-06-05"),
    "what I asked last Friday": ("2025-06-06", "2025-06-07"),
    "Monday's meeting": ("2025-06-09", "2025-06-10"),
    "Tuesday morning": ("2025-06-10 04:00", "2025-06-10 12:00"),
    # so long ago
    "what failed two weeks ago": ("2025-05-25", "2025-06-01"),
    "3 days ago": ("2025-06-08", "2025-06-09"),
    "a week ago": ("2025-06-01", "2025-06-08"),
    "a month ago": ("2025-04-26", "2025-05-27"),
    "a few days ago": ("2025-06-06", "2025-06-10"),
    "two hours ago": ("2025-06-11 13:00", "2025-06-11 14:00"),
    "half an hour ago": ("2025-06-11 14:52", "2025-06-11 15:07"),
    "30 days ago": ("2025-05-09", "2025-05-16"),
    "two years ago": ("2022-12-11", "2023-12-11"),
    # the last so many, whole ones, parts
    "past three days": ("2025-06-08", "2025-06-12"),
    "in the last 24 hours": ("2025-06-10 15:30", "2025-06-11 15:31"),
    "over the last week": ("2025-06-04", "2025-06-12"),
    "results of last week": ("2025-06-02", "2025-06-09"),
    "the week before last": ("2025-05-26", "2025-06-02"),
    "earlier this week": ("2025-06-09", "2025-06-16"),
    "last month": ("2025-05-01", "2025-06-01"),
    "this year's runs": ("2025-01-01", "2026-01-01"),
    "last quarter": ("2025-01-01", "2025-04-01"),
    "over the weekend": ("2025-06-07", "2025-06-09"),
    "what did we do last summer": ("2024-06-01", "2024-09-01"),
    "in winter": ("2024-12-01", "2025-03-01"),
    "fall 2023": ("2023-09-01", "2023-12-01"),
    # months, quarters, years
    "what did we decide in May": ("2025-05-01", "2025-06-01"),
    "in november": ("2024-11-01", "2024-12-01"),
    "what I tried in Jan": ("2025-01-01", "2025-02-01"),
    "accuracy in May 2023": ("2023-05-01", "2023-06-01"),
    "the March 2024 report": ("2024-03-01", "2024-04-01"),
    "runs of 2023-05": ("2023-05-01", "2023-06-01"),
    "models trained in 2024": ("2024-01-01", "2025-01-01"),
    "accuracy of 2019 model": ("2019-01-01", "2020-01-01"),
    "2024": ("2024-01-01", "2025-01-01"),
    "loss in Q2 2025": ("2025-04-01", "2025-07-01"),
    "2024Q3 revenue": ("2024-07-01", "2024-10-01"),
    "in q4": ("2024-10-01", "2025-01-01"),
    "the first half of 2024": ("2024-01-01", "2024-07-01"),
    "the first quarter of 2024": ("2024-01-01", "2024-04-01"),
    "in the second week of November": ("2024-11-04", "2024-11-18"),
    "in early June": ("2025-06-01", "2025-06-13"),
    "mid-May": ("2025-05-10", "2025-05-23"),
    "at the end of last month": ("2025-05-22", "2025-06-01"),
    # dates
    "the run on 7 May": ("2025-05-07", "2025-05-08"),
    "on 7 July": ("2024-07-07", "2024-07-08"),
    "May 7th": ("2025-05-07", "2025-05-08"),
    "on the 3rd of sept": ("2024-09-03", "2024-09-04"),
    "2023-05-07": ("2023-05-07", "2023-05-08"),
    "the log of 2023-05-07T14:30": ("2023-05-07", "2023-05-08"),
    "what did Ann say on 25 May, 2022": ("2022-05-25", "2022-05-26"),
    "the party on December 11, 2023": ("2023-12-11", "2023-12-12"),
    "on Tuesday, 3 June": ("2025-06-03", "2025-06-04"),
    "am 7.5.2023": ("2023-05-07", "2023-05-08"),
    "29 February": ("2024-02-29", "2024-03-01"),
    # from, to, since
    "what have I tried since March": ("2025-03-01", "2025-06-12"),
    "since yesterday": ("2025-06-10", "2025-06-12"),
    "before 2024": ("1970-01-02", "2024-01-01"),
    "after May 2023": ("2023-06-01", "2025-06-12"),
    "the week before 7 May 2023": ("2023-04-30", "2023-05-07"),
    "between March and May 2024": ("2024-03-01", "2024-06-01"),
    "from 2023-05-01 to 2023-05-07": ("2023-05-01", "2023-05-08"),
    "since last Friday": ("2025-06-06", "2025-06-12"),
    "the week of 5 June": ("2025-06-02", "2025-06-09"),
    "on the weekend of 15 July, 2023": ("2023-07-15", "2023-07-17"),
    "from November to February": ("2024-11-01", "2025-03-01"),
    "from 2019 to 2021": ("2019-01-01", "2022-01-01"),
    "7-9 May 2023": ("2023-05-07", "2023-05-10"),
}

NONE = (
    """
May I ask which scaler|the second model|the march of progress|the cat sat on the mat|version 1.2.3|top 10 features
port 8080|2048 tokens|np.float64 overflow|Jan server|what port in Jan server|KeyError: 2019_a|run 12|mon|sun
will it work|may be wrong|this may fail|the last may be wrong|run 12 may fail|10 mar files|in 2000 steps
in 2048 tokens|batch of 2000 rows|shape (32, 10, 5)|Page 1 of 1|100M parameters|10,00 2|ISO 8601|august company
april the colleague|the last layer|next token|the last day of the course|last minute fix|python 3.11|df.iloc[3:10]
day trading model|the minute hand|weekly sales|5 fold cross validation|in spring boot|in fall detection
the h2 heading|between q1 and q3|every Monday|Mondays|jun|may|19 May 24|neurips 2023|may june|on 31 February
2023-02-30|192.168.20.2023|model_2019|x=2019|$2019|v2023.1|99999|999999999 weeks ago|1.5 weeks ago|9999 years ago
tomorrow|next week|in 2 days|in 2030|on sun workstations|decimal 16 dec value|before Easter||?|in may be
""".strip()
    .replace("\n", "|")
    .split("|")
)


@pytest.mark.parametrize(("query", "expected"), ONE.items())
def test_a_time_that_is_named_is_found(query, expected):
    assert named(query) == [expected]


@pytest.mark.parametrize("query", [query for query in ONE if " " in query])
def test_a_time_is_found_inside_a_sentence_and_in_capitals(query):
    assert named(f"Tell me: {query}") == named(query)
    assert named(query.upper()) == named(query)


@pytest.mark.parametrize("query", NONE)
def test_what_only_looks_like_a_time_is_none(query):
    assert spans(query, NOW) == []


def test_what_can_be_read_in_two_ways_gives_both():
    assert named("on 5/7/2023") == [("2023-05-07", "2023-05-08"), ("2023-07-05", "2023-07-06")]
    assert named("last Tuesday") == [("2025-06-10", "2025-06-11"), ("2025-06-03", "2025-06-04")]
    assert [start for start, _ in named("winter 2023")] == ["2022-12-01", "2023-12-01"]
    assert named("on 25/7/2023") == [("2023-07-25", "2023-07-26")]


def test_several_times_are_given_in_their_order_and_once():
    assert named("yesterday, in March and April, or yesterday?") == [
        ("2025-06-10", "2025-06-11"), ("2025-03-01", "2025-04-01"), ("2025-04-01", "2025-05-01"),
    ]  # fmt: skip


def test_of_two_months_that_share_a_year_both_have_it():
    assert named("in July and August 2023") == [("2023-07-01", "2023-08-01"), ("2023-08-01", "2023-09-01")]


def test_a_weekend_that_has_begun_is_this_one_unless_it_is_the_last():
    sunday = datetime(2025, 6, 15, 12, tzinfo=BERLIN)
    assert named("over the weekend", sunday) == [("2025-06-14", "2025-06-16")]
    assert named("last weekend", sunday) == [("2025-06-07", "2025-06-09")]


def test_nothing_begins_after_now():
    assert named("tonight") == []
    assert named("tonight", NOW.replace(hour=20)) == [("2025-06-11 18:00", "2025-06-12 06:00")]


def test_a_span_is_in_utc():
    (span,) = spans("yesterday", NOW)
    assert span == Span(
        datetime(2025, 6, 9, 22, tzinfo=timezone.utc), datetime(2025, 6, 10, 22, tzinfo=timezone.utc)
    )  # fmt: skip
    assert span.start.tzinfo is span.end.tzinfo is timezone.utc


@pytest.mark.parametrize(
    ("now", "hours"), [(datetime(2025, 3, 31, 9, tzinfo=BERLIN), 23), (datetime(2025, 10, 27, 9, tzinfo=BERLIN), 25)]
)
def test_a_day_on_which_the_clock_is_set_has_its_own_length(now, hours):
    (span,) = spans("yesterday", now)
    assert span.end - span.start == timedelta(hours=hours)


def test_hours_ago_do_not_jump_when_the_clock_is_set():
    now = datetime(2025, 3, 30, 4, tzinfo=BERLIN)  # there was no 2 to 3
    (span,) = spans("two hours ago", now)
    middle = span.start + (span.end - span.start) / 2
    assert now.astimezone(timezone.utc) - middle == timedelta(hours=2)


def test_a_day_whose_midnight_is_skipped_begins_where_it_does():
    now = datetime(2025, 3, 10, 9, tzinfo=ZoneInfo("America/Havana"))  # on the 9th, 0:00 became 1:00
    (span,) = spans("yesterday", now)
    assert span.end - span.start == timedelta(hours=23)


@pytest.mark.parametrize("hours", [-12, 0, 5.75, 14])
def test_days_are_those_of_the_zone(hours):
    zone = timezone(timedelta(hours=hours, minutes=1))  # no computer's own
    (span,) = spans("today", datetime(2025, 6, 11, 0, 5, tzinfo=zone))
    assert span.start == datetime(2025, 6, 11, tzinfo=zone)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process can be set on POSIX only")
def test_an_offset_that_is_this_computers_follows_its_rules(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        for now in (NOW.astimezone(), NOW.replace(tzinfo=None)):
            (span,) = spans("in January", now)
            assert span.start == datetime(2025, 1, 1, tzinfo=BERLIN)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("now", [datetime(1, 1, 1, tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc)])
@pytest.mark.parametrize("query", [*ONE, "in 1970", "last Tuesday", "winter 2023", "tonight"])
def test_the_calendars_ends_raise_nothing(query, now):
    for zone in (timezone.utc, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)), BERLIN):
        spans(query, now.replace(tzinfo=zone))
    spans(query, now.replace(tzinfo=None))


HOSTILE = {
    "words": "which scaler for the churn data " * 3200,
    "months": "in may " * 15000,
    "years": "in 2024 " * 12500,
    "dates": "2023-05-07 " * 9100,
    "ranges": "from 5 to 7 march to " * 4800,
    "parts": "first week of " * 7200,
    "far": "9999 years ago " * 6700,
    "digits": "1" * 100_000,
    "dashes": "1-" * 50_000,
    "spaces": " " * 100_000,
    "controls": "\x00\x1f" * 50_000,
    "scripts": "日本語 в мае \u0662\u0660\u0662\u0663-\u0660\u0665 " * 7000,
    "surrogates": "\ud800 in may " * 11_000,
    "ligatures": "\ufdfa in may" * 12_000,
    "marks": "\u0301\u0316" * 50_000,
}


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)
def test_whatever_is_pasted_takes_no_time(query):
    assert len(query) > 90_000
    assert len(spans(query, NOW)) <= 16
    assert _milliseconds([query]) < 20


def test_a_question_after_a_long_pasted_text_is_read():
    assert named("Traceback (most recent call last) " * 3000 + "\n\nwhat did I change yesterday?") == [
        ("2025-06-10", "2025-06-11")
    ]  # fmt: skip


def test_half_a_word_at_the_cut_is_not_another():
    assert spans("x" * 993 + " in may" + "onnaise " * 1000, NOW) == []


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=())), st.datetimes(timezones=st.none() | st.timezones()))
def test_no_text_and_no_time_raises(query, now):
    spans(query, now)


_WORDS = [
    *{word for query in ONE for word in query.split()},
    *"31 30 0 2023 99999 9999 half second \u017f \u0131 - . , 's".split(),
]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=12), st.sampled_from([" ", "  ", "-", ""]), st.datetimes())
def test_words_of_time_in_any_order_raise_nothing_and_give_stretches(words, between, now):
    for span in spans(between.join(words), now.replace(tzinfo=BERLIN)):
        assert span.start < span.end
        assert span.start <= now.replace(tzinfo=BERLIN)


def _milliseconds(queries, rounds=9):
    """The median, after the first, which imports; the best of a few, for others measure on this computer too."""
    spans("yesterday", NOW)
    best = float("inf")
    for _ in range(rounds):
        taken = []
        for query in queries:
            began = time.perf_counter()
            spans(query, NOW)
            taken.append((time.perf_counter() - began) * 1000)
        best = min(best, statistics.median(taken))
    return best


def test_it_is_fast_enough_for_each_keystroke():
    assert _milliseconds([query for query in NONE if len(query) > 3]) < 0.3
    assert _milliseconds(list(ONE)) < 3


def test_the_date_parser_is_imported_only_when_a_time_seems_to_be_named():
    code = (
        "import sys; from datetime import datetime; from memo_jupyter.recall.spans import spans; "
        "spans('which scaler for the churn data', datetime.now()); print('dateutil' in sys.modules); "
        "spans('yesterday', datetime.now()); print('dateutil' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert done.stdout.split() == ["False", "True"]
