"""What can go wrong, as exceptions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ._compile import CompileError

__all__ = ["CompileError", "EngineError", "Place", "TidemillError"]


@dataclass(frozen=True)
class Place:
    """In a text of SQL; lines and columns count from 1."""

    source: str
    line: int
    column: int


class TidemillError(Exception):
    """
    A statement that cannot be run, or a job that failed. `code` is one of core/docs/errors.md; `place` says where in the SQL.

    >>> error = TidemillError("error[unknown-column]: bid has no column 'pricee'\\n  --> <sql>:1:8\\n  did you mean 'price'?")
    >>> error.code, error.place
    ('unknown-column', Place(source='<sql>', line=1, column=8))
    """

    def __init__(self, message: str) -> None:
        code = re.match(r"error\[([a-z0-9-]+)\]", message)
        place = re.search(r"-->\s*(.+?):(\d+):(\d+)", message)
        self.message = message
        self.code = code[1] if code else "error"
        self.place = Place(place[1], int(place[2]), int(place[3])) if place else None
        super().__init__(message)


class EngineError(TidemillError):
    """The engine could not be started, or is gone: `session.restart()` starts another."""


def from_arrow(error: BaseException) -> TidemillError:
    """Of what pyarrow raises, without what gRPC says of itself."""
    message = str(error)
    for behind in (". gRPC client debug context:", " gRPC client debug context:", ". Client context:", ". Detail:"):
        message = message.partition(behind)[0]
    found = re.search(r"error\[[a-z0-9-]+\]:", message)
    if found:
        return TidemillError(message[found.start() :])
    return EngineError(f"error[engine]: {message}") if re.search("unavailable|connect", message, re.IGNORECASE) else TidemillError(f"error[engine]: {message}")


def unreached(location: str, error: EngineError) -> EngineError:
    """Of a server elsewhere that gRPC has no connection to: why, as far as it can be told."""
    message = str(error)
    if re.search("certificate", message, re.IGNORECASE):
        why = "its certificate is signed by nobody that is trusted here, or is for another host\n  connect(…, tls_root_certs=open('ca.pem', 'rb').read()) trusts another"
    elif re.search("refused", message, re.IGNORECASE):
        why = "nobody listens there"
    elif re.search("socket closed|reset|goaway", message, re.IGNORECASE) and location.startswith("grpc://"):
        why = "it hangs up\n  A server with a certificate is grpc+tls://…"
    elif re.search("ssl|tls|handshake", message, re.IGNORECASE):
        why = "it speaks no TLS\n  A server without a certificate is grpc://…"
    else:
        why = message.removeprefix("error[engine]: ").rpartition("with message: ")[2]
    return EngineError(f"error[engine]: {location} cannot be reached: {why}")
