from datetime import datetime, timedelta, timezone

import pytest

from memo_jupyter.llm.quote import NOTHING, QuoteModel
from memo_jupyter.notebook.markdown import safe_markdown
from memo_jupyter.testing import HashEmbedder
from memo_jupyter.types import PARTIAL, QUOTE, Hit, Options, Prompt, Record

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


class Counting(HashEmbedder):
    def __init__(self):
        super().__init__()
        self.most = 0

    def embed(self, texts):
        self.most = max(self.most, len(texts))
        return super().embed(texts)


def prompt(question, *records):
    hits = tuple(Hit(record, 1.0, {}, "", (0, len(record.text))) for record in records)
    return Prompt(question, (), hits, (), "quote", "memo itself", 0, 0)


def answered(question, *records, embedder=None):
    stream = QuoteModel(embedder or HashEmbedder()).stream(prompt(question, *records), Options())
    return "".join(delta.text for delta in stream)


def note(text, days=0, **more):
    return Record("A", NOW + timedelta(days), more.pop("kind", "note"), text, **more)


def chat(response, author="llama", question="Which scaler was best?", **more):
    return Record(
        "A", NOW, "chat", f"{question}\n\n{response}", prompt=question, response=response, author=author, **more
    )


def test_the_sentence_that_answers_is_quoted_with_its_number_its_date_and_its_origin():
    text = "We cleaned the data. The robust scaler was best with 0.71. Lunch was late."
    assert answered("Which scaler was best?", note("Nothing"), note(text)) == (
        "> The robust scaler was best with 0.71. [2]  \n> *2026-11-22, note*"
    )


def test_a_quote_says_who_wrote_it_and_in_which_notebook():
    record = note("The robust scaler was best.", author="Ann", source={"notebook": "ml/*churn*.ipynb"})
    assert "> *2026-11-22, note, Ann, churn .ipynb*" in answered("Which scaler was best?", record)


def test_a_partial_answer_that_is_quoted_is_marked():
    quoted = answered("Which scaler was best?", chat("The robust scaler was best", tags=(PARTIAL,)))
    assert "> *2026-11-22, chat with llama, a partial answer*" in quoted


def test_a_number_with_a_point_is_not_a_sentences_end():
    assert "0.71" in answered("best scaler accuracy", note("The best scaler has an accuracy of 0.71 there"))


def test_when_nothing_answers_it_says_so():
    assert answered("Which scaler was best?", note("Bread is baked at night")) == NOTHING
    assert answered("Which scaler was best?") == NOTHING
    assert answered("Which scaler was best?", note("")) == NOTHING
    assert answered("?", note("Bread is baked at night")) == NOTHING


def test_what_was_asked_or_quoted_before_is_no_answer():
    assert answered("Which scaler was best?", chat("The robust scaler was best", QUOTE)) == NOTHING
    assert "Which scaler" not in answered("Which scaler was best?", chat("The robust scaler was best"))
    assert "robust scaler was best" in answered("Which scaler was best?", chat("The robust scaler was best"))


@pytest.mark.parametrize("text", ["Which scaler was best on the churn data?", "Which scaler was best", "Best scaler."])
def test_a_question_in_a_memory_or_the_question_again_is_no_answer(text):
    assert answered("Which scaler was best?", note(text)) == NOTHING


def test_code_is_quoted_in_a_fence_with_what_it_printed():
    record = note("x", kind="cell", code="scores = fit(scaler)\nprint(scores)", outputs="robust scaler 0.71")
    assert answered("print the scaler scores", record) == (
        "```pycon\n>>> scores = fit(scaler)\n>>> print(scores)\nrobust scaler 0.71\n```\n\n[1] *2026-11-22, cell*"
    )


def test_nothing_in_quoted_code_can_close_its_fence():
    record = note("x", kind="cell", code='print("scaler")', outputs="```\nscaler <img src=x>")
    quoted = answered("print scaler", record)
    assert quoted.startswith("````pycon\n")
    assert safe_markdown(quoted).count("````") == 2


def test_a_row_of_a_table_is_quoted_with_its_header_and_stays_a_table():
    table = "| scaler | accuracy |\n|:--|--:|\n| robust | 0.71 |\n| standard | 0.65 |"
    quoted = answered("accuracy of the robust scaler", note(table))
    assert quoted.startswith("| scaler | accuracy |\n|---|---|\n| robust | 0.71 |\n\n[1] *2026-11-22, note*")


def test_a_sentence_that_leans_on_the_one_before_comes_with_it():
    text = "We tried the robust scaler. It was best on the churn data."
    assert f"> {text} [1]" in answered("best on the churn data", note(text))


def test_the_same_thing_is_not_quoted_twice():
    same = "The robust scaler was best on the churn data."
    quoted = answered("Which scaler was best?", note(same), note(same + " Lunch was late."), note(f"- {same}"))
    assert quoted.count("robust scaler") == 1


def test_where_two_contradict_both_are_quoted_the_newer_first():
    old, new = "The robust scaler was best with 0.71.", "The robust scaler was best with 0.64."
    quoted = answered("Which scaler was best?", note(old), note(new, days=9))
    assert quoted.index("0.64") < quoted.index("0.71")
    assert "2026-12-01" in quoted


def test_where_one_word_is_another_now_both_are_quoted_the_newer_first():
    old, new = "Our preferred scaler is the robust scaler.", "Our preferred scaler is the quantile scaler."
    for records in ((note(old), note(new, days=9)), (note(new, days=9), note(old))):
        quoted = answered("Which scaler is preferred?", *records)
        assert "robust" in quoted
        assert quoted.index("quantile") < quoted.index("robust")


def test_of_what_is_said_twice_one_is_quoted():
    old, new = "Our preferred scaler is the robust scaler.", "The robust scaler is our preferred scaler still."
    assert answered("Which scaler is preferred?", note(old), note(new, days=9)).count("> *") == 1


def test_of_one_memory_no_more_than_two_sentences_are_quoted():
    said = " ".join(f"The {name} scaler was best for every {name} table." for name in "red green blue black".split())
    assert answered("Which scaler was best?", note(said)).count("> *") == 2


def test_at_most_four_are_quoted():
    records = [note(f"The {name} scaler was best for {name}.") for name in "red green blue black white pink".split()]
    assert answered("Which scaler was best?", *records).count("> *") <= 4


def test_the_numbers_by_which_a_model_cited_are_not_taken_for_those_of_the_quotes():
    assert "best. [1]" in answered("Which scaler was best?", chat("The robust scaler [3] was best [2]."))
    assert "[3]" not in answered("Which scaler was best?", chat("The robust scaler [3] was best [2]."))


def test_a_long_sentence_is_cut_to_where_it_answers():
    text = "so on and " * 200 + "the robust scaler was best " + "and so on " * 200
    quoted = answered("Which scaler was best?", note(text))
    assert "robust scaler was best" in quoted
    assert len(quoted) < 500


def test_few_texts_are_embedded_however_much_was_recalled():
    embedder = Counting()
    text = " ".join(f"Scaler {number} was good." for number in range(500))
    answered("Which scaler was best?", *[note(text)] * 6, embedder=embedder)
    assert 1 < embedder.most <= 20


def test_a_passage_that_is_a_whole_chunk_is_not_embedded_again():
    from memo_jupyter.types import Vector

    embedder = Counting()
    text = "The robust scaler was best."
    values = embedder.embed([text])[0].astype("<f2").tobytes()
    record = note(text, vectors=(Vector(0, len(text), values),), embedder=embedder.fingerprint)
    assert text in answered("Which scaler was best?", record, embedder=embedder)
    assert embedder.most == 1


def test_a_stopped_answer_ends():
    stream = QuoteModel(HashEmbedder()).stream(
        prompt("Which scaler was best?", note("The scaler was best: 0.7"), note("The scaler was best: 0.6")),
        Options(),
    )
    pieces = []
    for delta in stream:
        pieces.append(delta.text)
        stream.stop()
    assert len(pieces) == 1
    assert stream.usage.finish is None
