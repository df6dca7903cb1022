import os
import sys
from types import SimpleNamespace

import pytest

from memo_jupyter.embed.reports import turn_off_reports


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")


def test_reports_are_turned_off_before_onnxruntime_is_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    turn_off_reports()
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
    assert "onnxruntime" not in sys.modules


def test_where_the_user_has_imported_it_before_the_reports_to_come_are_turned_off(monkeypatch):
    called = []
    monkeypatch.setitem(
        sys.modules, "onnxruntime", SimpleNamespace(disable_telemetry_events=lambda: called.append(True))
    )
    turn_off_reports()
    assert called == [True]


def test_a_build_that_cannot_report_is_no_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", SimpleNamespace())
    turn_off_reports()
