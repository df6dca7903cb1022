"""Which habits are clear, and which are not; each row is one."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from memo_jupyter.profile.code.findings import findings

START = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)
IMPORTS = "import numpy as np, pandas as pd, matplotlib.pyplot as plt, seaborn as sns\n"

CLEAR = {
    "library:plotting": ("alt.Chart(df).mark_bar()", "Plots with altair."),
    "library:models": ("from sklearn.svm import SVC\nSVC().fit(X, y)", "Fits models with scikit-learn."),
    "library:networks": ("import torch.nn as nn\nlayer = nn.Linear(2, 3)", "Builds neural networks with PyTorch."),
    "library:statistics": ("from scipy import stats\nstats.ttest_ind(a, b)", "Does statistics with scipy.stats."),
    "library:paths": ("from pathlib import Path\nPath('x').mkdir()", "Handles paths with pathlib."),
    "library:http": ("import httpx\nhttpx.get(url)", "Makes HTTP requests with httpx."),
    "library:databases": ("import sqlite3\nsqlite3.connect('x.db')", "Talks to databases through sqlite3."),
    "library:tuning": (
        "from sklearn.model_selection import GridSearchCV as G\nG(model, grid)",
        "Tunes models with GridSearchCV.",
    ),
    "plotting:style": ("plt.style.use('ggplot')", "Styles plots with the style sheet ggplot."),
    "plotting:figsize": ("plt.rcParams['figure.figsize'] = (10, 6)", "Makes figures with figsize=(10, 6)."),
    "plotting:dpi": ("plt.rcParams.update({'figure.dpi': 150})", "Saves figures at 150 dpi."),
    "plotting:colormap": ("ax.imshow(a, cmap='magma')", "Colours plots with the colormap magma."),
    "plotting:format": ("fig.savefig(OUT / 'a.svg')", "Saves figures as SVG."),
    "frames:style": (
        "df.query('a > 1').groupby('b').agg('mean').reset_index()",
        "Works on data frames in chains of methods.",
    ),
    "inplace": ("df.dropna(inplace=True)", "Changes data frames in place (inplace=True)."),
    "text_files:encoding": (
        "pd.read_csv(f, encoding='latin-1')",
        'Reads and writes text files with encoding="latin-1".',
    ),
    "text_files:sep": ("pd.read_csv(f, sep='\\t')", "Reads and writes text files with sep=a tab."),
    "seed": ("rng = np.random.default_rng(0)", "Seeds random numbers with 0."),
    "random": (
        "rng = np.random.default_rng(0)",
        "Draws random numbers from a generator (np.random.default_rng).",
    ),
    "metric": ("cross_val_score(m, X, y, scoring='f1')", "Judges models by F1."),
    "folds": ("cv = TimeSeriesSplit(n_splits=5)", "Cross-validates with TimeSeriesSplit of 5."),
    "test_size": ("a, b = train_test_split(X, test_size=0.25)", "Holds data out for tests with test_size=0.25."),
    "device": ("model.to('cuda:0')", "Puts tensors on cuda."),
    "formatting": ("print('{} of {}'.format(a, b))", "Formats text with str.format."),
    "lists": ("for a in b:\n    out.append(a)", "Builds lists with loops that append."),
    "hints": ("def f(a: int) -> int:\n    return a", "Writes functions with type hints."),
    "docstrings": ('def f(a):\n    """Do.\n\n    Args:\n        a: b\n    """', "Writes docstrings in Google style."),
    "naming:dataframe": ("df = pd.read_csv(f)", "Names data frames df."),
    "naming:splits": (
        "X_tr, X_te, y_tr, y_te = train_test_split(X, y)",
        "Calls the parts of a split X_tr, X_te, y_tr, y_te.",
    ),
    "naming:axes": ("f, a = plt.subplots()", "Calls figures and axes f, a."),
    "naming:language": ("fichiers = nombre_lignes = 1", "Names things in French."),
    "comments:language": ("x = 1  # los datos de la tabla que no se usan", "Writes comments in Spanish."),
    "import:pandas": ("import pandas as p", "Imports pandas as p, not as pd."),
    "own:features": (
        "from features import add_lags, clean",
        "Keeps own code in the module features: add_lags, clean.",
    ),
    "data:churn.csv": ("pd.read_csv('data/churn.csv')", "Works with the file data/churn.csv, read by pandas.read_csv."),
    "data:raw.parquet": ("x = load(DATA / 'raw.parquet')", "Works with the file raw.parquet."),
    "dataset:penguins": ("sns.load_dataset('penguins')", "Works with the data set penguins."),
    "pretrained:bert-base": ("AutoModel.from_pretrained('bert-base')", "Uses the pretrained model bert-base."),
    "table:sales.orders": ("con.sql('''select a from sales.orders''')", "Queries the table sales.orders."),
    "words:names": (
        "tariff_2024 = churner = cohort_size = 1",
        "Words that come back in names: churner, cohort, tariff.",
    ),
    "option:display.max_columns": (
        "pd.set_option('display.max_columns', None)",
        "Sets the option display.max_columns=None.",
    ),
    "star:pylab": ("from pylab import *", "Imports all names of pylab (from pylab import *)."),
    "magic:%autoreload": ("%autoreload 2", "Has modules reloaded as they change (%autoreload)."),
    "magic:!": ("!head x.csv", "Runs commands of the shell from cells (!)."),
}


@pytest.mark.parametrize(("topic", "code", "text"), [(topic, *row) for topic, row in CLEAR.items()])
def test_a_habit_that_is_clear_is_said(learned, topic, code, text):
    head = "%" in code or "!" in code
    codes = [code if head else f"{IMPORTS if topic != 'import:pandas' else ''}{code}\nn = {n}" for n in range(5)]
    assert learned(*codes).get(topic) == text


UNREMARKABLE = [
    "import numpy as np\nnp.zeros(3)",
    "import pandas as pd",
    "%matplotlib inline",
    "import os, sys, json\njson.loads(x)",
    "print(f'{x}')",
    "ys = [x for x in xs]",
    "value_a = 1\nother_value = 2",
    "fig, ax = f()",
    "# the value is not what we want to have for it\nx = 1",
]


@pytest.mark.parametrize("code", UNREMARKABLE)
def test_what_everyone_does_is_not_said(learned, code):
    assert learned(*[f"{code}\n" if "%" in code else f"{code}\nn = {n}" for n in range(6)]) == {}


def test_what_everyone_does_is_said_where_the_rival_was_given_up(learned):
    old = [f"print('%s' % {n})" for n in range(12)]
    new = [f"print(f'{{x}}{n}')" for n in range(12)]
    assert learned(*old, *new)["formatting"] == "Formats text with f-strings, no longer the % operator."


def test_of_comprehensions_only_their_lack_is_said(learned):
    loops = [f"for a in b{n}:\n    out.append(a)" for n in range(3)]
    assert "lists" not in learned(*loops, *[f"[a for a in b{n}]" for n in range(9)])
    assert learned(*loops)["lists"] == "Builds lists with loops that append."


def test_newer_evidence_wins_over_more_evidence(learned):
    old = [f"pd.read_csv(f{n})" for n in range(40)]
    new = [f"pl.read_csv(f{n})" for n in range(10)]
    assert learned(*old)["library:frames"] == "Handles data frames with pandas."
    assert learned(*old, *new)["library:frames"] == "Handles data frames with polars, no longer pandas."


def test_a_rival_that_is_used_at_times_is_named(learned):
    codes = [f"px.line(d{n})" if n % 5 == 0 else f"sns.lineplot(d{n})" for n in range(20)]
    assert learned(*codes)["library:plotting"] == "Plots with seaborn rather than plotly."


def test_what_is_still_used_at_times_is_not_called_given_up(learned):
    codes = [f"sns.lineplot(d{n})" if n < 20 or n % 3 == 0 else f"px.line(d{n})" for n in range(30)]
    assert learned(*codes)["library:plotting"] == "Plots with plotly rather than seaborn."


def test_rivals_used_alike_are_no_preference(learned):
    codes = [f"px.line(d{n})" if n % 2 else f"sns.lineplot(d{n})" for n in range(20)]
    assert "library:plotting" not in learned(*codes)


def test_two_cells_are_no_evidence_and_three_of_one_day_neither(learned):
    codes = [f"alt.Chart(d{n})" for n in range(5)]
    assert not learned(*codes[:2])
    assert not learned(*codes[:3], days=0.001)
    assert learned(*codes[:3])
    assert learned(*codes, days=0.001)


def test_seaborn_is_what_draws_where_matplotlib_only_titles(learned):
    codes = [f"sns.histplot(d{n})\nplt.title('x')" for n in range(5)]
    assert learned(*codes)["library:plotting"] == "Plots with seaborn."


def test_a_short_name_means_what_was_imported_by_it(learned):
    head = "import pytorch_lightning as pl"
    told = learned(head, *[f"pl.Trainer(max_epochs={n})" for n in range(5)])
    assert told == {"library:networks": "Builds neural networks with PyTorch."}


def test_a_name_given_in_the_cell_is_no_library(learned):
    assert not learned(*[f"pl = {n}\npl.real" for n in range(6)])


def test_files_of_one_name_in_two_folders_are_two(learned):
    codes = [f"open('{folder}/train.csv')  # {n}" for n in range(4) for folder in ("wine", "iris")]
    assert {"data:wine/train.csv", "data:iris/train.csv"} <= learned(*codes).keys()


def test_a_file_that_was_moved_is_the_same(learned):
    codes = [*["open('churn.csv')"] * 2, *["open('../data/churn.csv')"] * 2]
    assert learned(*codes)["data:churn.csv"] == "Works with the file ../data/churn.csv."


def test_a_function_used_only_where_it_is_defined_is_not_said(learned):
    assert not [
        topic for topic in learned(*[f"def helper_x():\n    1\nhelper_x() # {n}" for n in range(6)]) if "own" in topic
    ]


def test_a_function_named_like_a_builtin_is_not_said(learned):
    assert "own:print" not in learned("def print(x):\n    1", *[f"print({n})" for n in range(6)])


def test_common_table_expressions_and_prose_are_no_tables(learned):
    codes = [f"sql('with t as (select 1 from base) select * from t where a = {n}')" for n in range(5)]
    assert {topic for topic in learned(*codes) if topic.startswith("table")} == {"table:base"}
    prose = [f"'''From the data we select what comes from somewhere. {n}'''" for n in range(5)]
    assert not learned(*prose)


def on_days(cells, *sessions):
    """Cells of sessions, each a number of the day, and its codes."""
    return [
        replace(cell, id=f"d{day}-{cell.id}")
        for day, codes in sessions
        for cell in cells(*codes, days=0.001, start=START + timedelta(days=day))
    ]


def test_what_one_long_session_did_otherwise_does_not_take_the_place_of_weeks(cells):
    weeks = [(day, [f"sns.lineplot(d{day})"]) for day in range(12)]
    accident = (12, [f"px.line(d{n})" for n in range(15)])
    told = {one.topic: one.text for one in findings(on_days(cells, *weeks, accident))}
    assert told["library:plotting"] == "Plots with seaborn rather than plotly."
    again = [(day, [f"px.line(e{day}{n})" for n in range(2)]) for day in (13, 14, 15)]
    told = {one.topic: one.text for one in findings(on_days(cells, *weeks, accident, *again))}
    assert told["library:plotting"] == "Plots with plotly, no longer seaborn."


def test_what_was_given_up_long_ago_is_said_no_more(cells):
    old = [(day, [f"import astropy.table as t\nt.Table(d{day})\nplt.savefig('a.pdf')"]) for day in range(5)]
    soon = [(day, [f"n = {day}"]) for day in range(60, 66)]
    later = [(day, [f"n = {day}"]) for day in range(500, 506)]
    assert {"library:astropy", "plotting:format"} <= {one.topic for one in findings(on_days(cells, *old, *soon))}
    assert not findings(on_days(cells, *old, *later))


def test_what_was_done_on_one_day_of_many_is_no_habit(cells):
    weeks = [(day, [f"n = {day}"]) for day in range(8)]
    wide = (8, [f"{IMPORTS}fig, ax = plt.subplots(figsize=(20, 3))\nopen('odd.csv')\nn = {n}" for n in range(9)])
    assert findings(on_days(cells, wide))  # all that is known so far
    assert not findings(on_days(cells, *weeks, wide))
