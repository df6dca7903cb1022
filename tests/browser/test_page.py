"""What a person sees in JupyterLab, and what the page fetches."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

FACT = "The robust scaler beat the standard scaler on the churn data: accuracy 0.71."


def test_remember_recall_and_ask_in_a_page_that_asks_nothing_of_the_network(lab):
    lab.run(
        "%load_ext memo", f"%memo remember {FACT}", "%memo recall which scaler?", "%%memo\nWhich scaler was better?"
    )
    shown = lab.outputs()
    assert "Remembered as" in shown.nth(0).inner_text()
    assert "meaning 0." in shown.nth(1).inner_text()
    assert shown.nth(2).locator("blockquote").inner_text().startswith(f"{FACT} [1]")
    folded = shown.nth(3).locator("details")
    assert folded.locator("table").is_hidden()
    folded.locator("summary").click()
    assert FACT in folded.locator("table").inner_text()
    assert lab.outside() == []


def test_an_error_is_one_line_in_the_page(lab):
    lab.run("%load_ext memo\n%memo recal x")
    assert lab.outputs().last.inner_text().strip() == (
        "memo: There is no %memo recal. Did you mean recall? %memo help lists what there is."
    )


@pytest.mark.parametrize(
    ("typed", "told"), [("no", "Nothing was forgotten."), ("y", "Forgotten for good: 2 memories.")]
)
def test_forgetting_many_shows_them_in_the_page_and_asks_first(lab, typed, told):
    lab.begin(
        "%load_ext memo\n%memo remember -t page The first of the page.\n%memo remember -t page The second of the page.",
        "%memo forget --thread page",
        "%memo forget --thread page --yes",
    )
    asked = lab.page.locator(".jp-Stdin-input")
    asked.wait_for(timeout=60_000)
    assert "Forget 2 memories for good?" in lab.page.locator(".jp-Stdin-prompt").inner_text()
    assert "The second of the page." in lab.outputs().locator("table").last.inner_text()
    asked.fill(typed)
    asked.press("Enter")
    lab.page.get_by_text(told).wait_for(timeout=30_000)
    last = "2 memories" if typed == "no" else "Nothing fits that; nothing was forgotten."
    lab.page.get_by_text(last).last.wait_for(timeout=30_000)


@pytest.fixture
def canary():
    """A server that writes down who asks it for something."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def hostile(url):
    image = f'<img src="{url}/tag">'
    return [
        f"![x]({url}/image)",
        f"![x][r]\n\n[r]: {url}/reference",
        image,
        f"foo ` bar\n`{image}`",
        f"\\`{image}`",
        f"| a | b |\n|---|---|\n| ` | {image} ` |",
        f"$a ` b$ c ` d ` {image} `",
        f"[a](b`c) {image} `d`",
        f"```\n$\n```\n$ {image}\n```\n{image}\n```",
        f"http://a`b {image} `c`",
        f"<style>@import '{url}/style';</style>",
        f"<video poster='{url}/video'></video>",
        f"<link rel=stylesheet href='{url}/link'>",
        f"$\\style{{background:url({url}/tex)}}{{x}}$",
        f"<svg><image href='{url}/svg'/></svg>",
        f"```mermaid\nflowchart TD\n  A@{{ img: '{url}/mermaid', h: 60, w: 60 }}\n```",
        f"- a\n  ```\n  {image}\n  ```\n{image}",
        f"~~~\n```\n~~~\n{image}\n```",
        f"<iframe src='{url}/frame'></iframe>",
        f"~a `b~ {image} `",
        f"~~a `b~~ {image} `",
        f"*a ``b* {image} ``",
        f"_a ``b_ {image} ``",
        f"**a `b** {image} `",
        f"[a `b]({url} 'c` {image}') `",
        f"<http://x `a> {image} `",
        f"a@b.c` {image} `",
        f"# a `b\n{image} `",
        f"1. a `b\n   {image} `",
        f"a `b  \n{image}`",
        f"@@0@@ `a` {image} `@@1@@`",
        f"$$ x\n```\n$$\n\n{image}\n```",
        f"\\begin{{a}}\n```\n\\end{{a}}{image}\n```",
        f'{url}/x$" onmouseover="fetch(1)" style="background:url({url}/style2)$',
    ]


def cells(texts):
    # Each on its own: one that is not closed must not shelter the next.
    show = "from memo_jupyter.notebook.display import as_markdown\nfrom IPython.display import display\n"
    return [show + f"for text in {json.dumps(texts)}:\n    display({{shown}}, raw=True)"]


def test_what_a_hostile_model_writes_loads_nothing(lab, canary):
    url, asked = canary
    (cell,) = cells(hostile(url))
    lab.run(cell.replace("{shown}", "as_markdown(text)"))
    assert lab.outputs().count() == len(hostile(url))
    assert asked == []
    assert lab.outside() == []


def test_no_link_of_an_answer_runs_code(lab):
    texts = ["[a](javascript:alert(1))", "[a](<javascript&colon;alert(1)>)", "[a]([](javascript:alert(1))", "[a](#b)"]
    (cell,) = cells(texts)
    lab.run(cell.replace("{shown}", "as_markdown(text)"))
    links = lab.outputs().locator("a").evaluate_all("every => every.map(one => one.getAttribute('href'))")
    assert len(links) == 1
    assert "script" not in links[0]


def test_the_same_texts_do_load_something_if_they_are_shown_as_they_are(lab, canary):
    url, asked = canary
    (cell,) = cells(hostile(url))
    lab.run(cell.replace("{shown}", '{"text/markdown": text}'))
    assert {"/image", "/reference", "/tag"} <= set(asked)


def test_code_is_shown_as_it_was_written(lab):
    texts = ["```html\n<div>&amp; ![x](y)</div>\n```", "The tag `<div>` opens.", "```python\nx = '$1' + `y`\n```"]
    (cell,) = cells(texts)
    lab.run(cell.replace("{shown}", "as_markdown(text)"))
    found = [lab.outputs().nth(place).locator("code").inner_text().strip("\n") for place in range(3)]
    assert found == ["<div>&amp; ![x](y)</div>", "<div>", "x = '$1' + `y`"]


def test_a_memory_leads_to_its_notebook_and_cell(lab):
    lab.run("%load_ext memo", "x = 1", "%memo remember -t leads The lobster scaler gave 0.93 on the reef data.")
    first = lab.page.url.rpartition("/")[2].partition("?")[0]
    lab.run("%load_ext memo", "%%memo -k 1\nWhat gave the lobster scaler on the reef data?")
    folded = lab.outputs().last.locator("details")
    assert folded.locator("summary").inner_text() == "1 memory cited"
    folded.locator("summary").click()
    link = folded.locator("table a").first
    assert first in link.inner_text()
    link.click()
    lab.page.wait_for_function(f"window.jupyterapp.shell.currentWidget?.title?.label === '{first}'", timeout=30_000)
    lab.page.wait_for_timeout(1500)
    active = lab.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex")
    assert active == 2
    assert lab.outside() == []


def test_models_profile_threads_and_doctor_read_well_in_a_page(lab, tmp_path):
    lab.run(
        "%load_ext memo",
        "%memo profile --sort goal add Ship the churn model in spring.",
        "%memo profile", "%memo threads", "%memo models", "%memo doctor",
    )  # fmt: skip
    shown = lab.outputs()
    assert "your words" in shown.nth(1).inner_text()
    assert "quote" in shown.nth(3).inner_text()
    assert "Nothing leaves this computer." in shown.nth(4).inner_text()
    for place in range(5):
        box = shown.nth(place).bounding_box()
        assert box["x"] + box["width"] <= 1100  # nothing runs out of the page
    lab.page.screenshot(path=os.environ.get("PICTURE") or str(tmp_path / "commands.png"))
