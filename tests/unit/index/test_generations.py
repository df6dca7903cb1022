"""Generations that are replaced just when somebody reads them."""

import numpy as np
import pytest

from memo_jupyter.errors import CorruptIndex
from memo_jupyter.index.dense import Graph
from memo_jupyter.index.generations import Generations, Manifest


def published(generations, digests, label):
    graph = Graph(8)
    graph.add(np.arange(1, label + 1), np.eye(8, dtype=np.float32)[:label])
    return generations.publish(graph, Manifest("me", "hash-8", 8, label), digests.__setitem__)


def loaded(generations, digests):
    return generations.load("me", "hash-8", 8, digests.get)


def test_one_whose_files_go_while_it_is_loaded_is_replaced_not_damaged(tmp_path, monkeypatch):
    generations, digests = Generations(tmp_path), {}
    published(generations, digests, 2)
    load = Graph.load

    def load_late(path, dim):
        monkeypatch.setattr(Graph, "load", load)
        published(generations, digests, 3)
        path.parent.mkdir()  # another process removes files first, then their folder
        return load(path, dim)

    monkeypatch.setattr(Graph, "load", load_late)
    manifest, graph = loaded(generations, digests)
    assert (manifest.label, len(graph)) == (3, 3)


def test_the_live_one_without_its_graph_is_damaged(tmp_path):
    generations, digests = Generations(tmp_path), {}
    name = published(generations, digests, 2)
    (tmp_path / "generations" / name / "dense.hnsw").unlink()
    with pytest.raises(CorruptIndex, match="missing"):
        loaded(generations, digests)
