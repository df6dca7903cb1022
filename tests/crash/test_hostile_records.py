"""No record file, however it was made, runs code, crashes, hangs, or takes more memory than its size explains."""

import io
import pickle

import hostile_canary
import hostile_programs
import pytest
from guarded import Guarded

from memo_jupyter.records import codec

GIGABYTE = 1 << 30


def test_twenty_thousand_hostile_records_give_a_record_or_one_clear_error(tmp_path, record_testsuite_property):
    found = Guarded(tmp_path, "hostile_records", seconds=20, memory=GIGABYTE).result()
    seen = found["seen"]
    assert found["wrong"] == []
    assert sum(seen.values()) >= 20_000
    # The checks behind the digest are really reached, and not everything is refused.
    assert seen["read"] > 500
    assert seen["StoreTooNew"] > 20
    summary = f"{sum(seen.values()):,} records: {seen}; slowest {found['slowest']}; hungriest {found['hungriest']}"
    record_testsuite_property("hostile records", summary)


@pytest.mark.parametrize("case", hostile_programs.calling(), ids=lambda case: case.name)
def test_the_unpickler_alone_runs_no_code_either(case):
    payload = io.BytesIO(case.data[codec._HEADER.size :])
    try:
        codec._PlainUnpickler(payload).load()
    except Exception as error:
        assert not isinstance(error, (ImportError, SystemExit))
    assert hostile_canary.sung == []


@pytest.mark.parametrize("code", ["cos\nmkdir\n", "(ihostile_canary\nBird\n", "\x8c\x0ehostile_canary\x8c\x04Bird\x93"])
def test_the_canary_would_sing(code):
    with pytest.raises(pickle.UnpicklingError, match="it names"):
        codec._PlainUnpickler(io.BytesIO(code.encode("latin-1") + b".")).load()
    pickle.loads(b"chostile_canary\nsing\n)R.")
    assert hostile_canary.sung
    hostile_canary.sung.clear()


def test_hostile_files_are_set_aside_and_the_rest_is_recalled(quick_folder):
    store = str(quick_folder / "store")
    found = Guarded(quick_folder, "hostile_store", store, "set_aside", seconds=60, memory=4 * GIGABYTE).result()
    assert found["wrong"] == []
    assert found["files"] >= 400
    assert found["aside"] == found["files"]


def test_well_formed_records_of_odd_values_stop_nothing(quick_folder):
    store = str(quick_folder)
    found = Guarded(quick_folder, "hostile_store", store, "valid", seconds=20, memory=4 * GIGABYTE).result()
    assert found["wrong"] == []
    assert found["files"] >= 80
