"""Tells whether a program speaks to anyone but this computer, by what it asks of the operating system.

Two ways. Under strace, every call that names an address is written down and read here; it sees also what no hook in
Python does, such as a library's own threads in C++. In a network namespace of its own there is nothing but loopback, so
that whatever needs anything else fails.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_CALLS = "connect,sendto,sendmsg,sendmmsg"
_CALL = re.compile(r"^\s*(?:\d+ +)?(connect|sendto|sendmsg|sendmmsg)\(")
# strace shows no text that was sent (`-s 0`), so what looks like an address in a call is one.
_FAMILY = re.compile(r"sa_family=(\w+)([^}]*)")
_NUMBER = re.compile(r'inet_addr\("([^"]*)"\)|inet_pton\(AF_INET6, "([^"]*)"')
_WITHIN = ("AF_UNIX", "AF_LOCAL", "AF_NETLINK", "AF_UNSPEC")  # files, the kernel itself, and "forget the address"

_LOOPBACK_UP = """
import fcntl, os, socket, struct, sys
with socket.socket() as any:  # `ip link set lo up`, where there may be no `ip` (netdevice(7))
    fcntl.ioctl(any, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS, IFF_UP | IFF_RUNNING
os.execvp(sys.argv[1], sys.argv[1:])
"""

# Where one of these is set, onnxruntime does not report to its maker. No user has them set.
_MACHINES = (
    "CI", "TF_BUILD", "GITHUB_ACTIONS", "GITLAB_CI", "CIRCLECI", "TRAVIS", "JENKINS_URL", "CODEBUILD_BUILD_ID",
    "BUILDKITE", "TEAMCITY_VERSION", "APPVEYOR", "BITBUCKET_BUILD_NUMBER", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI",
    "ORT_RUNNING_UNIT_TESTS", "ORT_DISABLE_TELEMETRY",
)  # fmt: skip


def as_a_user() -> dict[str, str]:
    """Give this environment without what tells libraries that nobody is to be bothered here."""
    return {name: value for name, value in os.environ.items() if name not in _MACHINES}


def addresses(trace: Iterable[str]) -> Counter[str]:
    """Count what was spoken to, in strace's output: ``"127.0.0.1"``, ``"10.0.0.1"``, ``"AF_UNIX"`` …

    A call whose address cannot be read counts as itself, so that it is not taken for nothing.
    """
    seen: Counter[str] = Counter()
    for line in trace:
        if not _CALL.match(line):
            continue  # the end of a call that was shown before, a signal, or an exit
        named = _FAMILY.findall(line)
        for family, rest in named:
            number = _NUMBER.search(rest)
            if family in _WITHIN:
                seen[family] += 1
            elif family in ("AF_INET", "AF_INET6") and number:
                seen[number[1] or number[2]] += 1
            else:
                seen[line.strip()] += 1
        if not named and not _has_no_address(line):
            seen[line.strip()] += 1
    return seen


def outside(seen: Iterable[str]) -> list[str]:
    """Pick what is not this computer."""
    return sorted(one for one in seen if one not in _WITHIN and not _is_loopback(one))


def _is_loopback(shown: str) -> bool:
    try:
        address = ipaddress.ip_address(shown)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _has_no_address(line: str) -> bool:
    """Tell whether a call sends on a connection, and so names no address of its own."""
    return bool(
        re.search(r"sendto\(.*, NULL, 0(?:\)| <unfinished)", line)
        or re.search(r"sendmm?sg\(.*msg_name=NULL", line)
        or re.search(r"sendmm?sg\(\d+, (?:NULL|\[\])", line)
    )


def traced(command: list[str], into: Path, **rest) -> tuple[subprocess.CompletedProcess[str], Counter[str]]:
    """Run a program and all that it starts under strace; give how it ended, and what was spoken to."""
    done = subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "-s", "0", "-e", f"trace={_CALLS}", "-o", into, *command],
        check=False, capture_output=True, text=True, **rest,
    )  # fmt: skip
    with into.open(errors="replace") as lines:
        return done, addresses(lines)


@functools.cache
def _namespace() -> tuple[str, ...]:
    """Give the command that makes a network namespace here: as root, else as root of a user namespace."""
    for command in (("unshare", "--net"), ("unshare", "--net", "--map-root-user")):
        if (
            shutil.which("unshare")
            and not subprocess.run(
                [*command, sys.executable, "-c", _LOOPBACK_UP, "true"], check=False, capture_output=True
            ).returncode
        ):
            return command
    return ()


def alone(command: list[str]) -> list[str]:
    """Give the command that runs another with loopback and no other network; skip the test where that cannot be."""
    if not (namespace := _namespace()):
        pytest.skip(
            "no network namespace can be made here: run as root on Linux, or allow it to users "
            "(`sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0`)"
        )
    return [*namespace, sys.executable, "-c", _LOOPBACK_UP, *command]


def needs_strace() -> None:
    """Skip the test where strace cannot be used."""
    tried = ["strace", "-f", "--seccomp-bpf", "-e", "trace=connect", "-o", os.devnull, "true"]
    if not shutil.which("strace") or subprocess.run(tried, check=False, capture_output=True).returncode:
        pytest.skip("needs strace 5.3 or later, and the right to use it: `apt-get install strace`, Linux only")
