"""What cells do to names: the lines that make, change, remove and read them, in Python and elsewhere."""

import time

import pytest

from memo_jupyter.workflow.reading import line_of, touches_of
from memo_jupyter.workflow.touches import fits, wanted

MADE, CHANGED, REMOVED, READ = {"made"}, {"changed"}, {"removed"}, {"read"}

CASES = [
    ("df = 1", "df", MADE),
    ("a, (df, *rest) = f()", "df", MADE),
    ("a, (b, *df) = f()", "df", MADE),
    ("[df, b] = f()", "df", MADE),
    ("a = df = 3", "df", MADE),
    ("df: int = 3", "df", MADE),
    ("df: int", "df", set()),
    ("if (df := f()): pass", "df", MADE),
    ("for df in frames: pass", "df", MADE),
    ("for i, (k, df) in frames: pass", "df", MADE),
    ("with open_it() as df: pass", "df", MADE),
    ("with a as (x, df): pass", "df", MADE),
    ("import pandas as df", "df", MADE),
    ("import df.core", "df", MADE),
    ("from x import df", "df", MADE),
    ("from x import y as df", "df", MADE),
    ("def df(a): pass", "df", MADE),
    ("class df: pass", "df", MADE),
    ("try:\n    f()\nexcept E as df:\n    pass", "df", MADE),
    ("match x:\n    case {'a': 1, **df}: pass", "df", MADE),
    ("match x:\n    case [1, *df]: pass", "df", MADE),
    ("df = df.dropna()", "df", CHANGED),
    ("df += 1", "df", CHANGED),
    ("df['price'] = 1", "df", CHANGED),
    ("df['price'] = 1", "price", MADE),
    ("df['price'] = 1", 'df["price"]', MADE),
    ("df['price'] = 1", 'other["price"]', set()),
    ("df.loc[mask, 'price'] *= 2", "price", MADE),
    ("df[['a', 'price']] = 0", "price", MADE),
    ("df = df.assign(price=1)", "price", MADE),
    ("model.rate = 1", "model", CHANGED),
    ("model.rate = 1", "model.rate", MADE),
    ("model.rate = 1", "rate", MADE),
    ("df.drop('a', axis=1, inplace=True)", "df", CHANGED),
    ("df.drop('a', axis=1)", "df", set()),
    ("df.drop('a', inplace=False)", "df", set()),
    ("df.append(1)", "df", CHANGED),
    ("df.items.update(a=1)", "df", CHANGED),
    ("df.fit(x, y)", "df", CHANGED),
    ("pipe.fit(df)", "df", set()),
    ("df.fill_(0)", "df", CHANGED),
    ("ax.set_title('a')", "ax", CHANGED),
    ("random.shuffle(df)", "df", CHANGED),
    ("np.add(a, b, out=df)", "df", CHANGED),
    ("del df", "df", REMOVED),
    ("del df['price']", "df", CHANGED),
    ("del df['price']", "price", REMOVED),
    ("[df for df in x]", "df", set()),
    ("f = lambda df: df", "df", set()),
    ("def f():\n    df = 1\n    df.append(2)", "df", set()),
    ("def f():\n    global df\n    df = 1", "df", MADE),
    ("def f(x):\n    df.append(x)", "df", CHANGED),
    ("class A:\n    df = 1\n    def f(self):\n        self.df = 2", "df", set()),
    ("print(df)", "df", set()),
    ("dfs = 1", "df", set()),
    ("# df = 1\n'df = 1'", "df", set()),
    ("df.to_csv('out/churn.csv')", "churn.csv", MADE),
    ("df.to_csv('out/churn.csv', index=False)", "out/churn.csv", MADE),
    ("df.to_csv('out/churn.csv')", "churn", MADE),
    ("df.to_csv('out/churn.csv')", "out", set()),
    ("df.to_csv('out/old_churn.csv')", "churn.csv", set()),
    ("df.to_csv(path_or_buf='churn.csv')", "churn.csv", MADE),
    ("pd.read_csv('churn.csv')", "churn.csv", READ),
    ("pd.read_csv(r'C:\\data\\churn.csv')", "data/churn.csv", READ),
    ("out = Path('a') / 'churn.csv'\ndf.to_csv(out)", "a/churn.csv", MADE),
    ("df.to_parquet(BASE / 'churn.parquet')", "churn.parquet", MADE),
    ("open('churn.txt', 'w').write('x')", "churn.txt", MADE),
    ("open('churn.txt', mode='a')", "churn.txt", CHANGED),
    ("open('churn.txt')", "churn.txt", READ),
    ("with open('churn.txt', 'rb') as f: pass", "churn.txt", READ),
    ("json.dump(x, open('churn.json', 'w'))", "churn.json", MADE),
    ("Path('churn.md').write_text('a.b/c')", "churn.md", MADE),
    ("Path('churn.md').read_text()", "churn.md", READ),
    ("Path('churn.md').unlink()", "churn.md", REMOVED),
    ("np.save('churn.npy', a)", "churn.npy", MADE),
    ("torch.save(model, 'churn.pt')", "churn.pt", MADE),
    ("plt.savefig('roc.png', dpi=300)", "roc", MADE),
    ("fig.savefig(f'{folder}/roc.png')", "roc.png", MADE),
    ("shutil.copy('a.csv', 'churn.csv')", "churn.csv", MADE),
    ("os.remove('churn.csv')", "churn.csv", REMOVED),
    ("os.rename('churn.csv', 'b.csv')", "churn.csv", REMOVED),
    ("df.to_sql('churn', con)", "churn", MADE),
    ("load_dataset('imdb')", "imdb", READ),
    ("%matplotlib inline\ndf = 1\n!ls", "df", MADE),
    ("df = !ls *.csv", "df", MADE),
    ("df = %sql select 1", "df", MADE),
    ("%%time\ndf = 1", "df", MADE),
    ("%%capture df\nprint(1)", "df", MADE),
    ("%%writefile tools/x.py\nimport os", "x.py", MADE),
    ("%%writefile -a x.py\nimport os", "x.py", CHANGED),
    ("%%writefile x.py\ndf = 1", "df", set()),
    ("%run x.py", "x.py", READ),
    ("!wget -q https://a.org/b.csv -O churn.csv", "churn.csv", MADE),
    ("!wget https://a.org/churn.csv?raw=1", "churn.csv", MADE),
    ("!curl -L https://a.org/x -o churn.csv", "churn.csv", MADE),
    ("!sort a.csv > churn.csv", "churn.csv", MADE),
    ("!rm -f churn.csv", "churn.csv", REMOVED),
    ("!head churn.csv | wc -l", "churn.csv", READ),
    ("%%bash\nmv a.csv churn.csv", "churn.csv", MADE),
    ("%%sql\ncreate table churn as select 1", "churn", MADE),
    ("%%R -o df\ndf <- data.frame()", "df", MADE),
    ("library(dplyr)\ndf <- read.csv('a.csv') %>% filter(x > 1)", "df", MADE),
    ("df <- read.csv('a.csv') %>% filter(x)", "a.csv", READ),
    ("let df = await load();", "df", MADE),
    ("function df(x)\n  x |> sum\nend", "df", MADE),
    ("if df == 1 then", "df", set()),
    ("df = [1, 2", "df", MADE),  # it cannot be parsed
]


@pytest.mark.parametrize(("code", "name", "how"), CASES, ids=[f"{code!r} {name}" for code, name, _ in CASES])
def test_where_a_name_is_touched_and_how(code, name, how):
    assert {one.how for one in touches_of(code) if fits(one, wanted(name))} == how


def test_what_only_reads_a_variable_is_told_when_that_is_asked_for():
    code = "print(df)\ndf2 = df + 1"
    assert [one for one in touches_of(code) if one.name == "df"] == []
    assert [(one.how, one.line) for one in touches_of(code, reads=True) if one.name == "df"] == [
        ("read", 1),
        ("read", 2),
    ]


def test_the_line_is_that_of_the_cell_as_it_was_written():
    code = "%%time\n%matplotlib inline\nimport os\n!ls\nresult = (\n    1 +\n    2)"
    (touch,) = [one for one in touches_of(code) if one.name == "result"]
    assert line_of(code, touch.line) == "result = ("
    assert len(line_of("x" * 10_000, 1)) == 160
    assert not line_of("x", 9)


HOSTILE = {
    "a line of 5 MB": "df = '" + "x" * 5_000_000 + "'",
    "5 MB of lines": "df = 1\n" * 700_000,
    "5 MB of quotes": "'" * 5_000_000,
    "deep brackets": "df = " + "(" * 5000 + ")" * 5000,
    "deep functions": "\n".join(" " * n + f"def f{n}():" for n in range(99)) + "\n" + " " * 99 + "df = 1",
    "a long chain": "df = a" + ".append(1)" * 4800,
    "many lines of a chain": "df = (a\n" + ".append(1)\n" * 4000 + ")",
    "a long sum": "df = " + "+".join(["1"] * 20_000),
    "many branches": "if a: pass\n" + "elif b: df = 1\n" * 3000,
    "null bytes": "df = 1\x00\ndf = 2",
    "halves of characters": "df = '\ud800'",
    "control characters": "\x1b[2Jdf = 1\r\x08",
    "signs": "!" * 50_000 + "%" * 50_000,
    "assignments": "df = " * 9000 + "1",
    "a quote of the shell that is not closed": "!echo 'df > x.csv\n" * 1000,
    "other letters": "データ = 1\nπ = 3.14\nЖдём = 'Ждём.csv'",
    "nothing": "",
    "spaces": " \n\t\n" * 10_000,
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_code_is_too_hostile_to_be_looked_into(code):
    start = time.process_time()
    for touch in touches_of(code, reads=True):
        assert len(line_of(code, touch.line)) <= 160
        break
    for name in ("df", "x.csv", "π", ""):
        assert {one.how for one in touches_of(code) if fits(one, wanted(name))} <= MADE | CHANGED | REMOVED | READ
    assert time.process_time() - start < 20


def test_names_in_other_letters_are_names():
    assert {one.name for one in touches_of(HOSTILE["other letters"])} >= {"データ", "π", "Ждём"}
