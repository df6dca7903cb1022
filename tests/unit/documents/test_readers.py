"""What each reader makes of a file of its kind."""

import base64
import json

import document_files as files
import pytest

from memo_jupyter.documents.kinds import parts_of
from memo_jupyter.documents.part import ALIVE, LONGEST, Unreadable


def read(name, data):
    found = parts_of(name, data if isinstance(data, bytes) else data.encode())
    return [part for part in found if part is not ALIVE]


def texts(name, data):
    return [part.text for part in read(name, data)]


def test_a_pdf_file_is_read_by_pages():
    found = read("a.pdf", files.pdf(["Terns breed in May.", "Cormorants dive.", "Gulls follow ships."]))
    assert [(part.where, part.text) for part in found] == [
        ({"page": 1}, "Terns breed in May."),
        ({"page": 2}, "Cormorants dive."),
        ({"page": 3}, "Gulls follow ships."),
    ]


def test_a_pdf_file_of_pictures_says_what_to_do():
    with pytest.raises(Unreadable, match=r"no text in it.*OCR"):
        read("scan.pdf", files.pdf(["", ""]))


def test_a_pdf_file_is_known_by_what_is_in_it():
    assert texts("report.txt", files.pdf(["Terns."])) == ["Terns."]


def test_a_word_document_keeps_headings_lists_and_tables():
    rows = [[files.paragraph(cell) for cell in row] for row in (("scaler", "accuracy"), ("robust", "0.71"))]
    table = "".join("<w:tr>" + "".join(f"<w:tc>{cell}</w:tc>" for cell in row) + "</w:tr>" for row in rows)
    table = f"<w:tbl>{table}</w:tbl>"
    body = files.paragraph("Results", "Heading2") + files.paragraph("It works &amp; is fast.") + table
    body += files.paragraph("one", "ListParagraph") + "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t></w:r></w:p>"
    (part,) = read("a.docx", files.docx(body))
    assert part.text == ("## Results\n\nIt works & is fast.\n\nscaler | accuracy\nrobust | 0.71\n\n- one\na\tb")
    assert part.where == {"section": "Results"}


def test_a_page_is_read_as_a_person_sees_it():
    page = """<html><head><title>Birds</title><style>p {color: red}</style><script>alert("no")</script></head><body>
    <nav>Home | About</nav><h1>Terns</h1><p>They breed
    in <b>May</b> &amp; June.<br>On gravel.</p><ul><li>little tern<li>common tern</ul>
    <pre>a = 1
    b = 2</pre><table><tr><th>bird</th><th>count</th></tr><tr><td>tern</td><td>12</td></tr></table></body>"""
    (text,) = texts("a.html", page)
    assert text == (
        "Birds\n\n# Terns\n\nThey breed in May & June.\nOn gravel.\n\n- little tern\n- common tern\n\n"
        "a = 1\n    b = 2\n\nbird | count\ntern | 12"
    )


def test_a_page_in_the_encoding_that_it_names():
    page = '<meta charset="iso-8859-5"><p>Москва</p>'.encode("iso-8859-5")
    assert texts("a.html", page) == ["Москва"]


def test_a_notebook_is_read_by_cells_in_the_form_of_remembered_ones():
    picture = base64.b64encode(b"x" * 300).decode()
    made = files.notebook(
        "# Churn",
        ("x = 1\nprint(x)", files.printed("1\n")),
        ("",),
        ("plot()", files.shown(image_png=picture, text_plain="<Figure>")),
        ("1 / 0", files.raised("ZeroDivisionError", "division by zero")),
    )
    found = read("a.ipynb", made)
    assert [(part.where["cell"], part.text) for part in found] == [
        (1, "# Churn"),
        (2, "x = 1\nprint(x)\n\n1"),
        (4, "plot()\n\n[image/png, 300 bytes]\n<Figure>"),
        (5, "1 / 0\n\nZeroDivisionError: division by zero"),
    ]
    assert (found[1].code, found[1].outputs) == ("x = 1\nprint(x)", "1")
    assert [part.tags for part in found] == [(), (), (), ("error",)]


def test_a_notebook_of_format_3_is_read():
    cell = {"cell_type": "code", "input": ["x = 1"], "outputs": [{"output_type": "pyout", "text": ["2"]}]}
    old = json.dumps({"worksheets": [{"cells": [cell]}]})
    assert texts("a.ipynb", old) == ["x = 1\n\n2"]


@pytest.mark.parametrize("data", ["", "[]", "{}", '{"cells": 3}', '{"cells": {"a": 1}}', "[" * 100_000])
def test_what_is_no_notebook_is_said_to_be_none(data):
    with pytest.raises(Unreadable, match="it is not a notebook"):
        read("a.ipynb", data)


def test_a_notebook_of_nonsense_gives_what_is_left_of_it():
    odd = {"cell_type": "code", "source": 5, "outputs": [1, {"output_type": ["x"], "data": {}}, {"data": 3}]}
    assert texts("a.ipynb", json.dumps({"cells": [None, 3, odd, {"source": "kept"}]})) == ["kept"]


def test_a_table_is_summed_up_and_never_kept_whole():
    rows = "".join(
        f"{number},{'' if number % 4 else 'x'},2024-01-{1 + number % 28:02},{number / 7}\n" for number in range(5000)
    )
    (text,) = texts("a.csv", "id,flag,when,score\n" + rows)
    assert "A table of 5,000 rows and 4 columns." in text
    assert "- id: whole number; such as 0, 1, 2" in text
    assert "- flag: text, 3,750 missing; such as x" in text
    assert "- when: date; such as 2024-01-01, 2024-01-02, 2024-01-03" in text
    assert "- score: number" in text
    assert "id | flag | when | score\n0 | x | 2024-01-01 | 0.0\n1 |  | " in text
    assert len(text) < 1000


@pytest.mark.parametrize(("name", "separator"), [("a.csv", ";"), ("a.tsv", "\t"), ("a.csv", "|")])
def test_tables_with_other_separators(name, separator):
    (text,) = texts(name, separator.join(("a,b", "c")) + "\n" + separator.join(("1,5", "2")))
    assert "1 row and 2 columns" in text
    assert "- a,b: number; such as 1,5" in text


def test_a_vast_cell_and_many_columns_stay_short():
    (text,) = texts("a.csv", ",".join(f"c{number}" for number in range(3000)) + "\n" + "x" * 5000)
    assert "… and 2,800 more columns" in text
    assert len(text) < 15_000
    with pytest.raises(Unreadable, match="it is not a table"):
        read("b.csv", "a\n" + "x" * 200_000)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"]
)
def test_texts_of_any_usual_encoding(encoding):
    assert texts("a.txt", "Grüße aus Köln\r\nund weiter".encode(encoding)) == ["Grüße aus Köln\nund weiter"]


@pytest.mark.parametrize("data", [b"\x00\x01\x02\x03" * 50, b"MZ\x90\x00", b"\x89PNG\r\n\x1a\n....", b"text \0 text"])
def test_what_is_no_text_is_not_read(data):
    with pytest.raises(Unreadable, match="not a text"):
        read("a.txt", data)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.pdf", b"just text", "not a PDF file"),
        ("a.docx", b"just text", "not a whole Word document"),
        ("a.docx", bytes.fromhex("d0cf11e0a1b11ae1"), "has a password, or is an old .doc file"),
        ("a.docx", files.zipped({"a": "b"}), "not a Word document"),
        ("a.txt", files.zipped({"a": "b"}), "a packed file"),
    ],
)
def test_a_wrong_ending_is_said(name, data, why):
    with pytest.raises(Unreadable, match=why):
        read(name, data)


def test_an_empty_file_has_no_parts():
    assert [read(f"a{ending}", b"") for ending in (".txt", ".md", ".py", ".html", ".csv")] == [[], [], [], [], []]


def test_python_is_kept_as_code():
    (part,) = read("a.py", "import numpy\n\ndef f():\n    return 1\n")
    assert part.code == part.text


def test_a_cell_that_holds_a_book_becomes_several_parts():
    found = read("a.ipynb", files.notebook(("x = '''" + "words and words\n" * 20_000 + "'''",)))
    assert len(found) > 10
    assert {part.where["cell"] for part in found} == {1}
    assert max(len(part.text) for part in found) <= LONGEST
