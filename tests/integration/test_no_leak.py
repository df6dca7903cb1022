"""Nothing leaves the computer: the suite of the notebook, watched from outside the program.

`test_privacy.py` asks Python's own audit hooks; what is found here, they cannot see.
"""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from outbound import addresses, alone, as_a_user, needs_strace, outside, traced

ROOT = Path(__file__).parents[2]
SUITE = [f"tests/integration/test_{name}.py" for name in ("notebook", "asking", "quickstart")]
"""The whole use of the notebook: the words of memo, questions answered by a real server, the first notebook."""

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not long"]

# Each speaks to addresses that nobody has (RFC 5737, RFC 3849), from loopback, from where no packet can go there.
SPEAKS_OUTWARDS = """
import contextlib, socket
for family, near, far in ((socket.AF_INET, "127.0.0.1", "192.0.2.1"), (socket.AF_INET6, "::1", "2001:db8::1")):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with contextlib.suppress(OSError), socket.socket(family, kind) as one:
            one.bind((near, 0))
            one.settimeout(1)
            one.connect((far, 443))
with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asks:
    asks.bind(("127.0.0.1", 0))
    asks.sendto(b"a question of a name server", ("192.0.2.53", 53))
with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asks:
    asks.bind(("127.0.0.1", 0))
    asks.sendmsg([b"sa_family=AF_INET, sin_addr=inet_addr(\\"198.51.100.9\\")"], [], 0, ("192.0.2.54", 53))
"""
STARTS_ANOTHER = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SPEAKS_OUTWARDS!r}], check=True)"

EMBEDS = """
import sys
from memo_jupyter import Memo
with Memo(sys.argv[1]) as memo:
    memo.remember("The robust scaler gave 0.71.")
    assert memo.recall("scaler")
"""

REACHES = """
import socket, sys
with socket.create_server(("127.0.0.1", 0)) as near:
    socket.create_connection(near.getsockname()).close()
try:
    socket.create_connection(("192.0.2.1", 443), timeout=5)
except OSError as error:
    sys.exit(error.errno)
"""


def passed(shown):
    """How many tests of a run passed."""
    found = re.search(r"(\d+) passed", shown)
    return int(found[1]) if found else 0


@pytest.mark.model
@pytest.mark.timeout(900)
def test_the_notebooks_whole_suite_passes_with_no_network_but_loopback(model_folder):
    done = subprocess.run(
        alone([*PYTEST, *SUITE]), cwd=ROOT, env=as_a_user(), check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert passed(done.stdout) > 20


@pytest.mark.model
@pytest.mark.timeout(900)
def test_the_notebooks_whole_suite_speaks_to_no_address_outside_loopback(tmp_path, model_folder):
    needs_strace()
    done, seen = traced([*PYTEST, *SUITE], tmp_path / "trace", cwd=ROOT, env=as_a_user())
    assert outside(seen) == []
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert passed(done.stdout) > 20
    # The kernels' own messages go over loopback: were there none, the trace would be of something else.
    assert seen["127.0.0.1"] > 100


@pytest.mark.model
def test_the_embedding_model_leaves_no_identifier_of_the_computer(tmp_path, model_folder):
    # onnxruntime keeps one beside what it is going to report; both are made as soon as it is imported.
    settings = {"MEMO_MODELS": str(model_folder), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run(
        [sys.executable, "-c", EMBEDS, str(tmp_path / "store")], check=True, cwd=ROOT, env=as_a_user() | settings
    )
    assert not [path for path in tmp_path.rglob("*") if "onnxruntime" in path.name or path.name == "Microsoft"]


def test_in_such_a_namespace_loopback_is_reached_and_nothing_else():
    done = subprocess.run(alone([sys.executable, "-c", REACHES]), check=False, capture_output=True, text=True)
    assert done.returncode == 101, done.stderr  # ENETUNREACH


@pytest.mark.parametrize("program", [SPEAKS_OUTWARDS, STARTS_ANOTHER], ids=["itself", "what it starts"])
def test_a_program_that_speaks_outwards_is_caught(tmp_path, program):
    needs_strace()
    done, seen = traced([sys.executable, "-c", program], tmp_path / "trace")
    assert done.returncode == 0, done.stderr
    expected = ["192.0.2.1", "192.0.2.53", "192.0.2.54"]
    if socket.has_ipv6 and "2001:db8::1" in seen:  # not where the kernel has none
        expected.append("2001:db8::1")
    # What only looks like an address, in the text that was sent, is none.
    assert outside(seen) == expected


def four(number, port=53):
    """An IPv4 address as strace shows it."""
    return f'{{sa_family=AF_INET, sin_port=htons({port}), sin_addr=inet_addr("{number}")}}'


def six(number):
    """An IPv6 address as strace shows it."""
    return (
        "{sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
        f'inet_pton(AF_INET6, "{number}", &sin6_addr), sin6_scope_id=0}}'
    )


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"7 connect(3, {four('127.0.0.1')}, 16) = 0", []),
        (f"7 connect(3, {four('10.0.0.1')}, 16) = 0", ["10.0.0.1"]),
        (f"connect(3, {four('9.9.9.9')}, 16 <unfinished ...>", ["9.9.9.9"]),
        (f"7 connect(3, {six('::1')}, 28) = 0", []),
        (f"7 connect(3, {six('2001:db8::1')}, 28) = -1 ENETUNREACH (Network is unreachable)", ["2001:db8::1"]),
        (f"7 connect(3, {six('::ffff:127.0.0.1')}, 28) = 0", []),
        (f"7 connect(3, {six('::ffff:10.0.0.1')}, 28) = 0", ["::ffff:10.0.0.1"]),
        ('7 connect(3, {sa_family=AF_UNIX, sun_path="/run/10.0.0.1"}, 110) = 0', []),
        ("7 connect(3, {sa_family=AF_UNSPEC, sa_data=...}, 16) = 0", []),
        ('7 sendto(3, ""..., 50, MSG_NOSIGNAL, NULL, 0) = 50', []),
        ('7 sendto(3, ""..., 50, MSG_NOSIGNAL, NULL, 0 <unfinished ...>', []),
        ("7 sendto(3, [{nlmsg_len=20}], 20, 0, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 20", []),
        (f'7 sendto(3, ""..., 50, 0, {four("8.8.8.8")}, 16) = 50', ["8.8.8.8"]),
        (f"7 sendmsg(3, {{msg_name={four('8.8.4.4')}, msg_namelen=16, msg_iov=[]}}, 0) = 3", ["8.8.4.4"]),
        ("7 sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[], msg_iovlen=1, msg_flags=0}, 0) = 3", []),
        (f"sendmmsg(3, [{{msg_hdr={{msg_name={four('127.0.0.1')}}}}}, {{msg_hdr={{msg_name={four('8.8.8.8')}}}}}], 2)",
         ["8.8.8.8"]),
        ("7 <... connect resumed>)            = 0", []),
        ("7 +++ exited with 0 +++", []),
    ],
)  # fmt: skip
def test_straces_lines_are_read(line, found):
    assert outside(addresses([line])) == found


@pytest.mark.parametrize(
    "line",
    [
        "7 connect(3, 0x7ffd5e8, 16) = -1 EFAULT (Bad address)",
        "7 connect(3, {sa_family=AF_VSOCK, svm_cid=VMADDR_CID_HOST, svm_port=1}, 16) = 0",
        "7 connect(3, {sa_family=AF_INET, sa_data=...}, 8) = 0",
        '7 sendto(3, ""..., 50, 0, 0x7ffd5e8, 16) = 50',
        "7 sendmsg(3, 0x7ffd5e8, 0) = 3",
    ],
)
def test_an_address_that_cannot_be_read_is_not_taken_for_none(line):
    assert outside(addresses([line])) == [line]
