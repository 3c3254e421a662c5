"""Statements at work: jobs, and how far a query has come."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._results import Text
from .errors import TidemillError

if TYPE_CHECKING:
    from .session import Session

#: Between two looks at what a query has read; and before the first.
PROGRESS_SECONDS = 0.5
PROGRESS_AFTER_SECONDS = 2.0


class Job:
    """An INSERT: done, or going on in the engine."""

    def __init__(self, session: Session, name: str, rows: int | None) -> None:
        self._session = session
        self.name = name
        #: Rows written, if the job has ended.
        self.rows = rows

    @property
    def running(self) -> bool:
        return bool(self._ask("job").get("running"))

    @property
    def error(self) -> TidemillError | None:
        """What it failed with; `wait()` raises it."""
        found = self._ask("job").get("error")
        return None if found is None else TidemillError(str(found))

    @property
    def progress(self) -> Mapping[str, Any]:
        """What it has read and written so far."""
        return self._ask("job")["progress"]

    def wait(self) -> None:
        """Until it ends; an interrupt leaves it running."""
        self._ask("job", wait=True)

    def why(self) -> str:
        """What it waits for."""
        found = self._ask("why")
        return Text("\n".join([str(found["reason"]), *(str(each) for each in found["details"] or [])]))

    def savepoint(self, directory: str) -> str:
        return str(self._ask("savepoint", savepoint=os.path.abspath(directory))["savepoint"])

    def stop(self, *, savepoint: str | None = None, drain: bool = False) -> None:
        """In order: with a last checkpoint, or at a savepoint."""
        place = {} if savepoint is None else {"savepoint": os.path.abspath(savepoint)}
        self._ask("stop", drain=drain, **place)

    def cancel(self) -> None:
        """At once."""
        self._ask("stop", cancel=True)

    def _ask(self, action: str, **body: Any) -> Mapping[str, Any]:
        return self._session._action(action, job=self.name, **body)  # pyright: ignore[reportPrivateUsage]

    def __repr__(self) -> str:
        if self.rows is not None:
            return f"<tidemill job {self.name!r}: {self.rows} rows written>"
        try:
            asked = self._ask("job")
        except TidemillError:
            # its session has ended
            return f"<tidemill job {self.name!r}>"
        state = "running" if asked["running"] else "failed" if "error" in asked else "ended"
        failure = f"\n{asked['error']}" if "error" in asked else ""
        return f"<tidemill job {self.name!r}: {state}, {asked['progress']['rowsWritten']} rows written>{failure}"


class Progress:
    """A bar of the rows that a query has read."""

    def __init__(self, session: Session, wanted: bool | None) -> None:
        self._session = session
        self._wanted = wanted
        self._next = time.monotonic() + (0 if wanted else PROGRESS_AFTER_SECONDS)
        self._bar: Any = None

    def update(self) -> None:
        now = time.monotonic()
        if self._wanted is False or now < self._next:
            return
        self._next = now + PROGRESS_SECONDS
        if self._bar is None:
            self._bar = _bar(self._wanted is True)
            if self._bar is None:
                self._wanted = False
                return
        running = self._session._action("jobs")["jobs"]  # pyright: ignore[reportPrivateUsage]
        if running:
            self._bar.n = running[-1]["progress"]["rowsRead"]
            self._bar.refresh()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _bar(wanted: bool) -> Any:
    """In a notebook with ipywidgets as one of these, else as text; None without tqdm. Without a terminal or a notebook there is nobody to look."""
    try:
        import tqdm
    except ImportError:
        return None
    shell = sys.modules.get("IPython")
    in_notebook = shell is not None and hasattr(shell.get_ipython(), "kernel")
    kind: Any = tqdm.tqdm
    if in_notebook and importlib.util.find_spec("ipywidgets") is not None:
        from tqdm import notebook

        kind = notebook.tqdm
    return kind(unit=" rows", unit_scale=True, disable=False if wanted or in_notebook else None, leave=False)
