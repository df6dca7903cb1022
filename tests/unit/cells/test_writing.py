import pytest

from memo_jupyter.cells.seen import Raised, Shown, Stream
from memo_jupyter.cells.writing import MARGIN, plain, written


def said(*outputs, limit=8000, clean=str, pictures=()):
    return written(outputs, limit, clean, pictures)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://a\x07link\x1b]8;;\x07", "link"),
        ("\r10 %\r20 %\r100 %", "100 %"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("abc\x08\x08d", "ad"),
        ("bar: 1\r\nnext", "bar: 1\nnext"),
    ],
)
def test_a_text_is_given_as_a_screen_shows_it(text, shown):
    assert plain(text) == shown


def test_outputs_stand_in_their_order():
    assert said(Stream("stdout", "a\n"), Shown("42"), Raised("E", "no", "E: no")) == "a\n42\nE: no"


def test_html_without_a_plain_form_is_given_by_its_words():
    html = "<style>p {}</style><p>one &amp; <b>two</b></p><script>alert(1)</script><!-- no -->"
    assert said(Shown(html, mime="text/html")) == "one & two"


def test_a_figure_has_its_size_and_its_words_and_not_its_repr():
    shown = Shown("<Figure size 640x480 with 1 Axes>", detail="Training; x: epoch", picture=b"png")
    assert said(shown, pictures=["figure, 640 x 480 pixels"]) == "[figure, 640 x 480 pixels]\n[Training; x: epoch]"


def test_a_long_output_keeps_its_beginning_and_its_end_at_lines():
    text = said(Stream("stdout", "\n".join(f"line {number}" for number in range(5000))), limit=1000)
    assert len(text) <= 1050
    assert text.startswith("line 0\n")
    assert text.endswith("line 4999")
    head, _, tail = text.partition("\n[… ")
    assert head.rsplit("\n", 1)[1].startswith("line ")
    assert tail.split("\n")[1].startswith("line ")


def test_a_secret_where_beginning_and_end_meet_is_seen_whole():
    def clean(text):
        return text.replace("hunter-22", "[secret]")

    assert said(Stream("stdout", "it is hunt", "er-22\n"), clean=clean) == "it is [secret]"
    assert said(Shown("it is hunt", "er-22"), clean=clean) == "it is [secret]"


def test_half_a_secret_at_the_cut_is_not_kept():
    # What was heard ends in the midst of it, so nothing can tell that it is one.
    head = "x" * (MARGIN + 500) + "\nkey = abcdef"
    tail = "ghijkl\n" + "y" * (MARGIN + 500)
    text = said(Stream("stdout", head, tail, 10_000), clean=lambda one: one.replace("abcdefghijkl", "[secret]"))
    assert "abcdef" not in text
    assert "ghijkl" not in text
    assert "x" * 400 in text
    assert "y" * 400 in text
    assert "left out" in text


def test_everything_goes_through_the_cleaning():
    outputs = (
        Stream("stdout", "SECRET"), Shown("SECRET", detail="SECRET"), Shown("<b>SECRET</b>", mime="text/html"),
        Raised("E", "SECRET", "SECRET"),
    )  # fmt: skip
    assert "SECRET" not in said(*outputs, clean=lambda one: one.replace("SECRET", "[secret]"))
