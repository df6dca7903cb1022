import json
import shutil
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from memo_jupyter.errors import CorruptIndex
from memo_jupyter.index.dense import Graph, Pile, pack, unpack
from memo_jupyter.index.index import Index
from memo_jupyter.index.rows import Filter
from memo_jupyter.records.store import new_id
from memo_jupyter.testing import HashEmbedder
from memo_jupyter.types import Record, Vector

START = datetime(2026, 11, 1, tzinfo=timezone.utc)
EMBEDDER = HashEmbedder(32)


def records(texts, **fields):
    vectors = pack(EMBEDDER.embed(texts))
    return [
        Record(
            new_id(START + timedelta(hours=number)), START + timedelta(hours=number), "note", text,
            vectors=(Vector(0, len(text), values),), embedder=EMBEDDER.fingerprint, **fields,
        )
        for number, (text, values) in enumerate(zip(texts, vectors, strict=True))
    ]  # fmt: skip


def opened(folder, publish_after=1000, embedder=EMBEDDER):
    return Index(folder, embedder, publish_after)


@pytest.fixture
def index(tmp_path):
    return opened(tmp_path / "index")


def fill(index, texts, **fields):
    made = records(texts, **fields)
    for record in made:
        index.add([(record, "2026/11/01")])
    return made


def nearest(index, text, k=3, where=None):
    found = index.nearest(EMBEDDER.embed([text])[0], k, where)
    return [index.lines([chunk])[chunk].record for chunk in found]


TEXTS = [f"topic {number} is about thing{number} and matter{number * 7}" for number in range(60)]


def test_the_nearest_is_found_without_and_with_a_graph(index):
    made = fill(index, TEXTS)
    assert nearest(index, TEXTS[17])[0] == made[17].id
    index.near._publish_after = 10
    assert index.near.publish()
    assert (index.folder / "CURRENT").exists()
    assert len(index.near._pile) == 0
    assert nearest(index, TEXTS[17])[0] == made[17].id


def test_a_graph_finds_what_an_exact_scan_finds():
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((2000, 32), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = np.arange(2000, dtype=np.int64)
    graph, pile = Graph(32), Pile(32)
    graph.add(labels, vectors)
    pile.add(labels, vectors)
    shared = [len(set(graph.nearest(query, 10)) & set(pile.nearest(query, 10))) for query in vectors[:100]]
    assert sum(shared) / 1000 > 0.99


def test_what_another_handle_adds_is_found_by_the_next_query(tmp_path):
    one, other = opened(tmp_path), opened(tmp_path)
    first = fill(one, TEXTS[:5])
    assert nearest(other, TEXTS[3])[0] == first[3].id
    second = fill(one, ["quite another matter"])
    assert nearest(other, "quite another matter")[0] == second[0].id
    one.remove([second[0].id])
    assert second[0].id not in nearest(other, "quite another matter")


def test_a_generation_is_loaded_again_and_added_to(tmp_path):
    made = fill(opened(tmp_path, 10), TEXTS[:30])
    index = opened(tmp_path, 10)
    assert index.near.publish()
    again = opened(tmp_path, 10)
    assert nearest(again, TEXTS[11])[0] == made[11].id
    assert len(again.near._graph) == 30
    more = fill(again, TEXTS[30:45])
    assert nearest(again, TEXTS[40])[0] == more[10].id
    assert again.near.publish()
    assert len(list((tmp_path / "generations").iterdir())) == 1
    assert nearest(again, TEXTS[11])[0] == made[11].id


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove", "manifest", "dimension", "current", "long name"])
def test_a_damaged_generation_never_reaches_hnswlib_and_nothing_is_missed(tmp_path, damage):
    index = opened(tmp_path, 10)
    made = fill(index, TEXTS)
    index.near.publish()
    (folder,) = (tmp_path / "generations").iterdir()
    graph, manifest = folder / "dense.hnsw", folder / "manifest.json"
    if damage == "flip":
        data = bytearray(graph.read_bytes())
        data[len(data) // 2] ^= 0x10
        graph.write_bytes(bytes(data))
    elif damage == "truncate":
        graph.write_bytes(graph.read_bytes()[:-100])
    elif damage == "remove":
        graph.unlink()
    elif damage == "manifest":
        manifest.write_text("{")
    elif damage == "dimension":
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "dim": 16}))
    else:
        (tmp_path / "CURRENT").write_bytes(b"\xff/../.." if damage == "current" else b"garbage" * 1000)
    again = opened(tmp_path, 10)
    assert nearest(again, TEXTS[17])[0] == made[17].id
    assert again.near._graph is None
    assert again.near.publish()


def test_a_generation_of_another_catalog_is_not_used(tmp_path):
    fill(opened(tmp_path / "a", 10), TEXTS[:20])
    opened(tmp_path / "a", 10).near.publish()
    fill(opened(tmp_path / "b", 10), list(reversed(TEXTS[:20])))
    shutil.copytree(tmp_path / "a/generations", tmp_path / "b/generations")
    shutil.copy(tmp_path / "a/CURRENT", tmp_path / "b/CURRENT")
    index = opened(tmp_path / "b", 10)
    nearest(index, TEXTS[3])
    assert index.near._graph is None


def test_another_embedding_model_makes_everything_wait_for_new_vectors(tmp_path):
    made = fill(opened(tmp_path), TEXTS[:5])
    nearest(opened(tmp_path), TEXTS[1])
    index = opened(tmp_path, embedder=HashEmbedder(16))
    assert index.nearest(HashEmbedder(16).embed(["topic"])[0], 3) == {}
    assert index.catalog.without_vectors(10) == [record.id for record in made]


def test_removed_words_and_vectors_are_in_no_file(tmp_path):
    index = opened(tmp_path, 10)
    made = fill(index, [*TEXTS, "the zanzibar constant is 42.195"])
    index.near.publish()
    last = made[-1]
    assert any(
        last.vectors[0].values[:16] in path.read_bytes() or b"zanzibar" in path.read_bytes() for path in files(tmp_path)
    )
    index.remove([last.id])
    for path in files(tmp_path):
        data = path.read_bytes()
        assert b"zanzibar" not in data.lower(), path
        assert last.vectors[0].values[:16] not in data, path
        assert unpack([last.vectors[0].values], 32).tobytes()[:32] not in data, path
    assert nearest(index, TEXTS[17])[0] == made[17].id


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_filters_are_exact(index):
    notes = fill(index, TEXTS[:20])
    other = records(["topic 3 is about thing3"], thread="work", tags=("a", "b"))[0]
    index.add([(other, "2026/11/01")])
    assert nearest(index, TEXTS[3], 5, Filter(thread="work")) == [other.id]
    assert nearest(index, TEXTS[3], 5, Filter(tags=["b"])) == [other.id]
    assert nearest(index, TEXTS[3], 5, Filter(tags=["b", "c"])) == []
    assert nearest(index, TEXTS[3], 5, Filter(kinds=["cell"])) == []
    late = START + timedelta(hours=18)
    assert set(nearest(index, TEXTS[3], 5, Filter(since=late))) == {notes[18].id, notes[19].id}
    assert set(nearest(index, TEXTS[3], 9, Filter(until=START + timedelta(hours=2), kinds=["note"]))) == {
        notes[0].id, notes[1].id, other.id,
    }  # fmt: skip
    assert [*index.sharing_words("thing3", 5, Filter(thread="work"))] == [
        chunk for chunk, *_ in index.catalog.chunks(other.id)
    ]


def test_adding_twice_is_adding_once(index):
    made = fill(index, TEXTS[:3])
    assert index.add([(made[0], "2026/11/01")]) == 0
    assert index.catalog.counts() == {"note": 3}


def test_words_are_stemmed_and_questions_need_no_syntax(index):
    made = fill(index, ["She was painting sunsets", 'say "hello" AND (NOT) world*', "nothing"])
    for query, expected in [("paintings of a sunset", 0), ('"hello" AND (', 1), ("world* NEAR/2", 1)]:
        (chunk, *_) = index.sharing_words(query, 3)
        assert index.lines([chunk])[chunk].record == made[expected].id
    assert index.sharing_words("the of and", 3) == {}
    assert index.sharing_words("", 3) == {}


def test_a_catalog_that_is_garbage_is_reported_as_damaged_not_crashed_on(tmp_path):
    index = opened(tmp_path)
    fill(index, TEXTS[:3])
    index.close()
    for path in tmp_path.glob("catalog.sqlite3*"):
        path.unlink()
    (tmp_path / "catalog.sqlite3").write_bytes(b"not a database at all" * 500)
    with pytest.raises(CorruptIndex):
        nearest(opened(tmp_path), TEXTS[1])


def test_ids_are_found_by_their_ending(index):
    made = fill(index, TEXTS[:5])
    assert index.catalog.ending_with(made[2].id[-8:].lower()) == [made[2].id]
    assert index.catalog.ending_with("ZZZZZZZZZZ") == []
