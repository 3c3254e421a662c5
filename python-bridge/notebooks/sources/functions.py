# %% [markdown]
# # Functions of Python in queries
#
# `@tm.udf` compiles typed numeric Python to WebAssembly. It runs in the engine's sandbox, beside the built-in functions.

# %%
import math

import numpy as np
import pandas as pd

import tidemill as tm

s = tm.connect()
random = np.random.default_rng(1)
points = s.register("points", pd.DataFrame({"x": random.normal(size=1_000_000), "y": random.normal(size=1_000_000), "n": random.integers(1, 1000, 1_000_000)}))
points

# %%
@tm.udf
def distance(x: float, y: float) -> float:
    return math.sqrt(x**2 + y**2)


@tm.udf
def collatz(n: int) -> int:
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps

# %%
points.select("x", "y", d=distance("x", "y"), steps=collatz("n"))

# %% [markdown]
# The same as with numpy.

# %%
ours = points.agg(mean=tm.avg(distance("x", "y")), most=tm.max(collatz("n"))).to_pandas()
frame = points.to_pandas()
assert abs(ours["mean"][0] - np.hypot(frame["x"], frame["y"]).mean()) < 1e-9
ours

# %% [markdown]
# NULL is None, where the type says so. What Python would raise fails the query, with the line.

# %%
@tm.udf
def rate(a: float | None, b: float) -> float | None:
    if a is None:
        return None
    return a / b


few = s.register("few", {"a": [1.0, None], "b": [2.0, 0.0]})
few.select(r=rate("a", "b"))

# %%
try:
    few.select(r=rate(tm.col("b"), tm.col("b"))).to_pandas()
except tm.TidemillError as error:
    print(error)

# %% [markdown]
# What is outside the subset is named with its line.

# %%
@tm.udf
def words(text: str) -> int:
    return len(text.split())


try:
    words.compiled
except tm.CompileError as error:
    print(error.message, error.hint, sep="\n")

# %% [markdown]
# It can run as a component instead: any pure Python with its standard library, in an interpreter of its own in the sandbox. The first time it takes seconds to make.

# %%
import re
from collections.abc import Iterator
from typing import NamedTuple


class Word(NamedTuple):
    word: str
    length: int


@tm.udtf(component=True)
def words(text: str) -> Iterator[Word]:
    for found in re.findall(r"\w+", text):
        yield Word(found.lower(), len(found))


lines = s.register("lines", {"line": ["The tide comes in", "and the tide goes out"]})
lines.join_lateral(words("line"), "word", "length").group_by("word").agg(n=tm.count()).order_by("word")

# %% [markdown]
# With numpy, pandas or a model it runs here, in this process: whole columns at a time, and **not sandboxed**.

# %%
from numpy.typing import NDArray

weights = np.array([0.5, -1.0])


@tm.udf(mode="process")
def predicted(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([x, y]) @ weights


points.select("x", "y", p=predicted("x", "y"))

# %% [markdown]
# An aggregate is a class. Compiled, its fields are numbers; here it keeps what it likes, and the engine keeps it between batches, with its checkpoints.

# %%
@tm.udaf
class Spread:
    least: float = math.inf
    most: float = -math.inf

    def accumulate(self, x: float) -> None:
        self.least = min(self.least, x)
        self.most = max(self.most, x)

    def merge(self, other: "Spread") -> None:
        self.least = min(self.least, other.least)
        self.most = max(self.most, other.most)

    def finish(self) -> float | None:
        return None if self.least > self.most else self.most - self.least


@tm.udaf(mode="process", state_bytes=4096)
class Histogram:
    def __init__(self) -> None:
        self.counts = np.zeros(8, int)

    def accumulate(self, x: NDArray[np.float64]) -> None:
        self.counts += np.histogram(x, bins=8, range=(-4, 4))[0]

    def merge(self, other: "Histogram") -> None:
        self.counts += other.counts

    def finish(self) -> str:
        most = max(self.counts.max(), 1)
        return "".join("▁▂▃▄▅▆▇█"[round(7 * each / most)] for each in self.counts)


points.group_by(tens=tm.col("n") % 4).agg(spread=Spread("x"), shape=Histogram("x")).order_by("tens")

# %% [markdown]
# In SQL a function has a name; and it can be saved as a `.wasm` file that runs anywhere.

# %%
s.create_function("distance", distance)
s.sql("SELECT MAX(distance(x, y)) AS farthest FROM points")

# %%
s.close()
