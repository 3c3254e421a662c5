"""The notebooks run from their first cell to the last, without an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


@pytest.mark.parametrize("name", sorted(each.stem for each in NOTEBOOKS.glob("*.ipynb")))
def test_notebook(name: str) -> None:
    if name == "kafka" and "KAFKA_BOOTSTRAP" not in os.environ:
        pytest.skip("it wants a broker: npm run test:servers starts one, or KAFKA_BOOTSTRAP names it")
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("text/html" in output.get("data", {}) for output in shown)
    assert all(output.output_type != "error" for output in shown)


def test_notebooks_are_what_their_sources_make() -> None:
    subprocess.run([sys.executable, str(NOTEBOOKS / "make.py"), "--check"], check=True)
