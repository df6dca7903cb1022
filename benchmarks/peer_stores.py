"""memo and its peers behind one face: fill, add, ask, forget. Each library is imported when its store is opened.

What one `add` guarantees when it returns, as seen with strace:

- memo: the record is written, synced, renamed, and its folder synced; it survives a power cut.
- chroma: a SQLite transaction with a rollback journal, synced; its graph follows every 1,000 records.
- lancedb: a new version of the table, by a rename; nothing is synced, so that a power cut may take it, and more.
- sqlite: a transaction in the write-ahead log with `synchronous=FULL`, synced; it survives a power cut.

Every peer is set up as its documentation advises, and left at its defaults where that is silent.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from array import array
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Vector = Sequence[float]
    Texts = Sequence[str]
    Ask = Callable[[str, Vector], Sequence[object]]

K = 6
_CANDIDATES = 60  # of meaning, and of words, that are ranked together in SQLite; memo takes as many
_RRF = 60  # the constant of reciprocal rank fusion, as its inventors chose it


class Store(Protocol):
    """One system on one folder."""

    name: ClassVar[str]
    asks: dict[str, Ask]  # the ways to ask for `K` texts, the best of them last
    batch: int

    def __init__(self, folder: Path) -> None: ...

    def add_many(self, first: int, texts: Texts, vectors: Sequence[Vector]) -> None:
        """Add a batch, numbered from `first` on."""

    def ready(self) -> None:
        """Make the indexes that are not kept as one adds."""

    def add(self, number: int, text: str, vector: Vector) -> str:
        """Add one, and give what it is forgotten by."""

    def forget(self, key: str) -> None:
        """Forget one, as the library does it."""

    def purge(self) -> None:
        """Do what the documentation advises so that what was forgotten leaves the disk too; memo's `forget` has."""

    def close(self) -> None:
        """Close it, as its documentation advises."""


class MemoStore(Store):
    """memo, asked by `recall`, which ranks by more than meaning and words, and reads the records."""

    name = "memo"
    batch = 1 << 30  # it makes its own

    def __init__(self, folder: Path) -> None:
        from stores import opened  # noqa: PLC0415

        self.asks: dict[str, Ask] = {"hybrid": lambda question, _: self._memo.recall(question, k=K)}
        self._memo = opened(folder)

    def add_many(self, first: int, texts: Texts, vectors: Sequence[Vector]) -> None:  # noqa: ARG002
        self._memo.remember_many(texts, progress=False)

    def add(self, number: int, text: str, vector: Vector) -> str:  # noqa: ARG002
        return self._memo.remember(text).id

    def forget(self, key: str) -> None:
        self._memo.forget(key)

    def close(self) -> None:
        self._memo.close()


class ChromaStore(Store):
    """A collection of a `PersistentClient`; it asks by meaning, and at most wants a word to be in the text."""

    name = "chroma"

    def __init__(self, folder: Path) -> None:
        os.environ["ANONYMIZED_TELEMETRY"] = "False"
        chromadb: Any = importlib.import_module("chromadb")
        self._folder = folder
        self._client = chromadb.PersistentClient(str(folder), settings=chromadb.Settings(anonymized_telemetry=False))
        self._notes = self._client.get_or_create_collection(
            "notes", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
        )
        self.batch = self._client.get_max_batch_size()
        self.asks: dict[str, Ask] = {"meaning, a word in the text": self._with_word, "meaning": self._nearest}

    def add_many(self, first: int, texts: Texts, vectors: Sequence[Vector]) -> None:
        keys = [str(first + place) for place in range(len(texts))]
        self._notes.add(ids=keys, documents=list(texts), embeddings=vectors)

    def add(self, number: int, text: str, vector: Vector) -> str:
        self._notes.add(ids=[str(number)], documents=[text], embeddings=[vector])
        return str(number)

    def forget(self, key: str) -> None:
        self._notes.delete(ids=[key])

    def purge(self) -> None:
        self.close()  # it wants the folder for itself
        program = Path(sys.executable).with_name("chroma")
        subprocess.run([program, "vacuum", "--path", self._folder, "--force"], check=True, capture_output=True)

    def close(self) -> None:
        self._client.close()

    def _nearest(self, question: str, vector: Vector) -> Sequence[object]:  # noqa: ARG002
        return list(self._notes.query(query_embeddings=[vector], n_results=K)["documents"][0])

    def _with_word(self, question: str, vector: Vector) -> Sequence[object]:
        contains = {"$contains": words(question)[-1]}
        found = self._notes.query(query_embeddings=[vector], n_results=K, where_document=contains)
        return list(found["documents"][0])


class LanceStore(Store):
    """A table with lancedb's own full text index; without one of vectors, as advised up to about 100,000 rows."""

    name = "lancedb"
    batch = 20_000  # few and big ones are advised; each is a file

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("LANCEDB_LOG", "error")  # not a warning with every query
        lancedb: Any = importlib.import_module("lancedb")
        self._arrow: Any = importlib.import_module("pyarrow")
        string, vector = self._arrow.string(), self._arrow.list_(self._arrow.float32(), 384)
        self._schema = self._arrow.schema([("id", string), ("text", string), ("vector", vector)])
        self._notes = lancedb.connect(str(folder)).create_table("notes", schema=self._schema, exist_ok=True)
        self.asks: dict[str, Ask] = {"meaning": self._nearest, "hybrid": self._hybrid}

    def add_many(self, first: int, texts: Texts, vectors: Sequence[Vector]) -> None:
        keys = [str(first + place) for place in range(len(texts))]
        rows = {"id": keys, "text": list(texts), "vector": list(vectors)}
        self._notes.add(self._arrow.table(rows, schema=self._schema))

    def ready(self) -> None:
        index: Any = importlib.import_module("lancedb.index")
        self._notes.create_index("text", config=index.FTS(), replace=True)
        self._notes.create_index("id", config=index.BTree(), replace=True)  # to delete by it

    def add(self, number: int, text: str, vector: Vector) -> str:
        self._notes.add([{"id": str(number), "text": text, "vector": vector}])
        return str(number)

    def forget(self, key: str) -> None:
        self._notes.delete(f"id = '{key}'")

    def purge(self) -> None:
        from datetime import timedelta  # noqa: PLC0415

        self._notes.optimize(cleanup_older_than=timedelta(0), delete_unverified=True)

    def close(self) -> None:
        del self._notes

    def _nearest(self, question: str, vector: Vector) -> Sequence[object]:  # noqa: ARG002
        return list(self._notes.search(vector).distance_type("cosine").select(["text"]).limit(K).to_list())

    def _hybrid(self, question: str, vector: Vector) -> Sequence[object]:
        asked = self._notes.search(query_type="hybrid").vector(vector).text(question).distance_type("cosine")
        return list(asked.select(["text"]).limit(K).to_list())


class LanceGraphStore(LanceStore):
    """The same with an index of vectors, a graph as memo's and chroma's are."""

    name = "lancedb, HNSW"

    def ready(self) -> None:
        super().ready()
        index: Any = importlib.import_module("lancedb.index")
        self._notes.create_index("vector", config=index.HnswSq(distance_type="cosine"), replace=True)


class SqliteStore(Store):
    """A database of sqlite-vec, which compares with all vectors, and FTS5; Python fuses the two queries' ranks."""

    name = "sqlite-vec + FTS5"
    batch = 5_000  # a transaction

    def __init__(self, folder: Path) -> None:
        vec: Any = importlib.import_module("sqlite_vec")
        folder.mkdir(parents=True, exist_ok=True)
        self._notes = _sqlite().connect(folder / "notes.db", isolation_level=None)
        self._notes.enable_load_extension(True)
        vec.load(self._notes)
        self._notes.executescript("""
            pragma journal_mode = wal;
            pragma synchronous = full;
            create table if not exists notes (id integer primary key, text text not null);
            create virtual table if not exists words
                using fts5 (text, content = notes, content_rowid = id, tokenize = 'porter unicode61');
            create virtual table if not exists vectors using vec0 (vector float[384] distance_metric = cosine);
        """)
        self.asks: dict[str, Ask] = {"meaning": self._by_meaning, "hybrid": self._hybrid}

    def add_many(self, first: int, texts: Texts, vectors: Sequence[Vector]) -> None:
        keys = range(first, first + len(texts))
        self._notes.execute("begin")
        for into in ("notes (id, text)", "words (rowid, text)"):
            rows = zip(keys, texts, strict=True)
            self._notes.executemany(f"insert into {into} values (?, ?)", rows)  # noqa: S608
        pairs = zip(keys, map(_bytes, vectors), strict=True)
        self._notes.executemany("insert into vectors (rowid, vector) values (?, ?)", pairs)
        self._notes.execute("commit")

    def add(self, number: int, text: str, vector: Vector) -> str:
        self.add_many(number, [text], [vector])
        return str(number)

    def forget(self, key: str) -> None:
        self._notes.execute("begin")
        self._notes.execute(
            "insert into words (words, rowid, text) select 'delete', id, text from notes where id = ?", [key]
        )
        self._notes.execute("delete from notes where id = ?", [key])
        self._notes.execute("delete from vectors where rowid = ?", [int(key)])
        self._notes.execute("commit")

    def purge(self) -> None:
        self._notes.execute("insert into words (words) values ('optimize')")
        self._notes.execute("vacuum")
        self._notes.execute("pragma wal_checkpoint(truncate)").fetchall()

    def close(self) -> None:
        self._notes.close()

    def _by_meaning(self, question: str, vector: Vector) -> Sequence[object]:  # noqa: ARG002
        return [self._text(key) for key in self._nearest(vector, K)]

    def _hybrid(self, question: str, vector: Vector) -> Sequence[object]:
        wanted = " OR ".join(f'"{word}"' for word in words(question))
        rows = self._notes.execute(
            "select rowid from words where words match ? order by rank limit ?", [wanted, _CANDIDATES]
        )
        scores: dict[int, float] = {}
        for ranked in ([key for (key,) in rows], self._nearest(vector, _CANDIDATES)):
            for rank, key in enumerate(ranked, 1):
                scores[key] = scores.get(key, 0.0) + 1 / (_RRF + rank)
        return [self._text(key) for key in sorted(scores, key=lambda key: -scores[key])[:K]]

    def _nearest(self, vector: Vector, most: int) -> list[int]:
        query = "select rowid from vectors where vector match ? and k = ? order by distance"
        return [key for (key,) in self._notes.execute(query, [_bytes(vector), most])]

    def _text(self, key: int) -> object:
        return self._notes.execute("select text from notes where id = ?", [key]).fetchone()[0]


STORES: dict[str, type[Store]] = {
    one.name: one for one in (MemoStore, ChromaStore, LanceStore, LanceGraphStore, SqliteStore)
}


def words(question: str) -> list[str]:
    """Give the words of a question, lower case."""
    return re.findall(r"\w+", question.lower())


def _bytes(vector: Vector) -> bytes:
    return array("f", vector).tobytes()


def _sqlite() -> Any:
    """Give a SQLite that takes extensions; not every Python's does."""
    with suppress(ImportError):
        return importlib.import_module("pysqlite3")
    return importlib.import_module("sqlite3")
