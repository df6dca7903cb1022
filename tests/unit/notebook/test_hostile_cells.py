"""Cells that do odd things to the shell, to what they show and to memo: they run as without it, and are kept."""

import atexit
import os
import re
import shutil
import sys
import threading
import time
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from memo_jupyter.engine import Memo
from memo_jupyter.notebook.capture import Capture
from memo_jupyter.notebook.details import detail_of


class Session:
    """A shell whose cells are remembered."""

    def __init__(self, shell, capsys):
        self.shell = shell
        self.capsys = capsys
        self.load()

    def load(self):
        self.shell.run_cell("%load_ext memo_jupyter")
        (self.memo,) = [one for one in self.shell.configurables if isinstance(one, Memo)]

    def run(self, code):
        done = self.shell.run_cell(code, store_history=True)
        return done, self.capsys.readouterr().out

    def kept(self, code):
        """The outputs of a cell that is remembered, or None."""
        assert self.memo.wait_for_cells()
        for row in self.memo.recent(20, kinds=["cell"]):
            record = self.memo.get(row.id)
            if record.code == code:
                return record.outputs or ""
        return None

    def remembered(self, code):
        self.run(code)
        return self.kept(code)


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """The shell of this process, as `display` and `%%capture` look for it."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MEMO_HOME", str(tmp_path / "store"))
    made = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    yield made
    InteractiveShell.clear_instance()
    made.atexit_operations()
    atexit.unregister(made.atexit_operations)


@pytest.fixture
def session(shell, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("MEMO_MODELS", str(tmp_path / "models"))  # nothing has to be embedded
    before = sys.stdout, sys.stderr, Path.cwd()
    yield Session(shell, capsys)
    sys.stdout, sys.stderr = before[:2]
    os.chdir(before[2])
    shell.run_cell("%unload_ext memo_jupyter")


ODD = {
    "a repr that raises": "class Odd:\n    def __repr__(self): raise ValueError('mine')\nOdd()",
    "an HTML form that raises": "class Odd:\n    def _repr_html_(self): raise ValueError('mine')\nOdd()",
    "an HTML form that is no text": "class Odd:\n    def _repr_html_(self): return 3\nOdd()",
    "a repr that is no text": "class Odd:\n    def __repr__(self): return 3\nOdd()",
    "forms that are no dict": "class Odd:\n    def _repr_mimebundle_(self, **k): return 7\nOdd()",
    "forms that are no texts": "class Odd:\n"
    "    def _repr_mimebundle_(self, **k): return {'text/plain': 3, 4: object()}\nOdd()",
    "a class that says it is pandas": "class Odd:\n    __module__ = 'pandas.core'\n"
    "    @property\n    def shape(self): raise ValueError('mine')\nOdd()",
    "a class whose module is no text": "class Odd:\n    __module__ = 3\n    def __repr__(self): return 'odd'\nOdd()",
    "a shape of texts": "class Odd:\n    __module__ = 'numpy'\n    shape = ('a', None)\n    dtype = 'x'\nOdd()",
    "a bytes-like print": "import sys\nprint(b'abc', 3.5, None, sep='\\x00')",
    "a str of its own": "class S(str):\n    def __getitem__(self, i): raise ValueError('mine')\n"
    "    def __len__(self): raise ValueError('mine')\nimport sys; sys.stdout.write(S('x'))",
    "surrogates": "print('\\udc80 half')",
}


def told(shown):
    """The value that a cell showed, and the last line of each traceback: memo's own call stands within those."""
    lines = re.sub(r"\x1b\[[0-9;]*m|Out\[\d+\]:|0x[0-9a-f]+", "", shown).splitlines()
    return [line.strip() for line in lines if re.match(r"\s*(\w+(Error|Exception):|odd|<|3$|Odd)", line)]


@pytest.mark.parametrize("name", ODD)
def test_odd_objects_are_shown_as_without_memo_and_their_cells_kept(session, shell, capsys, name):
    shell.run_cell("%unload_ext memo_jupyter")
    capsys.readouterr()
    bare = session.run(ODD[name])
    session.load()
    capsys.readouterr()
    with_memo = session.run(ODD[name])
    assert with_memo[0].success == bare[0].success
    assert told(with_memo[1]) == told(bare[1])
    assert session.kept(ODD[name]) is not None
    assert session.remembered("print('and on')") == "and on"


def test_what_computes_is_not_asked():
    asked = []

    class Lazy:  # as dask, pyspark and their like are: what they are asked for, they compute
        def __getattr__(self, name):
            asked.append(name)
            raise AssertionError(name)

    for module in ("dask.dataframe", "pyspark.sql.dataframe", "vaex", "__main__", "ibis.expr", "polars_x", "duckdb"):
        Lazy.__module__ = module
        assert detail_of(Lazy()) == ""
    assert asked == []


def test_a_subclass_of_a_dataframe_is_not_asked_for_what_it_overrides():
    pandas = pytest.importorskip("pandas")

    class Slow(pandas.DataFrame):
        @property
        def shape(self):
            raise AssertionError("computed")

    assert detail_of(Slow({"a": [1]})) == ""


def test_a_value_that_is_slow_to_show_is_shown_once(session):
    session.run(
        "n = 0\nclass Slow:\n    def __repr__(self):\n        global n\n        n += 1\n        return f'shown {n}'"
    )
    session.run("Slow()")
    assert session.kept("Slow()") == "shown 1"
    assert session.remembered("n") == "1"


STREAMS = {
    "redirect_stdout": (
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()):\n    print('hidden')\nprint('seen')",
        "seen",
    ),
    "redirect to the other": (
        "import contextlib, sys\nwith contextlib.redirect_stdout(sys.stderr):\n    print('seen')",
        "seen",
    ),
    "%%capture": ("%%capture got\nprint('hidden')\n6 * 7", ""),
    "its own stream": (
        (
            "import io, sys\nkept = sys.stdout; sys.stdout = io.StringIO()\nprint('hidden')\n"
            "sys.stdout = kept\nprint('seen')"
        ),
        "seen",
    ),
}


@pytest.mark.parametrize("name", STREAMS)
def test_what_a_cell_sends_elsewhere_was_not_shown(session, name):
    code, expected = STREAMS[name]
    assert session.remembered(code) == expected


LEFT = {
    "a stream that passes on": "import sys\nclass Tee:\n    def __init__(self, to): self.to = to\n"
    "    def write(self, text): return self.to.write(text)\n    def flush(self): pass\nsys.stdout = Tee(sys.stdout)",
    "a wrapped write": "import sys\nold = sys.stdout.write\nsys.stdout.write = lambda text: old(text)",
    "one stream for both": "import sys\nsys.stderr = sys.stdout",
    "a wrapped publish": "pub = get_ipython().display_pub\nolder = pub.publish\n"
    "pub.publish = lambda *a, **k: older(*a, **k)",
}


@pytest.mark.parametrize("name", LEFT)
def test_what_a_cell_leaves_behind_makes_no_later_one_heard_twice_or_not_at_all(session, name):
    session.run(LEFT[name])
    for turn in range(3):
        code = f"from IPython.display import display\nprint('turn {turn}')\ndisplay({turn})\n'value {turn}'"
        done, out = session.run(code)
        assert done.success
        assert out.count(f"turn {turn}") == 1
        kept = session.kept(code)
        assert kept.split("\n") == [f"turn {turn}", f"{turn}", f"'value {turn}'"]


def test_a_stream_that_cannot_be_wrapped_does_not_keep_the_rest_from_being_heard(shell, monkeypatch):
    class Refuses:
        def __setattr__(self, name, value):
            raise TypeError("mine")

        def write(self, text):
            return len(text)

    monkeypatch.setattr(sys, "stdout", Refuses())
    capture = Capture(shell, lambda: 1000)
    capture.start()
    sys.stderr.write("heard")
    assert [one.head for one in capture.stop()] == ["heard"]


def test_threads_that_show_at_once_leave_memo_hearing(session):
    session.run("import sys; interval = sys.getswitchinterval(); sys.setswitchinterval(1e-6)")
    session.run(
        "import threading\nfrom IPython.display import display\n"
        "def show():\n    for i in range(200): display(i)\n"
        "threads = [threading.Thread(target=show) for _ in range(8)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads];"
    )
    session.run("sys.setswitchinterval(interval)")
    assert session.remembered("print('still heard')") == "still heard"


def test_a_display_in_one_thread_mutes_no_other(session, shell):
    shell.user_ns["gates"] = gates = [threading.Event(), threading.Event()]
    publish = shell.display_pub.publish

    def slow(*args, **kwargs):
        gates[0].set()
        gates[1].wait(5)
        return publish(*args, **kwargs)

    shell.display_pub.publish = slow
    code = (
        "import threading\nfrom IPython.display import display\nt = threading.Thread(target=display, args=('shown',))\n"
        "t.start(); gates[0].wait(5); print('meanwhile'); gates[1].set(); t.join()"
    )
    session.run(code)
    assert sorted(session.kept(code).split("\n")) == ["'shown'", "meanwhile"]


def test_a_run_within_a_cell_is_one_memory(session, tmp_path):
    (tmp_path / "inner.py").write_text("print('from the file')\n")
    code = f"print('before')\n%run {tmp_path / 'inner.py'}\nprint('after')"
    assert session.remembered(code) == "before\nfrom the file\nafter"


def test_a_cell_that_unloads_or_reloads_memo_goes_on(session):
    done, out = session.run("print('a')\n%unload_ext memo_jupyter\nprint('b')")
    assert done.success
    assert out == "a\nb\n"
    done, out = session.run("print('c')\n%load_ext memo_jupyter\nprint('d')")
    assert (done.success, out) == (True, "c\nd\n")
    session.load()
    session.capsys.readouterr()
    done, out = session.run("print('e')\n%reload_ext memo_jupyter\nprint('f')")
    assert (done.success, out) == (True, "e\nf\n")
    session.load()
    assert session.remembered("print('and on')") == "and on"
    wrapped = [
        name for name, value in vars(sys.stdout).items() if "memo_jupyter" in str(getattr(value, "__module__", ""))
    ]
    assert wrapped == []


def test_a_forked_child_keeps_nothing_and_hinders_nobody(session):
    code = (
        "import os\npid = os.fork()\nif not pid:\n    print('child', flush=True)\n    os._exit(0)\n"
        "os.waitpid(pid, 0)[1]"
    )
    done, _ = session.run(code)
    assert done.result == 0
    code = (
        "import multiprocessing\nmade = multiprocessing.get_context('fork').Process(target=print, args=('child',))\n"
        "made.start(); made.join(); made.exitcode"
    )
    done, _ = session.run(code)
    assert done.result == 0
    assert session.kept(code) == "0"
    assert session.remembered("print('and on')") == "and on"


def test_a_folder_that_the_first_cell_changes_is_not_where_the_store_is_looked_for(session, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    assert session.remembered(f"import os; os.chdir({str(tmp_path / 'elsewhere')!r})") == ""
    (tmp_path / "gone").mkdir()
    session.run(f"os.chdir({str(tmp_path / 'gone')!r}); os.rmdir(os.getcwd())")
    assert session.remembered("print('in no folder')") == "in no folder"


def test_a_store_that_is_deleted_while_in_use_is_made_anew(session, tmp_path):
    assert session.remembered("print('one')") == "one"
    shutil.rmtree(tmp_path / "store")
    code = "print('two')"
    done, out = session.run(code)
    assert (done.success, out) == (True, "two\n")
    session.memo.wait_for_cells()
    until = time.monotonic() + 5
    while session.kept(code) is None and time.monotonic() < until:
        session.run("print('more')")
    assert session.kept(code) == "two"
