"""A time-stamping authority on 127.0.0.1, made of ``openssl ts``: what the tests ask instead of a real one."""

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[stamping]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
basicConstraints = critical,CA:FALSE
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[req]
distinguished_name = name
[name]
"""

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(*words: object, folder: Path, stdin: bytes = b"") -> bytes:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    command = ["openssl", *map(str, words)]
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def make_authority(folder: Path, name: str = "Cap dau thoi gian thu nghiem") -> Path:
    """Make a root and a signer below it; return the folder. The root's certificate is ``root.pem``."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    cnf = ("-config", "tsa.cnf")
    openssl("req", "-x509", *_KEY, *cnf, "-extensions", "root", "-days", 3650, "-subj", f"/CN={name} goc",
            "-keyout", "root.key", "-out", "root.pem", folder=folder)  # fmt: skip
    openssl("req", "-new", *_KEY, *cnf, "-subj", f"/CN={name}", "-keyout", "tsa.key", "-out", "tsa.csr", folder=folder)
    openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", 7, "-days", 3650,
            "-extfile", "tsa.cnf", "-extensions", "stamping", "-out", "tsa.pem", folder=folder)  # fmt: skip
    return folder


@dataclass
class Authority:
    """``change`` spoils a reply before it is sent; ``asked`` keeps the requests."""

    folder: Path
    url: str = ""
    change: Callable[[bytes], bytes] = lambda reply: reply
    status: int = 200
    asked: list[bytes] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def answer(self, request: bytes) -> bytes:
        self.asked.append(request)
        (self.folder / "now.tsq").write_bytes(request)
        openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "now.tsq", "-out", "now.tsr", folder=self.folder)
        return self.change((self.folder / "now.tsr").read_bytes())


@contextmanager
def serving_stamps(authority: Authority) -> Iterator[Authority]:
    """Answer on loopback until the block ends."""

    class _Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            reply = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(authority.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    authority.url = f"http://127.0.0.1:{server.server_port}/tsa"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
