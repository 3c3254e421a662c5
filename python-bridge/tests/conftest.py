from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import tidemill as tm

FLIGHTS = Path(__file__).parents[2] / "node_modules" / "vega-datasets" / "data" / "flights-3m.parquet"


@pytest.fixture(scope="session")
def engine() -> Iterator[tm.Session]:
    with tm.connect() as session:
        yield session


@pytest.fixture
def s(engine: tm.Session) -> Iterator[tm.Session]:
    """A session without the tables of other tests."""
    yield engine
    for each in engine.names()["tables"]:
        kind = "VIEW" if each["kind"] == "view" else "TABLE"
        if not engine.drop(each["name"]):
            engine.sql(f"DROP {kind} `{each['name']}`")

