"""Runs the toolchain: componentize-py, fetched when it is first needed, and the engine's `udf build`."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .. import _engine

#: What makes components of Python; the interpreter in them is its own (3.14), whatever runs here.
COMPONENTIZE = "componentize-py==0.25.1"
COMPONENTIZE_SIZE = "17 MB"


class BuildError(Exception):
    """A component could not be made."""


def cache_folder() -> Path:
    """The user's cache, which the engine uses too."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tidemill"


def _place(source: str, name: str) -> Path:
    # what stands between the engine and the source is of the engine's version
    glue = (_engine.sdk() / "python" / "glue" / "glue.py").read_text(encoding="utf-8")
    digest = hashlib.sha256(f"{COMPONENTIZE}\n{name}\n{glue}\n{source}".encode()).hexdigest()
    return cache_folder() / "python" / f"{digest}.wasm"


def build_component(source: str, name: str, *, offline: bool = False) -> Path:
    """
    The component of a source text, made or found in the user's cache: `source` has a line `# @sql …` that says what `name` is in SQL.

    Raises BuildError with what the toolchain says, or where it would have to be fetched and may not be.
    """
    path = _place(source, name)
    if path.is_file():
        return path
    programs = _toolchain(offline)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tidemill-component-") as folder:
        file = Path(folder) / f"{name}.py"
        file.write_text(source, encoding="utf-8")
        made = Path(folder) / "made.wasm"
        environment = {**os.environ, "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", "")]), "PYTHONPATH": str(programs.parent)}
        command = [*_engine.command(), "udf", "build", str(file), "--out", str(made), "--no-bench"]
        done = subprocess.run([*command, *(["--offline"] if offline else [])], env=environment, capture_output=True, text=True, check=False)
        if not made.is_file() or done.returncode != 0:
            raise BuildError(f"{name} could not be made a component:\n{(done.stderr or done.stdout).strip()}")
        # whole or not at all: another process may look for it
        part = path.with_suffix(f".{os.getpid()}")
        shutil.copyfile(made, part)
        part.replace(path)
    return path


def _toolchain(offline: bool) -> Path:
    """The folder of componentize-py's program."""
    folder = cache_folder() / "toolchains" / COMPONENTIZE.replace("==", "-")
    programs = folder / "bin"
    if programs.is_dir():
        return programs
    own = shutil.which("componentize-py")
    if own is not None:
        return Path(own).parent
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(folder), COMPONENTIZE]
    if offline:
        raise BuildError(f"components need {COMPONENTIZE} ({COMPONENTIZE_SIZE}), which is not there, and nothing is fetched offline\n  {' '.join(command)}")
    part = folder.with_name(f"{folder.name}-{os.getpid()}")
    command[command.index(str(folder))] = str(part)
    print(f"tidemill: fetching {COMPONENTIZE} ({COMPONENTIZE_SIZE}), once, into {folder}", file=sys.stderr)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(part, ignore_errors=True)
        raise BuildError(f"{COMPONENTIZE} cannot be fetched:\n{done.stderr.strip()}")
    try:
        part.rename(folder)
    except OSError:
        # another process was quicker
        shutil.rmtree(part, ignore_errors=True)
    return programs
