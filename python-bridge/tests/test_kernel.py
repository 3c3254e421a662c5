"""The interrupt button, in a real kernel of Jupyter: the cell ends at once, the engine lives, and the next cell works."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("ipykernel")
from jupyter_client.manager import KernelManager  # noqa: E402

START_SECONDS = 60
#: Between an interrupt and the end of its cell.
INTERRUPT_SECONDS = 2.0

SETUP = """
import time
import tidemill as tm
s = tm.connect()
s.sql("CREATE TABLE endless (k BIGINT, v INT) WITH ('connector' = 'datagen', 'rows-per-second' = '500', 'fields.v.min' = '0', 'fields.v.max' = '3')")
s.sql("CREATE TABLE slow (k BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10', 'number-of-rows' = '100000')")
s.sql("CREATE TABLE sink (k BIGINT) WITH ('connector' = 'blackhole')")

@tm.udf(mode="process")
def sleepy(k: int) -> int:
    time.sleep(60)
    return k

engine = s._engine._process.pid
"""


class Kernel:
    def __init__(self) -> None:
        self._manager: Any = KernelManager(kernel_name="python3")
        # the Python of these tests, whatever kernel is installed for others
        self._manager.kernel_spec.argv[0] = sys.executable
        self._manager.start_kernel(env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        self._client: Any = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=START_SECONDS)

    def start(self, code: str) -> str:
        # else what comes right behind an error is left out
        return str(self._client.execute(code, stop_on_error=False))

    def interrupt(self) -> None:
        self._manager.interrupt_kernel()

    def shown(self, until: float) -> dict[str, Any] | None:
        """The next thing the kernel shows."""
        try:
            return self._client.get_iopub_msg(timeout=max(0.01, until - time.monotonic()))
        except Exception:  # noqa: BLE001
            return None

    def reply(self, message: str, seconds: float) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while True:
            reply = self._client.get_shell_msg(timeout=max(0.01, until - time.monotonic()))
            if reply["parent_header"].get("msg_id") == message:
                return reply["content"]

    def run(self, code: str, seconds: float = START_SECONDS) -> str:
        """What it printed."""
        message = self.start(code)
        reply = self.reply(message, seconds)
        assert reply["status"] == "ok", "\n".join(reply.get("traceback", []))
        printed = ""
        until = time.monotonic() + 5
        while (found := self.shown(until)) is not None:
            if found["parent_header"].get("msg_id") != message:
                continue
            if found["msg_type"] == "stream":
                printed += found["content"]["text"]
            if found["msg_type"] == "status" and found["content"]["execution_state"] == "idle":
                break
        return printed

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    found = Kernel()
    try:
        found.run(SETUP)
        # what the kernel loads for its first traceback is not ours to measure
        found.reply(found.start("raise KeyboardInterrupt"), START_SECONDS)
        yield found
    finally:
        found.close()


CELLS = {
    "a stream": "for batch in s.table('endless').stream(): print('begun', flush=True)",
    "a bounded query": "print('begun', flush=True)\ns.table('slow').agg(n=tm.count()).to_arrow()",
    "a preview": "print('begun', flush=True)\ns.table('slow').agg(n=tm.count())._repr_html_()",
    "a live table": "s.table('endless').group_by('v').agg(n=tm.count()).live()",
    "a live plot": "s.table('endless').group_by('v').agg(n=tm.count()).plot_live('v', 'n', kind='bar')",
    "a job": "job = s.table('endless').select('k').insert_into('sink')\nprint('begun', flush=True)\njob.wait()",
    "a function at work": "print('begun', flush=True)\ns.table('slow').select(k=sleepy('k')).to_arrow()",
}


@pytest.mark.parametrize("cell", CELLS)
def test_an_interrupt_ends_the_cell(kernel: Kernel, cell: str) -> None:
    message = kernel.start(CELLS[cell])
    until = time.monotonic() + START_SECONDS
    begun = False
    while not begun:
        found = kernel.shown(until)
        assert found is not None, "the cell has not begun"
        begun = found["msg_type"] == "display_data" if cell.startswith("a live") else found["msg_type"] == "stream" and "begun" in found["content"]["text"]
    # well within what it does
    time.sleep(1.0)
    started = time.monotonic()
    kernel.interrupt()
    reply = kernel.reply(message, 20)
    took = time.monotonic() - started
    # live views end by themselves; all else says that it was interrupted
    assert (reply["status"], reply.get("ename")) in ([("ok", None)] if cell.startswith("a live") else [("error", "KeyboardInterrupt")])
    assert took < INTERRUPT_SECONDS
    assert kernel.run("print(s.sql('SELECT 1 AS n').to_pylist(), s._engine.alive, s._engine._process.pid == engine)").strip() == "[{'n': 1}] True True"
    if cell == "a job":
        assert kernel.run("print(job.running); job.cancel()").strip() == "True"
    # what was interrupted does not go on in the engine
    assert kernel.run("until = time.monotonic() + 10\nwhile s.jobs and time.monotonic() < until: time.sleep(0.05)\nprint(s.jobs)").strip() == "[]"
