"""Processes that are killed at any moment, many at once on one store, take nothing with them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from dictionaries import UNREADABLE, words_under

from memo_jupyter.opened import Opened
from memo_jupyter.testing import HashEmbedder
from memo_jupyter.verify import verify

KILLS = 500
MANY_KILLS = 2000


def killed(tmp_path, kills):
    store = tmp_path / "store"
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("lives.py"), store, "--kills", str(kills)],
        check=False, capture_output=True, text=True, timeout=1800,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    errors = "\n".join(path.read_text() for path in (tmp_path / "errors").iterdir())
    assert not errors, errors
    return store, json.loads(done.stdout.splitlines()[-1])


def told(tmp_path):
    """Read the logs: what was acknowledged, what was about to be forgotten, what has been."""
    signs = {"+": {}, "?": {}, "-": {}}
    for path in (tmp_path / "logs").iterdir():
        for line in path.read_text().splitlines():
            sign, record_id, token = line.split()
            signs[sign][record_id] = token
    return signs["+"], signs["?"], signs["-"]


def tokens_on_disk(folder):
    found = set()
    for path in folder.rglob("*"):
        if path.is_file():
            found |= {token.decode() for token in re.findall(rb"tk[0-9a-f]{12}", path.read_bytes())}
    return found


@pytest.mark.parametrize("kills", [KILLS, pytest.param(MANY_KILLS, marks=pytest.mark.long)])
def test_what_was_acknowledged_outlives_every_kill_and_what_was_forgotten_stays_gone(tmp_path, kills):
    store, report = killed(tmp_path, kills)
    print(report)
    assert report["killed"]["writer"] + report["killed"]["reader"] >= kills
    assert report["killed"]["reader"] > kills // 10
    assert "ended by itself" not in report["killed"]
    # Every step of writing, publishing and forgetting was somebody's last.
    missing = set(report["steps"]) - set(report["died_at"])
    assert not missing
    written, forgetting, forgotten = told(tmp_path)
    assert len(written) > kills
    assert len(forgotten) > kills // 10

    parts = Opened(store, store / "index", HashEmbedder(16), 20)
    parts.rows(None, limit=1)  # opening compares the index with the records
    parts.indexer.catch_up()
    there = {record_id for day, _ in parts.store.days() for record_id in parts.store.ids(day)}
    for record_id, token in written.items():
        if record_id not in forgetting:
            assert parts.store.read(record_id).text.split()[0] == token
    assert not there & set(forgotten)
    for record_id in there:
        parts.store.read(record_id)
    assert parts.store.set_aside() == []
    assert verify(parts) == []
    assert {row.id for row in parts.rows(None)} == there
    assert parts.index.catalog.waiting() == 0
    gone = {token for record_id, token in forgotten.items()}
    assert not gone & tokens_on_disk(tmp_path / "store")
    words = words_under(tmp_path / "store")
    assert len(words) > 100
    assert UNREADABLE not in words
    assert not gone & words
    assert not [notice for notice in parts.notices if "damaged" in notice], parts.notices
    # Meaning and words find the same record.
    for record_id in sorted(there)[:: max(1, len(there) // 40)]:
        text = parts.store.read(record_id).text
        assert parts.search(text, 1)[0].record.text == text
    parts.close()
