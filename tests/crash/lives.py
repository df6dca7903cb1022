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
from steps import TellingDisk  # beside this file, which is run on its own

WRITERS, READERS = 4, 2
PATIENCE = 30  # seconds that a life waits for the step it shall die at: a slow machine takes long to get there
TRIES = 5  # lives that wait for one step in vain before it is taken for a step that nobody gets to
WORDS = "kernel scaler frame merge column plot model error index query window batch metric".split()


class Log:
    """A file of acknowledgements, one a life: what is in it was written by one write, so it is whole."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def tell(self, sign: str, record_id: str, token: str) -> None:
        os.write(self.descriptor, f"{sign} {record_id} {token}\n".encode())


def opened(store: Path, die_at: str = "", count: int = 1, seen: list[str] | None = None) -> Opened:
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
        words = [token(chance) for _ in range(chance.choice((1, 1, 1, 5)))]
        texts = [f"{word} {' '.join(chance.choices(WORDS, k=4))}" for word in words]
        made = [fields.record({"text": text, "thread": "crash"}) for text in texts]
        kept = [parts.keep(made[0])] if len(made) == 1 else parts.keep_many(made)
        for record, word in zip(kept, words, strict=True):
            log.tell("+", record.id, word)
            mine.append((record.id, word))
        if chance.random() < 0.2:
            record_id, word = mine.pop(chance.randrange(len(mine)))
            log.tell("?", record_id, word)
            parts.forget([record_id])
            log.tell("-", record_id, word)
        if turn % 3 == 2:
            parts.indexer.catch_up()
            parts.index.lexical.publish()
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
    except BaseException:  # told to the test
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


class Crowd:
    """Writers and readers that are born and killed until enough have been."""

    def __init__(self, store: Path, seed: int, steps: list[str]) -> None:
        self.store = store
        self.seed = seed
        self.steps = steps
        self.errors = store.parent / "errors"
        self.alive: dict[int, tuple[str, str, float]] = {}  # kind, the step it dies at, when it is killed
        self.lives = 0
        self.killed: Counter[str] = Counter()
        self.tried: Counter[str] = Counter()
        self.died_at: Counter[str] = Counter()

    def fill(self) -> None:
        """Bear as many as are missing."""
        kinds = Counter(kind for kind, _, _ in self.alive.values())
        for kind in ["writer"] * (WRITERS - kinds["writer"]) + ["reader"] * (READERS - kinds["reader"]):
            self.lives += 1
            chance = random.Random(f"{self.seed} {self.lives}")
            # Two of three writers die at a step that few have died at, the others at any moment.
            step = ""
            if kind == "writer" and self.lives % 3:
                step = min(self.steps, key=lambda name: (self.died_at[name], self.tried[name]))
                self.tried[step] += 1
            child = life(lambda: self.live(kind, step, chance), self.errors)  # noqa: B023  # forked at once
            until = PATIENCE if step else chance.uniform(0.02, 0.5)
            self.alive[child] = (kind, step, time.monotonic() + until)

    def live(self, kind: str, step: str, chance: random.Random) -> None:
        if kind == "reader":
            read(opened(self.store), chance)
        else:
            log = Log(self.store.parent / "logs" / str(self.lives))
            count = chance.randint(1, 3) if self.died_at[step] else 1
            write(opened(self.store, step, count), chance, log)

    def reap(self) -> None:
        """Kill those whose time has come, and count the dead."""
        for child, (kind, step, until) in list(self.alive.items()):
            late = time.monotonic() > until
            if late:
                os.kill(child, signal.SIGKILL)
            ended, status = os.waitpid(child, 0 if late else os.WNOHANG)
            if ended:
                del self.alive[child]
                by_kill = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
                self.killed[kind if by_kill else "ended by itself"] += 1
                if by_kill and step and not late:
                    self.died_at[step] += 1

    def is_done(self, kills: int) -> bool:
        waiting = [step for step in self.steps if not self.died_at[step]]
        given_up = any(self.tried[step] > TRIES for step in waiting)
        return any(self.errors.iterdir()) or (self.killed.total() >= kills and (not waiting or given_up))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logs, errors = given.store.parent / "logs", given.store.parent / "errors"
    logs.mkdir()
    errors.mkdir()
    names = given.store.parent / "steps.json"

    def name_steps() -> None:
        names.write_text(json.dumps(every_step(given.store, random.Random(0), Log(logs / "first"))))

    os.waitpid(life(name_steps, errors), 0)  # in a child: this process opens nothing, and has no thread
    crowd = Crowd(given.store, given.seed, json.loads(names.read_text()))
    while not crowd.is_done(given.kills):
        crowd.fill()
        crowd.reap()
        time.sleep(0.002)
    for child in crowd.alive:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    report = {"lives": crowd.lives, "killed": crowd.killed, "died_at": crowd.died_at, "steps": crowd.steps}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
