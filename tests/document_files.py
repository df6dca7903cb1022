"""Files to be read, made here: real ones of each kind, and some that mean harm."""

import io
import itertools
import zipfile
import zlib

import nbformat

WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(pages, **about) -> bytes:
    """A PDF file with a text on each page; `password` encrypts it."""
    from fpdf import FPDF

    made = FPDF()
    made.set_font("helvetica", size=12)
    if about:
        made.set_encryption(owner_password="owner", user_password=about["password"])
    for page in pages:
        made.add_page()
        made.multi_cell(0, 8, page)
    return bytes(made.output())


def pdf_bomb() -> bytes:
    """A PDF file of some hundred kB whose only page unpacks to 150 MB."""
    packed = zlib.compress(b"BT /F1 12 Tf (a) Tj ET " + b" " * 150_000_000, 9)
    head = b"%PDF-1.4\n"
    objects = [
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n",
        b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream endobj\n" % (len(packed), packed),
    ]
    places, body = [], head
    for one in objects:
        places.append(len(body))
        body += one
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + table + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(body)


def paragraph(text, style="") -> str:
    styled = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{styled}<w:r><w:t>{text}</w:t></w:r></w:p>"


def docx(body: str, before: str = "") -> bytes:
    """A Word document with that body."""
    xml = f'<?xml version="1.0"?>{before}<w:document xmlns:w="{WORDS}"><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": xml})


def zipped(files) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def docx_bomb() -> bytes:
    """A Word document of some hundred kB that unpacks to 120 MB."""
    return docx(paragraph("a" * 120_000_000))


def billion_laughs() -> bytes:
    """A Word document whose entities would multiply to a billion."""
    names = "abcdefghij"
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in itertools.pairwise(names)
    )
    return docx(paragraph("&j;"), f"<!DOCTYPE lolz [{entities}]>")


def notebook(*cells) -> bytes:
    """A notebook; a text is a Markdown cell, a pair is code with its outputs."""
    made = nbformat.v4.new_notebook()
    for cell in cells:
        if isinstance(cell, str):
            made.cells.append(nbformat.v4.new_markdown_cell(cell))
        else:
            made.cells.append(nbformat.v4.new_code_cell(cell[0], outputs=list(cell[1:])))
    return nbformat.writes(made).encode()


def shown(**data):
    return nbformat.v4.new_output("display_data", data={name.replace("_", "/"): value for name, value in data.items()})


def printed(text):
    return nbformat.v4.new_output("stream", text=text)


def raised(name, value):
    return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=[f"\x1b[31m{name}\x1b[0m: {value}"])
