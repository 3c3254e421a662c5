"""What a function takes along into a component, and what it says where it cannot."""

from __future__ import annotations

import datetime
import decimal
import functools
import math
import re
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

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


class Word(NamedTuple):
    word: str
    length: int | None


@functools.cache
def fibonacci(n: int) -> int:
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@tm.udtf(component=True)
def words_of(text: str | None, n: int) -> Iterator[Word]:
    for each in WORD.findall(text or ""):
        yield Word(f"{each}{fibonacci(n)}", None if len(each) > 3 else len(each))


@tm.udaf(component=True, state_bytes=256)
class Commonest:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def accumulate(self, word: str | None) -> None:
        if word == "bad":
            raise ValueError("no such word")
        if word is not None:
            self.counts[word] += 1

    def retract(self, word: str | None) -> None:
        if word is not None:
            self.counts[word] -= 1

    def merge(self, other: Commonest) -> None:
        self.counts += other.counts

    def finish(self) -> str | None:
        return min((each for each in self.counts if self.counts[each] > 0), key=lambda each: (-self.counts[each], each), default=None)


@tm.udaf(component=True)
class Mean:
    total: float = 0.0
    seen: int = 0
    any: bool = False

    def accumulate(self, x: float) -> None:
        self.total += x
        self.seen += 1
        self.any = True

    def finish(self) -> float | None:
        return self.total / self.seen if self.any else None


def test_rows_and_aggregates_as_programs() -> None:
    """The modules between SQL's values and Python's, run by this interpreter."""
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(words_of.program, "program", "exec"), space)  # noqa: S102
    assert words_of.program.splitlines()[0] == (
        "# @sql-table tidemill_words_of(text STRING, n BIGINT NOT NULL) RETURNS TABLE (word STRING NOT NULL, length BIGINT) NULLS CALL"
    )
    assert list(space["tidemill_words_of"]("one more", 7)) == [("one13", 3), ("more13", None)]
    assert list(space["tidemill_words_of"](None, 7)) == []
    exec(compile(Mean.program, "program", "exec"), space)  # noqa: S102
    assert Mean.program.splitlines()[0] == "# @sql-aggregate tidemill_Mean(x DOUBLE) RETURNS DOUBLE KEEPS DOUBLE, BIGINT, INT"
    state = space["tidemill_Mean_accumulate"](*space["tidemill_Mean_accumulate"](*space["tidemill_Mean_init"](), 1.0), 4.0)
    assert state == (5.0, 2, 1)
    assert space["tidemill_Mean_finish"](*state) == 2.5
    assert space["tidemill_Mean_finish"](*space["tidemill_Mean_init"]()) is None


def test_what_aggregates_keep_is_checked() -> None:
    with pytest.raises(TypeError, match="the field seen of Shared begins with a value that all groups would share"):

        @tm.udaf(component=True)
        class Shared:
            seen: list[int] = []

            def accumulate(self, x: int) -> None:
                self.seen.append(x)

            def finish(self) -> int:
                return len(self.seen)

    with pytest.raises(TypeError, match=r"Nothing has no method accumulate\(self, …\)"):

        @tm.udaf(component=True)
        class Nothing:
            pass

    @tm.udaf(component=True)
    class Sets:
        total: int = 0

        def accumulate(self, x: int) -> None:
            self.total += x if x < 2 else 2**63
            if x == 0:
                self.other = x

        def finish(self) -> int:
            return self.total

    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(Sets.program, "program", "exec"), space)  # noqa: S102
    with pytest.raises(RuntimeError, match="Sets has the fields total, and a method sets other: annotate it in the class"):
        space["tidemill_Sets_accumulate"](0, 0)
    with pytest.raises(RuntimeError, match="the field total is 9223372036854775808, which does not fit into 64 bits"):
        space["tidemill_Sets_accumulate"](0, 5)


def test_rows_and_aggregates_run_in_the_engine(s: tm.Session) -> None:
    t = s.register("texts", {"k": [1, 1, 2, 2], "w": ["a b", "b longer", None, "c"]})
    words = t.join_lateral(words_of("w", tm.lit(5)), "word", "length")
    assert words.select("k", "word", "length").to_pylist() == [
        {"k": 1, "word": "a5", "length": 1},
        {"k": 1, "word": "b5", "length": 1},
        {"k": 1, "word": "b5", "length": 1},
        {"k": 1, "word": "longer5", "length": None},
        {"k": 2, "word": "c5", "length": 1},
    ]
    assert words.group_by("k").agg(y=Commonest("word")).order_by("k").to_pylist() == [{"k": 1, "y": "b5"}, {"k": 2, "y": "c5"}]
    # what the inner query gives for a key changes with each of its rows
    text = "SELECT Commonest(CAST(c AS STRING)) AS y FROM (SELECT k, COUNT(*) AS c FROM (VALUES (1), (1), (2), (3), (3)) AS t(k) GROUP BY k)"
    s.create_function("Commonest", Commonest)
    assert s.sql(text).to_pylist() == [{"y": "2"}]
    with pytest.raises(tm.TidemillError, match=r"(?s)ValueError: no such word\n  in Commonest.accumulate, line 3 of it"):
        t.agg(y=Commonest(tm.lit("bad"))).to_pylist()
    many = s.register("many", {"w": [str(n) for n in range(99)]})
    with pytest.raises(tm.TidemillError, match=r"an object of Commonest takes \d+ bytes, and 256 are kept of a group: state_bytes="):
        many.agg(y=Commonest("w")).to_pylist()
