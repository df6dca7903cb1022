"""The process that reads files for another: a line of JSON in for each file, a line out for each part of it.

Readers of PDF, Word and HTML files have had endless loops and crashes again and again, and will have more. In a process
of their own, these cost one line on that file, and not the kernel with all that is in it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import sys
import warnings
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from memo_jupyter.documents.kinds import parts_of
from memo_jupyter.documents.part import MB, MOST_BYTES, Unreadable, digest
from memo_jupyter.records.disk import contents

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMORY = 3000 * MB
_SECONDS = 600  # of computing, after which a file is given up even if the process that waits for it is gone


def serve() -> None:
    """Read files until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that waits; it ends this process
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # nothing that a library prints gets among the parts
    _limit("RLIMIT_AS", _MEMORY)
    for line in sys.stdin.buffer:
        _limit("RLIMIT_CPU", int(sum(os.times()[:2])) + _SECONDS)
        for answer in answers(json.loads(line)):
            _write(out, answer)


def answers(path: str) -> Iterator[dict[str, Any]]:
    """Read one file: an answer for each part, then one with the file's `digest`, or with the `problem`."""
    try:
        data = _contents(Path(path))
        for part in parts_of(path, data):
            yield {"text": part.text, "where": dict(part.where), "code": part.code, "outputs": part.outputs,
                   "tags": part.tags}  # fmt: skip
        yield {"digest": digest(data)}
    except Unreadable as error:
        yield {"problem": str(error)}
    except MemoryError:
        yield {"problem": "it takes more memory than a document may"}
    except RecursionError:
        yield {"problem": "it is nested too deeply"}
    except Exception as error:
        yield {"problem": f"it is damaged ({type(error).__name__}: {' '.join(str(error).split())[:120]})"}


def _contents(path: Path) -> bytes:
    try:
        return contents(path, MOST_BYTES)
    except ValueError:
        with contextlib.suppress(OSError):
            if path.is_file():
                size = path.stat().st_size
                raise Unreadable(f"it has {size / MB:,.0f} MB, and may have {MOST_BYTES // MB}") from None
        raise Unreadable("it is not a file") from None
    except OSError as error:
        raise Unreadable(f"it cannot be read ({error.strerror})") from None


def _limit(name: str, most: int) -> None:
    try:
        import resource  # noqa: PLC0415  # not on every system
    except ImportError:
        return
    with contextlib.suppress(ValueError, OSError):  # the system's own limit is lower
        kind = getattr(resource, name)
        resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))


def _write(out: IO[bytes], answer: dict[str, Any]) -> None:
    out.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
    out.flush()
