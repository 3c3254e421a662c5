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
# In SQL a function has a name; and it can be saved as a `.wasm` file that runs anywhere.

# %%
s.create_function("distance", distance)
s.sql("SELECT MAX(distance(x, y)) AS farthest FROM points")

# %%
s.close()
