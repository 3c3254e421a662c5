# %% [markdown]
# # A stream, live
#
# Bids of an auction house, made on the fly (Nexmark's generator). The stream has no end: cells that follow it stop after some seconds, or when you interrupt them.

# %%
import tidemill as tm

s = tm.connect()
s.sql("""
CREATE TABLE bid (auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, `dateTime` TIMESTAMP(3),
  WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '1' SECOND)
WITH ('connector' = 'nexmark',
  'rate.limited' = 'true', 'first-event.rate' = '20000', 'next-event.rate' = '20000')
""")
bid = s.table("bid")
bid

# %% [markdown]
# Counts of windows of one second, as they close.

# %%
large = bid.where(tm.col("channel").isin(["Google", "Baidu", "Facebook", "Apple"]))
windows = large.window(tm.tumble("dateTime", "1 second")).group_by("channel").agg(bids=tm.count(), highest=tm.max("price"))
windows.live(rows=8, seconds=6)

# %% [markdown]
# A result that changes: the number of bids of the large channels, in place.

# %%
large.group_by("channel").agg(bids=tm.count()).plot_live("channel", "bids", kind="bar", seconds=4)

# %% [markdown]
# Record batches for a loop of your own; leaving it stops the job.

# %%
rows = 0
for batch in bid.select("price").stream():
    rows += batch.num_rows
    if rows > 50_000:
        break
rows > 50_000

# %% [markdown]
# A job goes on in the engine while the notebook does something else.

# %%
s.sql("CREATE TABLE nowhere (auction BIGINT, price BIGINT) WITH ('connector' = 'blackhole')")
job = bid.select("auction", "price").insert_into("nowhere")
job

# %%
import time

time.sleep(2)
job.progress["rowsRead"] > 0

# %%
job.stop()
s.close()
