"""Kernels that are killed, asked to end or told to: no cell is lost that was handed over a second before."""

import os
import random
import signal
import time

import pytest
from busy import LOAD, Busy

from memo_jupyter import Memo
from memo_jupyter.records.store import RecordStore

pytestmark = pytest.mark.model

KILLS = 20
MANY_KILLS = 200
A_STORE = 10  # kernels that use a store, one after the other
SEED = 20261130


def cells(token, rng):
    """Give the cells of a busy session without end, with the text that each shows."""
    yield "count = 0", "first", ""
    number = 0
    while True:
        number += 1
        name = f"{token}_{number}"
        kind = rng.choice(["print", "print", "value", "error", "again", "same", "large", "sleep", "sleep"])
        if kind == "print":
            yield f"print('{name}')", name, name
        elif kind == "value":
            yield f"'{name}' + ' is the value'", name, f"'{name} is the value'"
        elif kind == "error":
            yield f"raise ValueError('{name}')", name, f"ValueError: {name}"
        elif kind == "again":  # one cell, run again and again with another result
            yield f"count += 1; print('{token} run', count)", f"{token}-again", None
        elif kind == "same":  # one cell, run again and again with the same result
            yield f"print('{token} as ever')", f"{token}-same", f"{token} as ever"
        elif kind == "large":
            yield f"print('{name}'); print('x' * 300_000)", name, name
        else:
            yield f"import time; time.sleep(0.05); print('{name} slept')", name, f"{name} slept"


def live(folder, model_folder, token, rng):
    """Let a kernel work until it is killed; give what it has replied to and when it was killed."""
    expected = []
    with Busy(folder, model_folder) as kernel:
        kernel.run(LOAD)
        timer, killed = kernel.signal_after(rng.uniform(0.2, 4.0), signal.SIGKILL)
        again = 0
        for code, cell, told in cells(token, rng):
            ran = kernel.run(code, cell)
            if ran is None:
                break
            again += told is None
            expected.append((ran.at, code, f"{token} run {again}" if told is None else told))
        timer.join()
    return expected, killed[0]


def records_of(store):
    """Read every record of a store from its file."""
    opened = RecordStore(store)
    return [opened.read(one) for day, _ in opened.days() for one in opened.ids(day)]


def lost(expected, until, records):
    """Give the cells that ended before `until` and are not there: each by its code and what it showed."""
    there = {}
    for record in records:
        there.setdefault(record.code, []).append(record)
    missing, wanted = [], {}
    for at, code, told in expected:
        if at > until:
            continue
        wanted[code, told] = wanted.get((code, told), 0) + 1
    for (code, told), times in wanted.items():
        found = [record for record in there.get(code, ()) if told in (record.outputs or "").split("\n")]
        if sum(int(record.source.get("runs", 1)) for record in found) < times:
            missing.append((code, told, times))
    return missing


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kills", [KILLS, pytest.param(MANY_KILLS, marks=pytest.mark.long)])
def test_no_cell_that_ended_a_second_before_a_kill_is_lost(tmp_path, model_folder, kills):
    rng = random.Random(SEED)
    counts = {"kills": 0, "cells": 0, "a second before": 0, "lost": 0, "later": 0, "of these kept": 0, "rows mended": 0}
    for kill in range(kills):  # one kernel after the other on one store, as a user's are
        token = f"K{kill}"
        folder = tmp_path / f"store of {kill // A_STORE}"
        folder.mkdir(exist_ok=True)
        store = folder / "store"
        expected, killed = live(folder, model_folder, token, rng)
        records = records_of(store) if store.exists() else []
        missing = lost(expected, killed - 1.0, records)
        late = [one for one in expected if one[0] > killed - 1.0]
        counts["kills"] += 1
        counts["cells"] += len(expected)
        counts["a second before"] += len(expected) - len(late)
        counts["lost"] += len(missing)
        counts["later"] += len(late)
        counts["of these kept"] += len(late) - len(lost(late, killed, records))
        assert not missing, (token, missing)
        with Memo(store, models=str(model_folder)) as memo:
            amiss = memo.verify()
            # One whose count or place was written, but not yet its row, is mended: the record is the truth.
            assert all("did not agree" in line for line in amiss), (token, amiss)
            counts["rows mended"] += len(amiss)
            assert memo.verify() == [], token
            assert memo.stats()["damaged"] == []
        print(counts, flush=True)
    assert counts["a second before"] > 5 * kills
    assert counts["rows mended"] <= kills / 20

    # What was being written when its kernel died is swept an hour later, by whoever writes first.
    for path in (store / "tmp").iterdir():
        os.utime(path, (time.time() - 3601,) * 2)
    with Memo(store, models=str(model_folder)) as memo:
        memo.remember("The one that sweeps.")
        assert list((store / "tmp").iterdir()) == []
        assert memo.verify() == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
@pytest.mark.parametrize("before", [1, 40])
def test_a_second_is_enough_for_the_first_cell_of_a_kernel_and_for_many(tmp_path, model_folder, before, number):
    with Busy(tmp_path, model_folder) as kernel:
        kernel.run(LOAD)
        for cell in range(before):
            kernel.run(f"print('cell {cell}')", f"c{cell}")
        time.sleep(max(0.0, kernel.ran[-1].at + 1.0 - time.monotonic()))
        os.kill(kernel.pid, number)
        kernel.wait_for_end()
    outputs = {record.outputs for record in records_of(tmp_path / "store")}
    assert outputs == {f"cell {cell}" for cell in range(before)}


@pytest.mark.parametrize("before", [1, 40])
def test_a_kernel_that_is_shut_down_right_after_its_last_cell_loses_none(tmp_path, model_folder, before):
    with Busy(tmp_path, model_folder) as kernel:
        kernel.run(LOAD)
        for number in range(before):
            kernel.run(f"print('cell {number}')", f"c{number}")
        kernel.ask_to_shut_down()
    outputs = {record.outputs for record in records_of(tmp_path / "store")}
    assert outputs == {f"cell {number}" for number in range(before)}
    with Memo(tmp_path / "store", models=str(model_folder)) as memo:
        assert memo.verify() == []
