"""Keeps what runs the embedding model from reporting to its maker.

From 1.29 on, the official builds of onnxruntime send events about every model that is loaded, and about the computer,
to `mobile.events.data.microsoft.com`, and keep an identifier of the computer in the user's cache folder
(https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md). This is on unless it is turned off, and Python's
audit hooks do not see it: it is done by threads of its own.
"""

from __future__ import annotations

import os
import sys


def turn_off_reports() -> None:
    """Turn them off in this process and in those that it starts. Call this before anything imports onnxruntime.

    If the user's own code has imported it before, its first report has been sent, and this prevents the others.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    imported = sys.modules.get("onnxruntime")
    if disable := getattr(imported, "disable_telemetry_events", None):
        disable()
