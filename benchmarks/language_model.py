"""What memo adds to asking a language model: until the first word, for each word, when stopped, and in finding it.

The floor is httpx itself with the same server and prompts of the same length, on one client that is kept. The server
is one that takes no time (`model_server.py`), in a process of its own; `--server URL` names a real one, for the first
word.

    python benchmarks/language_model.py [--n 100000] [--asked 200] [--server http://127.0.0.1:8080]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import httpx
import stores
from measuring import report, summary, timed
from texts import notes, questions

from memo_jupyter import Memo
from memo_jupyter.llm import discovery

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memo_jupyter.types import Message

_WORDS = 4000
_STOPS = 30


class Asking(Memo):
    """A `Memo` on a store of `stores.py`, asked with the real embedding model."""

    def _make_embedder(self) -> stores.BenchEmbedder:
        return stores.BenchEmbedder(real=True)


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Run the server that takes no time."""
    command = [sys.executable, str(Path(__file__).with_name("model_server.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101  # for the type checker: it is a pipe
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def bare(client: httpx.Client, url: str, messages: Sequence[Message], most: int) -> Iterator[float]:
    """Ask with httpx alone; give the moment of each word."""
    sent = [{"role": one.role, "content": one.content} for one in messages]
    body = {"model": "bench", "messages": sent, "stream": True, "max_tokens": most}
    with client.stream("POST", f"{url}/v1/chat/completions", json=body) as answered:
        for line in answered.iter_lines():
            if line.startswith("data: {") and json.loads(line[6:])["choices"][0]["delta"].get("content"):
                yield time.perf_counter()


def first_word(store: Path, url: str, asked: list[str], *, warm: int = 20) -> list[dict[str, Any]]:
    """Measure the time to the first word, with memo and without, in turn."""
    seconds: dict[str, list[float]] = {"httpx alone": [], "memo": []}
    with Asking(store, base_url=url, max_tokens=1, history=0, learning=False) as memo, _client() as client:
        for place, question in enumerate(asked):
            # Each question is asked once, in one way: what a server has cached of it must not help the other.
            if place % 2:
                prompt = memo.prepare(question)
                start = time.perf_counter()
                next(bare(client, url, prompt.messages, 1))
                seconds["httpx alone"].append(time.perf_counter() - start)
            else:
                start = time.perf_counter()
                answer = memo.ask(question, remember=False)
                next(iter(answer))
                seconds["memo"].append(time.perf_counter() - start)
                answer.close()
    found = {name: summary(values[warm:]) for name, values in seconds.items()}
    added = found["memo"]["p50_ms"] - found["httpx alone"]["p50_ms"]
    rows = [{"what": f"first word, {name}", **values} for name, values in found.items()]
    return [*rows, {"what": "first word, added by memo (aim 20)", "p50_ms": round(added, 3)}]


def long_answer(memo: Memo, client: httpx.Client, url: str, runs: int = 7) -> list[dict[str, Any]]:
    """Measure what a word of an answer of `_WORDS` takes, with memo and without."""
    with_memo, alone = [], []
    for _ in range(runs):
        prompt = memo.prepare("Why?", recall=False)
        alone.append(timed(lambda prompt=prompt: list(bare(client, url, prompt.messages, _WORDS))) / _WORDS)
        with_memo.append(timed(lambda: memo.ask("Why?", recall=False, remember=False).text) / _WORDS)
    found = {"httpx alone": summary(alone), "memo": summary(with_memo)}
    added = found["memo"]["p50_ms"] - found["httpx alone"]["p50_ms"]
    rows = [{"what": f"a word of {_WORDS:,}, {name}", **values} for name, values in found.items()]
    return [*rows, {"what": "a word, added by memo (aim 0.2)", "p50_ms": round(added, 4)}]


def stopping(memo: Memo, client: httpx.Client, url: str) -> list[float]:
    """Measure the time from `stop` until the server sees its connection closed; both processes read one clock."""
    delays = []
    for _ in range(_STOPS):
        answer = memo.ask("Go on for ever.", recall=False, remember=False)
        words = iter(answer)
        for _ in range(20):
            next(words)
        said = time.monotonic()
        threading.Thread(target=answer.stop).start()
        list(words)
        while (closed := client.get(f"{url}/closed").json()["at"]) < said:
            time.sleep(0.002)
        delays.append(closed - said)
    return delays


@contextlib.contextmanager
def hanging(number: int) -> Iterator[list[int]]:
    """Listen on so many ports, and never say a word."""
    with contextlib.ExitStack() as stack:
        listening = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        yield [one.getsockname()[1] for one in listening]


def finding() -> list[dict[str, Any]]:
    """Measure looking for servers where nobody is, and where all hang."""
    kinds = [kind for kind, _ in discovery.WELL_KNOWN]
    with hanging(len(kinds)) as ports:
        pass  # nobody listens on these any more
    with _looking_at(kinds, ports):
        dead = [timed(discovery.find_servers) for _ in range(20)]
    with hanging(len(kinds)) as ports, _looking_at(kinds, ports):
        hung = [timed(discovery.find_servers) for _ in range(10)]
    return [
        {"what": "discovery, nobody on any port (aim 300)", **summary(dead)},
        {"what": "discovery, every port hangs (aim 300)", **summary(hung)},
    ]


def _looking_at(kinds: list[str], ports: list[int]) -> contextlib.AbstractContextManager[Any]:
    return mock.patch.object(discovery, "WELL_KNOWN", tuple(zip(kinds, ports, strict=True)))


def _client() -> httpx.Client:
    return httpx.Client(trust_env=False, timeout=60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--asked", type=int, default=200)
    parser.add_argument("--server", default="")
    given = parser.parse_args()
    store = stores.ready(given.n)
    asked = questions(notes(min(given.n, 100_000)), 2 * given.asked + 40)
    rows: list[dict[str, Any]] = []
    with served() as url, _client() as client:
        rows += first_word(store, given.server or url, asked)
        with Asking(store, base_url=url, max_tokens=_WORDS, learning=False) as memo:
            rows += long_answer(memo, client, url)
            memo.max_tokens = 0
            rows.append({"what": "stop until the server sees it (aim 100)", **summary(stopping(memo, client, url))})
    report("language_model", [*rows, *finding()])


if __name__ == "__main__":
    main()
