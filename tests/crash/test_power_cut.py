"""Whatever a power cut leaves of the operations that were on their way, nothing acknowledged is lost."""

import power_cuts
import pytest
from guarded import Guarded

PARTS = 2
GIGABYTE = 1 << 30


def test_no_state_that_a_power_cut_may_leave_loses_or_brings_back_anything(quick_folder):
    workers = []
    for part in range(PARTS):
        folder = quick_folder / str(part)
        folder.mkdir()
        workers.append(
            Guarded(folder, "power_cuts", str(folder), str(part), str(PARTS), seconds=60, memory=4 * GIGABYTE)
        )
    found = [worker.result() for worker in workers]
    names = {name for one in found for name in one["names"]}
    assert {"create", "append", "sync", "rename", "unlink", "mkdir", "rmdir", "sync_folder"} <= names
    print(f"{found[0]['operations']} operations, {sum(one['states'] for one in found)} states")
    assert [wrong for one in found for wrong in one["wrong"]] == []
    assert sum(one["states"] for one in found) > 900


@pytest.mark.parametrize("step", ["sync", "sync_folder"])
def test_the_replay_finds_what_is_lost_if_a_step_is_left_out(quick_folder, monkeypatch, step):
    monkeypatch.setattr(power_cuts.RecordingDisk, step, lambda self, path: None)
    assert any(power_cuts.wrongs(quick_folder, power_cuts.run(quick_folder / "store", [])))
