"""Nothing leaves the computer: every connection that a session makes is written down by an audit hook."""

import json
import socket
import subprocess
import sys
import threading

import pytest
from kernels import Kernel
from scripted_server import delta, reply, serving, stream

pytestmark = pytest.mark.model

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
EXCEPTIONS = {"NO_PROXY": "", "no_proxy": ""}  # else this computer's own may hide what is tested

SESSION = """
import json, sys
seen = []
def hook(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        seen.append([event, str(args[1] if event.startswith("socket.connect") else args[0])])
sys.addaudithook(hook)
from memo_jupyter import Memo
with Memo(sys.argv[1]) as memo:
    memo.remember("The robust scaler gave 0.71.")
    memo.remember_many(["one", "two"], progress=False)
    answer = memo.ask("Which scaler?").text
    memo.recall("scaler")
    memo.verify()
    memo.stats()
print(json.dumps([answer, seen]))
"""


def test_a_whole_session_connects_to_loopback_only_and_ignores_proxies(tmp_path, model_folder):
    with socket.socket() as proxy:
        proxy.bind(("127.0.0.1", 0))
        proxy.listen()
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        reached = []
        threading.Thread(target=lambda: reached.append(proxy.accept()), daemon=True).start()
        proxies = dict.fromkeys(PROXIES, address) | EXCEPTIONS
        done = subprocess.run(
            [sys.executable, "-c", SESSION, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120,
            env={**proxies, "MEMO_MODELS": str(model_folder), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
    answer, seen = json.loads(done.stdout)
    assert "0.71" in answer
    assert not reached
    outside = [one for one in seen if not any(near in one[1] for near in ("127.0.0.1", "::1", "localhost"))]
    assert outside == []
    assert seen, "the hook saw nothing at all, so this test proves nothing"


def test_a_session_works_with_no_network_at_all(tmp_path, model_folder):
    if (
        sys.platform != "linux"
        or subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("needs Linux and the right to make a network namespace (`unshare -rn true`)")
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", SESSION, str(tmp_path)],
        capture_output=True, text=True, check=True, timeout=120,
        env={"MEMO_MODELS": str(model_folder), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert "0.71" in json.loads(done.stdout)[0]


def test_a_question_asked_in_a_kernel_passes_by_every_proxy(tmp_path, model_folder):
    answers = {
        "/v1/models": reply({"object": "list", "data": [{"id": "tiny", "object": "model", "owned_by": "someone"}]}),
        "/v1/chat/completions": stream(delta("The robust one [1]."), delta(None, "stop")),
    }
    with serving() as trap, serving(answers) as server:
        settings = dict.fromkeys(PROXIES, trap.base_url) | EXCEPTIONS
        settings |= {"MEMO_MODELS": str(model_folder), "MEMO_BASE_URL": server.base_url, "MEMO_MODEL": ""}
        with Kernel(tmp_path, **settings) as kernel:
            kernel.run("%load_ext memo")
            kernel.run("%memo remember The robust scaler beat the standard scaler on the churn data.")
            shown = kernel.run("%%memo\nWhich scaler was better?")
            assert shown.error is None
            assert "The robust one [1]." in shown.markdown[0]
            assert kernel.run("%memo status").error is None
            # A name is refused before anybody, a proxy too, is asked what it means.
            kernel.run("%config Memo.base_url = 'http://example.com'")
            assert "MEMO_ALLOW_HOSTS" in kernel.run("%%memo\nWhich scaler?").traceback
            assert trap.connections == 0
            # The trap is one: what heeds the variables walks into it.
            kernel.run("import urllib.request as r\ntry: r.urlopen('http://192.0.2.1/')\nexcept OSError: pass")
            assert trap.connections == 1
    assert "churn data" in json.dumps(server.asked("/v1/chat/completions")[0].body)
