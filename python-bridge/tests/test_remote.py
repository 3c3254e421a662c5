"""A server of `tidemill serve` over TLS, with a token: what works there, and what is said where it does not."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import tidemill as tm
from tidemill import _engine

TOKEN = "a-token-of-this-test"
START_SECONDS = 30


@dataclass
class Server:
    location: str
    certificate: bytes
    process: subprocess.Popen[str]

    def connect(self, token: str | None = TOKEN, certificate: bytes | None = None) -> tm.Session:
        return tm.connect(self.location, token=token, tls_root_certs=certificate or self.certificate)


def certificate_for(folder: Path, name: str) -> tuple[Path, Path]:
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


def started(folder: Path) -> Server:
    certificate, key = certificate_for(folder, "server")
    token = folder / "token"
    token.write_text(TOKEN)
    arguments = ["--flight-port", "0", "--token-file", str(token), "--tls-cert", str(certificate), "--tls-key", str(key), "--until-input-ends"]
    process = subprocess.Popen([*_engine.command(), "serve", *arguments], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        found = re.match(r"Arrow Flight SQL: \S+?://\S+:(\d+)", line)
        if found:
            return Server(f"grpc+tls://localhost:{found[1]}", certificate.read_bytes(), process)
    raise AssertionError("the server did not start")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = started(tmp_path_factory.mktemp("tls"))
    yield found
    if found.process.stdin is not None:
        found.process.stdin.close()
    found.process.wait(20)


@tm.udf
def plus_one(n: int) -> int:
    return n + 1


@tm.udf(mode="process")
def shouted(text: str) -> str:
    return text.upper()


@tm.udaf(mode="process")
class Longest:
    def __init__(self) -> None:
        self.found = ""

    def accumulate(self, text: str) -> None:
        self.found = max(self.found, text, key=len)

    def finish(self) -> str:
        return self.found


def test_rows_and_functions_over_tls(server: Server) -> None:
    with server.connect() as s:
        t = s.register("mine", {"n": [1, 2], "w": ["a", "bc"]})
        assert t.select(m=plus_one("n"), w=shouted("w")).to_pylist() == [{"m": 2, "w": "A"}, {"m": 3, "w": "BC"}]
        assert t.agg(y=Longest("w")).to_pylist() == [{"y": "bc"}]
    # what a session of the same token registered is not another's
    with server.connect() as other, pytest.raises(tm.TidemillError, match="mine"):
        other.table("mine")


def test_a_wrong_token_is_told(server: Server) -> None:
    for token in ("wrong", None):
        started_at = time.monotonic()
        with server.connect(token) as s, pytest.raises(tm.TidemillError, match=r"error\[unauthenticated\]: .*(token|authorization)"):
            s.sql("SELECT 1")
        assert time.monotonic() - started_at < 5


def test_a_wrong_certificate_is_told(server: Server, tmp_path: Path) -> None:
    other, _ = certificate_for(tmp_path, "other")
    started_at = time.monotonic()
    with server.connect(certificate=other.read_bytes()) as s, pytest.raises(tm.EngineError, match="its certificate is signed by nobody that is trusted here"):
        s.sql("SELECT 1")
    plain = server.location.replace("grpc+tls", "grpc")
    with tm.connect(plain, token=TOKEN) as s, pytest.raises(tm.EngineError, match=r"it hangs up\n  A server with a certificate is grpc\+tls://"):
        s.sql("SELECT 1")
    assert time.monotonic() - started_at < 30


def test_a_server_that_has_gone_is_told(tmp_path: Path) -> None:
    server = started(tmp_path)
    with server.connect() as s:
        assert s.sql("SELECT 1 AS n").to_pylist() == [{"n": 1}]
        server.process.kill()
        server.process.wait()
        with pytest.raises(tm.EngineError, match=r"grpc\+tls://localhost:\d+ cannot be reached: nobody listens there$") as raised:
            s.sql("SELECT 1")
        assert raised.value.code == "engine"


def test_tls_where_there_is_none(s: tm.Session) -> None:
    assert s._location is not None  # noqa: SLF001
    location = s._location.replace("grpc://", "grpc+tls://")  # noqa: SLF001
    with tm.connect(location, token="x") as other, pytest.raises(tm.EngineError, match=r"it speaks no TLS\n  A server without a certificate is grpc://"):
        other.sql("SELECT 1")
