"""
Makes the notebooks from sources/: `python make.py`. Cells begin with `# %%`, those of text with `# %% [markdown]`; lines of text and of magics stand behind
`# `, so that a source is a file of Python. `python make.py --check` says whether they are what the sources make.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebook(name: str, source: str) -> str:
    cells: list[dict[str, object]] = []
    for part in re.split(r"(?m)^# %%(?= \[|\n)", source)[1:]:
        title, _, body = part.partition("\n")
        text = body.strip("\n")
        cell: dict[str, object] = {"id": f"{name}-{len(cells)}", "metadata": {}}
        if title.strip() == "[markdown]":
            cell |= {"cell_type": "markdown", "source": lines(re.sub(r"(?m)^# ?", "", text))}
        else:
            whole = text.startswith("# %%")
            shown = re.sub(r"(?m)^# ", "", text) if whole else re.sub(r"(?m)^# (?=%\w)", "", text)
            cell |= {"cell_type": "code", "execution_count": None, "outputs": [], "source": lines(shown)}
        cells.append(cell)
    content = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def main() -> int:
    stale: list[str] = []
    for source in sorted((HERE / "sources").glob("*.py")):
        target = HERE / f"{source.stem}.ipynb"
        made = notebook(source.stem, source.read_text(encoding="utf-8"))
        if "--check" in sys.argv[1:]:
            if not target.is_file() or target.read_text(encoding="utf-8") != made:
                stale.append(target.name)
        else:
            target.write_text(made, encoding="utf-8")
    if stale:
        print(f"not what sources/ makes: {', '.join(stale)}; run python {Path(__file__).name}")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
