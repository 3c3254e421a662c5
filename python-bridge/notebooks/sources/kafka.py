# %% [markdown]
# # Kafka, live
#
# Reads a topic as it is written, counts in windows, and writes what comes of it to another topic. The broker is the one that `KAFKA_BOOTSTRAP` names, else
# `localhost:9092`; topics `bid` and `busy` are there (`kafka-topics.sh --create --topic bid …`), or the broker makes them. So that there is something to
# read, a job in this notebook writes bids of an auction house (Nexmark's generator) into the topic.

# %%
import os
import time

import tidemill as tm

broker = os.environ.get("KAFKA_BOOTSTRAP", "localhost:9092")
s = tm.connect()
# %load_ext tidemill

# %%
# %%sql
# CREATE TABLE generated (auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, `dateTime` TIMESTAMP(3))
# WITH ('connector' = 'nexmark', 'rate.limited' = 'true',
#   'first-event.rate' = '5000', 'next-event.rate' = '5000')

# %%
# %%sql
# CREATE TABLE bid (auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, `dateTime` TIMESTAMP(3),
#   WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '1' SECOND)
# WITH ('connector' = 'kafka', 'topic' = 'bid', 'properties.bootstrap.servers' = {broker}, 'format' = 'json',
#   'scan.startup.mode' = 'earliest-offset')

# %%
writing = s.table("generated").insert_into("bid")
while writing.running and writing.progress["rowsWritten"] < 10_000:
    time.sleep(0.1)
writing

# %% [markdown]
# The topic as it is read: a table without an end shows the first ten rows.

# %%
bid = s.table("bid")
bid

# %% [markdown]
# Windows of two seconds, as they close.

# %%
large = bid.where(tm.col("channel").isin(["Google", "Baidu", "Facebook", "Apple"]))
windows = large.window(tm.tumble("dateTime", "2 seconds"))
busy = windows.group_by("channel").agg(bids=tm.count(), highest=tm.max("price"))
busy.live(rows=8, seconds=8)

# %% [markdown]
# Back into Kafka: a job that goes on in the engine until it is stopped. The first rows of the topic that it writes:

# %%
# %%sql
# CREATE TABLE busy (channel STRING, window_start TIMESTAMP(3), window_end TIMESTAMP(3),
#   bids BIGINT, highest BIGINT)
# WITH ('connector' = 'kafka', 'topic' = 'busy', 'properties.bootstrap.servers' = {broker}, 'format' = 'json',
#   'scan.startup.mode' = 'earliest-offset')

# %%
counting = busy.insert_into("busy")
s.table("busy").limit(4).to_pandas()

# %%
progress = counting.progress
assert progress["rowsRead"] > 0 and progress["lateRows"] == 0
{name: progress[name] for name in ("rowsRead", "rowsWritten", "lateRows")}

# %% [markdown]
# Jobs end when they are told to; what is in the topics stays.

# %%
counting.stop()
writing.stop()
assert not s.jobs
s.close()
