from datetime import datetime, timezone

from memo_jupyter.llm.quote import NOTHING, QuoteModel
from memo_jupyter.testing import HashEmbedder
from memo_jupyter.types import QUOTE, Hit, Options, Prompt, Record

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)


def answered(question, *records):
    hits = tuple(Hit(record, 1.0, {}, "", (0, len(record.text))) for record in records)
    prompt = Prompt(question, (), hits, (), "quote", "memo itself", 0, 0)
    return "".join(delta.text for delta in QuoteModel(HashEmbedder()).stream(prompt, Options()))


def note(text):
    return Record("A", NOW, "note", text)


def chat(response, author):
    return Record(
        "A", NOW, "chat", "q\n\n" + response, prompt="Which scaler was best?", response=response, author=author
    )


def test_the_sentence_that_answers_is_quoted_with_its_number():
    text = "We cleaned the data. The robust scaler was best with 0.71. Lunch was late."
    assert (
        answered("Which scaler was best?", note("Nothing"), note(text)) == "> The robust scaler was best with 0.71. [2]"
    )


def test_a_number_with_a_point_is_not_a_sentences_end():
    assert "0.71" in answered("best scaler accuracy", note("The best scaler has an accuracy of 0.71 there"))


def test_when_nothing_answers_it_says_so():
    assert answered("Which scaler was best?", note("Bread is baked at night")) == NOTHING
    assert answered("Which scaler was best?") == NOTHING


def test_what_was_asked_or_quoted_before_is_no_answer():
    assert answered("Which scaler was best?", chat("The robust scaler was best", QUOTE)) == NOTHING
    assert "Which scaler" not in answered("Which scaler was best?", chat("The robust scaler was best", "llama"))
    assert "robust scaler was best" in answered("Which scaler was best?", chat("The robust scaler was best", "llama"))
