"""What is remembered of a cell is what it showed: in real kernels, of several versions."""

import json
import os
import re
import signal
import threading
import time

import pytest
from kernels import Kernel
from shells import MIDDLE, NOW, OLD

from memo_jupyter import Memo

pytestmark = pytest.mark.model

ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Watched:
    """A kernel that remembers its cells, and the memory of each, read by another process."""

    def __init__(self, kernel, memo):
        self.kernel = kernel
        self.memo = memo

    def run(self, code):
        """Run a cell; give what it showed, and its memory or None."""
        shown = self.kernel.run(code)
        return shown, self.memory(code)

    def memory(self, code, seconds=3.0):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for row in self.memo.recent(5, kinds=["cell"]):
                record = self.memo.get(row.id)
                if record.code == code:
                    return record
            time.sleep(0.02)
        return None


@pytest.fixture(scope="module", params=[NOW, OLD, MIDDLE], ids=["as installed", "oldest", "between"])
def watched(request, tmp_path_factory, overlay, model_folder):
    folder = tmp_path_factory.mktemp("capture")
    over = overlay(request.param)
    path = os.pathsep.join(filter(None, (over, os.environ.get("PYTHONPATH"))))
    environment = {"MEMO_MODELS": str(model_folder), "JPY_SESSION_NAME": str(folder / "churn.ipynb")}
    with Kernel(folder, **environment, **({"PYTHONPATH": path} if path else {})) as kernel:
        assert kernel.run("%load_ext memo").outputs == []
        if over:
            asked = kernel.run(
                "import IPython, ipykernel; print(IPython.__version__, ipykernel.__version__)"
            ).text.split()
            assert f"ipython=={asked[0]}" in request.param
            assert f"ipykernel=={asked[1]}" in request.param
        with Memo(folder / "store", models=str(model_folder)) as memo:
            yield Watched(kernel, memo)


def said(outputs):
    """What a front end shows of outputs, as text, without colours and outer space."""
    parts = []
    for one in outputs:
        if one.output_type == "stream":
            parts.append(one["text"])
        elif one.output_type == "error":
            parts.append("\n".join(one["traceback"]))
        else:
            data = one["data"]
            parts.append(data.get("text/markdown") or data.get("text/latex") or data.get("text/plain", ""))
    return lines_of("\n".join(part.strip("\n") for part in parts))


def lines_of(text):
    return [line.rstrip() for line in ANSI.sub("", text).split("\n") if line.strip()]


def without_details(outputs):
    """What is remembered, without what memo says of tables, arrays and figures."""
    return [line for line in lines_of(outputs) if not re.fullmatch(r"\[(?:DataFrame|Series|ndarray|figure).*\]", line)]


SHOWN = {
    "print": "print('hello', 3)",
    "print without an end": "print('a', end='')",
    "standard error": "import sys; print('oh', file=sys.stderr)",
    "both streams": "import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')",
    "last value": "6 * 7",
    "no last value": "41 + 1;",
    "a long text as last value": "'line\\n' * 3",
    "print and last value": "print('before')\n'after'",
    "several displays": "display('one', [1, 2]); print('between'); display({'a': 1})",
    "Markdown": "from IPython.display import Markdown, Latex\ndisplay(Markdown('**bold**'), Latex('$x^2$'))",
    "clear_output": "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('stays')",
    "clear_output that waits": "from IPython.display import clear_output\nfor i in range(3):\n"
    "    clear_output(wait=True)\n    print('step', i)",
    "display_id": "shown = display('first', display_id=True)\nprint('between')\nshown.update('second')",
    "bash": "%%bash\necho from bash\necho to the other >&2",
    "shell line": "!echo from a line",
    "await": "import asyncio\nprint(await asyncio.sleep(0.01, result='slept'))\nawait asyncio.sleep(0, result='again')",
    "threads": "import threading\nt = threading.Thread(target=lambda: print('from a thread'))\nt.start(); t.join()",
    "logging": "import logging\nlogging.getLogger('mine').warning('watch out')",
    "warnings": "import warnings\nwarnings.warn('this is old')",
    "an exception": "def f(x):\n    return 1 / x\nf(0)",
    "an exception after words": "print('so far')\nraise ValueError('no good')",
    "an exception with a cause": "try:\n    {}['a']\nexcept KeyError as e:\n    raise RuntimeError('as it is') from e",
    "a syntax error": "x = = 3",
    "an indentation error": "if True:\nx = 3",
    "SystemExit": "raise SystemExit('enough')",
    "a magic that fails": "%no_such_magic",
    "an odd repr": "class Odd:\n    def __repr__(self): raise ValueError('odd')\nOdd()",
    "unicode": "print('µ ∂ 日本語 🙂')",
    "a line with colours": "print('\\x1b[31mred\\x1b[0m and not')",
    "a cell that runs another": "get_ipython().run_cell('print(\"inner\")'); print('outer')",
    "a dataframe": "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': [0.5, None]})\ndf",
    "a shown dataframe": "display(df.describe())",
    "an array": "import numpy as np\nnp.zeros((2, 3))",
}


def test_what_memos_own_threads_print_is_neither_shown_nor_remembered(watched):
    code = (
        "import sys, threading\n"
        "def warn():\n    print('a library is old', file=sys.stderr)\n"
        "own = threading.Thread(target=warn, name='memo-indexer'); own.start(); own.join()\n"
        "mine = threading.Thread(target=warn); mine.start(); mine.join()"
    )
    shown, record = watched.run(code)
    assert shown.text == "a library is old\n"
    assert record.outputs == "a library is old"


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_remembered_is_what_was_shown(watched, name):
    code = SHOWN[name]
    shown, record = watched.run(code)
    assert record is not None
    remembered, expected = without_details(record.outputs or ""), said(shown.outputs)
    if "error" in record.tags:  # its words come first, and of libraries less is kept
        (raised,) = [one for one in shown.outputs if one.output_type == "error"]
        place = shown.outputs.index(raised)
        before, after = said(shown.outputs[:place]), said(shown.outputs[place + 1 :])
        assert remembered[: len(before) + 1] == [*before, said([raised])[-1]]
        assert remembered[len(remembered) - len(after) :] == after
        assert all(line in "\n".join(expected) for line in remembered if not line.startswith("[… "))
        return
    if name == "both streams":  # the kernel sends each by itself, and in no order
        remembered, expected = sorted(remembered), sorted(expected)
    assert remembered == expected
    assert ("error" in record.tags) == any(one.output_type == "error" for one in shown.outputs) or name == "SystemExit"
    assert record.source["notebook"] == "churn.ipynb"
    assert record.source["execution_count"] > 0
    assert record.text.startswith(code)


def test_a_table_is_remembered_with_its_shape_columns_and_types(watched):
    _, record = watched.run("import pandas as pd\npd.DataFrame({'age': [1] * 500, 'city': ['x'] * 500})")
    assert "[DataFrame of 500 x 2: age int64, city " in record.outputs
    assert "[500 rows x 2 columns]" in record.outputs


def test_a_figure_is_remembered_with_its_words_its_size_and_small(watched):
    code = (
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2], label='loss')\n"
        "ax.set(title='Training', xlabel='epoch', ylabel='error'); ax.legend()\nplt.show()"
    )
    shown, record = watched.run(code)
    assert any("image/png" in one.get("data", {}) for one in shown.outputs)
    assert "[Training; x: epoch; y: error; legend: loss]" in record.outputs
    assert re.search(r"\[figure, \d+ x \d+ pixels\]", record.outputs)
    (small,) = record.thumbnails
    assert small.startswith(b"\x89PNG")
    assert len(small) < 40_000
    assert record.source["packages"].startswith("matplotlib 3.")


def test_a_figure_that_is_the_last_value_is_remembered_once(watched):
    _, record = watched.run("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nplt.close(fig)\nfig")
    assert record.outputs.count("[figure") == 1


def test_a_widget_is_remembered_by_its_plain_form(watched):
    _, record = watched.run("import ipywidgets\nipywidgets.IntSlider(value=3)")
    assert "IntSlider(value=3)" in record.outputs


def test_a_huge_output_is_remembered_by_its_beginning_and_end(watched):
    _, record = watched.run("for i in range(200_000): print('line', i)")
    assert record.outputs.startswith("line 0\nline 1\n")
    assert record.outputs.endswith("line 199999")
    assert re.search(r"\[… [\d,]+ characters left out …\]", record.outputs)
    assert len(record.outputs) <= 8200
    _, record = watched.run("'x' * 30_000_000")
    assert len(record.outputs) <= 8200


def test_a_progress_bar_is_remembered_as_it_ended(watched):
    _, record = watched.run("import sys\nfor i in range(101): sys.stderr.write(f'\\r{i} %')")
    assert record.outputs == "100 %"


def test_binary_is_remembered_as_its_repr(watched):
    _, record = watched.run("bytes(range(256))")
    assert record.outputs.startswith("b'\\x00\\x01")


def test_an_interrupted_cell_is_remembered(watched):
    code = "import time\nprint('begun')\ntime.sleep(30)"
    timer = threading.Timer(1.0, lambda: os.kill(watched.kernel.client.km.provisioner.pid, signal.SIGINT))
    timer.start()
    _, record = watched.run(code)
    assert "begun" in record.outputs
    assert record.source["error"] == "KeyboardInterrupt"


@pytest.mark.parametrize(
    "code",
    [
        "x = 5  # memo: ignore",
        "# memo: ignore\nprint(1)",
        "%memo status",
        "%%memo --dry-run\nhello",
        "%memo help\n%memo list",
    ],
)
def test_what_is_not_wanted_is_not_remembered(watched, code):
    watched.kernel.run(code)
    watched.run("'after it'")
    assert watched.memory(code, 0.3) is None


def test_cells_that_are_not_in_the_history_are_not_remembered(watched):
    watched.kernel.run("get_ipython().run_cell('hidden = 1', store_history=False)  # memo: ignore")
    assert watched.memory("hidden = 1", 0.3) is None


def test_what_memo_itself_shows_is_no_new_memory(watched):
    watched.kernel.run("%memo remember The zebra of the zoo is called Amanda.")
    _, record = watched.run("%memo recall zebra\nprint('done')")
    assert record.outputs == "done"


def test_what_a_cell_recalls_with_python_is_no_new_memory_either(watched):
    code = (
        "import os\nfrom memo_jupyter import Memo\nmine = Memo(os.environ['MEMO_HOME'])\n"
        "for hit in mine.recall('Amanda the zebra'): print(hit.excerpt)"
    )
    shown, record = watched.run(code)
    assert "Amanda" in shown.text
    assert not record.outputs
    watched.kernel.run("mine.close()")


def test_keep_and_tags_in_a_comment(watched):
    watched.kernel.run("%memo auto off")
    watched.kernel.run("lost = 1")
    _, record = watched.run("# memo: keep\n# memo: tags churn, scaling\nkept = 1")
    assert record.tags == ("churn", "scaling")
    assert watched.memory("lost = 1", 0.3) is None
    watched.kernel.run("%memo auto on")
    assert watched.run("back = 1")[1] is not None


def test_a_pause_ends_by_itself(watched):
    assert "for 2 seconds" in watched.kernel.run("%memo auto pause 2s").text
    watched.kernel.run("paused = 1")
    time.sleep(2)
    assert watched.run("on_again = 1")[1] is not None
    assert watched.memory("paused = 1", 0.1) is None


def test_what_is_typed_unseen_is_not_kept(watched):
    # As if it were typed: the kernel asks the front end, and there is none.
    watched.kernel.run(
        "get_ipython().kernel.getpass = lambda prompt='', stream=None: 'tr0mbone-Kiosk-77'  # memo: ignore"
    )
    watched.run("from getpass import getpass\nword = getpass('Password: ')\nprint('typed')")
    _, record = watched.run("print('it is', word)")
    assert "tr0mbone" not in record.text
    assert "[secret:" in record.outputs


def test_a_secret_of_the_environment_is_not_kept_and_the_review_says_so(watched):
    watched.kernel.run("import os; os.environ['LAB_API_TOKEN'] = 'zx81-Quokka-4711'  # memo: ignore")
    _, record = watched.run("print('the token is', os.environ['LAB_API_TOKEN'])")
    assert "Quokka" not in record.text
    assert record.short_id in watched.kernel.run("%memo auto review").text
    _, record = watched.run("%env")
    assert "not kept" in record.outputs


def test_everything_is_undone_by_unloading(watched):
    code = (
        "import json, sys; ip = get_ipython()\n"
        "there = (sys.stdout, sys.stderr, ip.display_pub, ip.displayhook, ip.display_formatter, ip)\n"
        "ours = lambda v: 'memo_jupyter' in str(getattr(v, '__module__', ''))\n"
        "print(json.dumps([n for o in there for n, v in vars(o).items() if ours(v)]))"
    )
    watched.kernel.run("%unload_ext memo")
    assert json.loads(watched.kernel.run(code).text) == []
    assert watched.memory(code, 0.3) is None
    watched.kernel.run("%load_ext memo")
