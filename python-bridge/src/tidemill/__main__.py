"""The command line: `python -m tidemill run -c "SELECT 1"`."""

from __future__ import annotations

import subprocess
import sys

from ._engine import command


def main() -> int:
    """What `tidemill` does, with Node from this package's dependency."""
    try:
        return subprocess.run([*command(), *sys.argv[1:]], check=False).returncode
    except KeyboardInterrupt:
        # the engine has heard it too
        return 130


if __name__ == "__main__":
    sys.exit(main())
