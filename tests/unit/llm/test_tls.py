"""A server that speaks https: whose certificate is trusted, and what is said if it is not."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading

import pytest
from scripted_server import reply, serving

from memo_jupyter.errors import LLMError, ServerUnreachable
from memo_jupyter.llm.transport import Transport

KEY = "sk-very-secret"


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    """Make a certificate that is signed by itself; give its file, and what a server needs to show it."""
    if not shutil.which("openssl"):
        pytest.skip("needs the program openssl, to make a certificate")
    folder = tmp_path_factory.mktemp("tls")

    def make(names):
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
             "2", "-subj", "/CN=a test", "-addext", f"subjectAltName={names}", "-out", certificate, "-keyout", key],
            check=True, capture_output=True,
        )  # fmt: skip
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        return certificate, tls

    return make


def refused(server, **rest):
    with pytest.raises(ServerUnreachable) as caught:
        Transport(server.base_url, api_key=KEY, **rest).ask("/a", {"prompt": "private"})
    assert "\n" not in str(caught.value)
    assert server.base_url in str(caught.value)
    assert server.requests == []
    return str(caught.value)


def test_a_certificate_that_is_signed_by_itself_is_one_line_that_says_what_to_do(signed, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    _, tls = signed("IP:127.0.0.1")
    with serving({"/a": reply({})}, tls=tls) as server:
        line = refused(server)
    assert "is not trusted on this computer: self-signed certificate" in line.replace("self signed", "self-signed")
    assert line.endswith("SSL_CERT_FILE.")
    assert "_ssl.c" not in line


def test_doing_what_that_line_says_helps(signed, monkeypatch):
    certificate, tls = signed("IP:127.0.0.1,DNS:localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving({"/a": reply({"x": 1})}, tls=tls) as server:
        assert Transport(server.base_url, api_key=KEY).ask("/a") == {"x": 1}
        # Connected to by number, and the certificate is for the name.
        assert Transport(f"https://localhost:{server.port}").ask("/a") == {"x": 1}


def test_a_certificate_for_another_name_is_not_enough(signed, monkeypatch):
    certificate, tls = signed("DNS:elsewhere.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving({"/a": reply({})}, tls=tls) as server:
        assert "not valid for '127.0.0.1'" in refused(server)


def test_plain_http_to_a_server_that_speaks_https_is_one_line(signed):
    _, tls = signed("IP:127.0.0.1")
    with serving({"/a": reply({})}, tls=tls) as server, pytest.raises(LLMError) as caught:
        Transport(f"http://127.0.0.1:{server.port}").ask("/a")
    assert "\n" not in str(caught.value)
    assert server.requests == []


def test_https_to_a_server_without_it_says_where_most_are():
    with serving() as server, pytest.raises(ServerUnreachable, match="Most local servers are at http://") as caught:
        Transport(f"https://127.0.0.1:{server.port}").ask("/a")
    assert "\n" not in str(caught.value)


def test_a_handshake_that_nobody_answers_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        left = threading.Event()

        def hold():
            connection, _ = listening.accept()
            with connection:
                left.wait(30)

        thread = threading.Thread(target=hold)
        thread.start()
        with pytest.raises(ServerUnreachable, match="Nothing answers at https://"):
            Transport(f"https://127.0.0.1:{listening.getsockname()[1]}", timeout=0.2).ask("/a")
        left.set()
        thread.join()
