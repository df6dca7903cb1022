"""Lives that end by SIGKILL: writers and readers of one store, forked from this process, which has opened nothing.

    python tests/crash/lives.py STORE --kills 500 --seed 1

Every `+` in a log was acknowledged; every `?` was about to be forgotten, every `-` has been. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from memo_jupyter import fields
from memo_jupyter.opened import Opened
from memo_jupyter.testing import HashEmbedder

sys.path.insert(0, str(Path(__file__).parent))
from steps import TellingDisk  # noqa: E402  # beside this file, which is run on its own

WRITERS, READERS = 4, 2
WORDS = "kernel scaler frame merge column plot model error index query window batch metric".split()


class Log:
    """A file of acknowledgements, one a life: what is in it was written by one write, so it is whole."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def tell(self, sign: str, record_id: str, token: str) -> None:
        os.write(self.descriptor, f"{sign} {record_id} {token}\n".encode())


def opened(store: Path, die_at: str | None = None, count: int = 1, seen: list[str] | None = None) -> Opened:
    left = [count]

    def at(moment, step, path):
        name = disk.named(moment, step, path)
        if seen is not None:
            seen.append(name)
        if name == die_at:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    disk = TellingDisk(store, at)
    return Opened(store, store / "index", HashEmbedder(16), 6, disk)


def token(chance: random.Random) -> str:
    return f"tk{chance.getrandbits(48):012x}"


def write(parts: Opened, chance: random.Random, log: Log, times: int = 10**9) -> None:
    mine: list[tuple[str, str]] = []
    for turn in range(times):
        word = token(chance)
        text = f"{word} {' '.join(chance.choices(WORDS, k=4))}"
        record = parts.keep(fields.record({"text": text, "thread": "crash"}))
        log.tell("+", record.id, word)
        mine.append((record.id, word))
        if chance.random() < 0.2:
            record_id, word = mine.pop(chance.randrange(len(mine)))
            log.tell("?", record_id, word)
            parts.forget([record_id])
            log.tell("-", record_id, word)
        if turn % 3 == 2:
            parts.indexer.catch_up()
            parts.index.near.publish()


def read(parts: Opened, chance: random.Random) -> None:
    while True:
        for hit in parts.search(" ".join(chance.choices(WORDS, k=2)), 5):
            assert hit.record.text.startswith("tk"), hit
        told = [notice for notice in parts.notices if "still being indexed" not in notice]
        assert not told, told
        parts.notices.clear()


def life(work, errors: Path) -> int:
    """Fork a process that works until it is killed; whatever goes wrong in it is written down."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:  # noqa: BLE001  # told to the test
        (errors / f"{os.getpid()}").write_text(traceback.format_exc(), "utf-8")
    os._exit(0)


def every_step(store: Path, chance: random.Random, log: Log) -> list[str]:
    """Name every step of a life on a store that is there, by living two to the end."""
    seen: list[str] = []
    for _ in range(2):
        seen.clear()
        parts = opened(store, seen=seen)
        write(parts, chance, log, 60)
        parts.close()
    return sorted(set(seen))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    logs, errors = given.store.parent / "logs", given.store.parent / "errors"
    logs.mkdir()
    errors.mkdir()
    # In a child, so that this process stays one that has opened nothing, and has no thread.
    names = given.store.parent / "steps.json"
    first = life(
        lambda: names.write_text(json.dumps(every_step(given.store, random.Random(0), Log(logs / "first")))), errors
    )
    os.waitpid(first, 0)
    steps = json.loads(names.read_text())
    chance.shuffle(steps)
    alive: dict[int, tuple[str, float]] = {}
    killed: Counter[str] = Counter()
    died_at: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    lives = 0
    while sum(killed.values()) < given.kills or (set(steps) - set(died_at) and lives < 2 * given.kills):
        kinds = Counter(kind.split(":")[0] for kind, _ in alive.values())
        while kinds["writer"] < WRITERS or kinds["reader"] < READERS:
            lives += 1
            own = random.Random(f"{given.seed} {lives}")
            if kinds["writer"] < WRITERS:
                # Two of three die at a step of their own choice, the rest at any moment.
                step = min(steps, key=lambda name: (died_at[name], tried[name])) if lives % 3 else None
                tried[step or ""] += 1
                log = Log(logs / str(lives))
                count = own.randint(1, 3)
                work = lambda step=step, own=own, log=log, count=count: write(  # noqa: E731
                    opened(given.store, step, count), own, log
                )
                kind = f"writer:{step or ''}"
            else:
                work = lambda own=own: read(opened(given.store), own)  # noqa: E731
                kind = "reader:"
            alive[life(work, errors)] = (kind, time.monotonic() + own.uniform(0.02, 0.5) + (3 if kind[7:] else 0))
            kinds[kind.split(":")[0]] += 1
        for child, (kind, until) in list(alive.items()):
            if time.monotonic() > until:
                os.kill(child, signal.SIGKILL)
            ended, status = os.waitpid(child, os.WNOHANG if time.monotonic() <= until else 0)
            if ended:
                del alive[child]
                if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
                    killed[kind.split(":")[0]] += 1
                    if time.monotonic() <= until:
                        died_at[kind.split(":", 1)[1]] += 1
                else:
                    killed["ended by itself"] += 1
        if any(errors.iterdir()):
            break
        time.sleep(0.002)
    for child in alive:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    print(json.dumps({"lives": lives, "killed": killed, "died_at": died_at, "steps": steps}))


if __name__ == "__main__":
    main()
