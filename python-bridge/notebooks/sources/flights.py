# %% [markdown]
# # Three million flights
#
# Real flights of the United States (`vega-datasets`). In a checkout they lie in `node_modules` after `npm ci`.

# %%
import tidemill as tm

s = tm.connect()
flights = s.read_parquet("../../node_modules/vega-datasets/data/flights-3m.parquet")
flights

# %% [markdown]
# Verbs make a query; showing it runs it.

# %%
late = flights.where(tm.col("delay") > 15).group_by("origin").agg(flights=tm.count(), worst=tm.max("delay")).order_by(tm.col("flights").desc()).limit(10)
late

# %%
print(late.sql)
late.explain()

# %% [markdown]
# The same rows in pandas, and a plot.

# %%
frame = late.to_pandas()
frame.plot.bar(x="origin", y="flights", legend=False, figsize=(8, 3));

# %% [markdown]
# Cells of SQL. Braces hold Python's values: numbers, texts, tables, data frames.

# %%
# %load_ext tidemill
least = 60

# %%
# %%sql
# SELECT destination, COUNT(*) AS flights, AVG(delay) AS delay
# FROM {flights}
# WHERE delay > {least}
# GROUP BY destination
# ORDER BY flights DESC
# LIMIT 5

# %% [markdown]
# Each origin's worst flight of each month: a ranking.

# %%
ranked = flights.select("date", "origin", "delay", month=tm.extract("month", "date")).with_columns(
    place=tm.row_number().over(partition_by=["origin", "month"], order_by=tm.col("delay").desc())
)
ranked.where(tm.col("place") == 1, tm.col("origin") == "ATL").order_by("month")

# %%
s.close()
