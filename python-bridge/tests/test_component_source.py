"""What a function takes along into a component, and what it says where it cannot."""

from __future__ import annotations

import datetime
import decimal
import math
import re
import subprocess
import sys
import textwrap
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pytest

import tidemill as tm
from tidemill._component import SourceError, build_component, source_of
from tidemill._component.build import BuildError

RATES = {"EUR": Decimal("1.25"), "CHF": Decimal("1.1")}
WORD = re.compile(r"\w+", re.IGNORECASE)
SINCE = datetime.date(2026, 1, 31)
LIMITS = (1, 2.5, None, frozenset({3}), [b"x", {"k": float("inf")}])
OPEN_FILE = open(__file__)  # noqa: SIM115


class Money:
    """A value with a currency."""

    unit = "EUR"

    def __init__(self, amount: Decimal) -> None:
        self.amount = amount

    def in_dollars(self) -> Decimal:
        return self.amount * RATES[self.unit]


@tm.udf
def doubled(x: float) -> float:
    return x * 2


def words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text))


def everything(text: str, amount: Decimal, n: int) -> str:
    def inner(k: int) -> int:
        return 1 if k < 2 else k * inner(k - 1)

    most = [word for word, _ in words(text).most_common(2)]
    return f"{most} {Money(amount).in_dollars()} {inner(n)} {doubled(1.5)} {math.floor(2.5)} {SINCE.isoformat()} {LIMITS[4]} {decimal.ROUND_UP}"


def test_the_module_stands_on_its_own(tmp_path: Path) -> None:
    source = source_of(everything)
    program = f"from __future__ import annotations\n{source}\nprint(everything('a b b', Decimal(2), 5))"
    # in a fresh process, isolated from this folder
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == everything("a b b", Decimal(2), 5)


def test_closures_are_taken_along() -> None:
    def make(step: int) -> Any:
        def plus(x: int) -> int:
            return x + step

        return plus

    source = source_of(make(3))
    assert source == "step = 3\ndef plus(x: int) -> int:\n    return x + step"


def uses_file(x: int) -> int:
    y = x
    return y + len(OPEN_FILE.name)


def uses_package(x: int) -> int:
    return pyarrow.scalar(x).as_py()


def uses_nothing(x: int) -> int:
    return not_there(x)  # type: ignore[name-defined] # noqa: F821


@pytest.mark.parametrize(
    ("function", "message", "behind"),
    [(uses_file, "OPEN_FILE is a TextIOWrapper, which cannot be taken along", 2), (uses_package, "pyarrow is no part of Python's standard library", 1), (uses_nothing, "not_there is not known", 1)],
)
def test_what_cannot_be_taken_along_is_named_with_its_line(function: Any, message: str, behind: int) -> None:
    line = function.__code__.co_firstlineno + behind
    with pytest.raises(SourceError, match=rf"(?s){message}.*in {function.__name__}, .*test_component_source.py:{line}"):
        source_of(function)


def test_types_are_refused_before_anything_is_built() -> None:
    with pytest.raises(TypeError, match="parameter x has the type list"):

        @tm.udf(component=True)
        def lists(x: list[int]) -> int:
            return len(x)

    with pytest.raises(TypeError, match="component=True stands alone"):
        tm.udf(component=True, mode="process")(uses_file)  # type: ignore[call-overload]


def test_nothing_is_fetched_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with pytest.raises(BuildError, match=r"componentize-py==0.25.1 \(17 MB\), which is not there, and nothing is fetched offline"):
        build_component("x = 1", "f", offline=True)


def test_adapters_convert_and_check(tmp_path: Path) -> None:
    """The module between SQL's values and Python's, run by this interpreter."""

    @tm.udf(component=True, result="DECIMAL(10, 2)")
    def shift(day: datetime.date, at: datetime.datetime | None, by: datetime.time) -> Decimal | None:
        if at is None:
            return None
        return Decimal((at.date() - day).days) + Decimal(by.second) / 100

    space: dict[str, Any] = {}
    exec(compile(shift.program, "program", "exec"), space)  # noqa: S102
    days = (datetime.date(2026, 1, 31) - datetime.date(1970, 1, 1)).days
    micros = int(datetime.datetime(2026, 2, 2, 5, tzinfo=datetime.timezone.utc).timestamp() * 1_000_000)
    assert space["tidemill_shift"](days, micros, 59_000) == 259
    assert space["tidemill_shift"](days, None, 0) is None
    assert shift.program.splitlines()[0] == "# @sql tidemill_shift(day DATE NOT NULL, at TIMESTAMP(6), by TIME NOT NULL) RETURNS DECIMAL(10, 2) NULLS CALL"

    @tm.udf(component=True)
    def wrong(x: int) -> int:
        if x > 1:
            raise ValueError("too much")
        return "text" if x else 2**63  # type: ignore[return-value]

    exec(compile(wrong.program, "program", "exec"), space)  # noqa: S102
    with pytest.raises(RuntimeError, match=r"ValueError: too much\n  in wrong, line 3 of it"):
        space["tidemill_wrong"](2)
    with pytest.raises(RuntimeError, match="it returned 'text', and its result is int"):
        space["tidemill_wrong"](1)
    with pytest.raises(RuntimeError, match="does not fit into 64 bits"):
        space["tidemill_wrong"](0)


def test_a_component_runs_in_the_engine(s: tm.Session) -> None:
    @tm.udf(component=True)
    def initials(name: str | None, n: int) -> str | None:
        if n > 5:
            raise ValueError(textwrap.shorten("no such number", 7, placeholder="…"))
        return None if name is None else "".join(word[0] for word in WORD.findall(name)) * n

    t = s.register("people", {"name": ["Ada Lovelace", None, "Grace Brewster Hopper"], "n": [1, 2, 3]})
    assert [each["y"] for each in t.select(y=initials("name", "n")).to_pylist()] == ["AL", None, "GBHGBHGBH"]
    with pytest.raises(tm.TidemillError, match=r"(?s)ValueError: no….*in initials, line 3 of it"):
        t.select(y=initials("name", tm.lit(6))).to_pylist()
