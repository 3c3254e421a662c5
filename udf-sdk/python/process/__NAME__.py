# Rows of a partition that follow one another within `gap` milliseconds are one visit: a row with their total and number when it is over.
# The line below is the function in SQL. Each of its states is an object whose fields may be changed.
# @sql-function {"name": "__NAME__", "kind": "process", "table": {"columns": [{"name": "price", "type": "DOUBLE NOT NULL"}]}, "arguments": ["BIGINT NOT NULL"], "argumentNames": ["gap"], "states": [{"name": "visit", "columns": [{"name": "total", "type": "DOUBLE NOT NULL"}, {"name": "items", "type": "BIGINT NOT NULL"}, {"name": "last", "type": "BIGINT"}]}], "columns": [{"name": "total", "type": "DOUBLE NOT NULL"}, {"name": "items", "type": "BIGINT NOT NULL"}]}
def __NAME__(context, visit, price, gap):
    timed = context.time is not None
    if timed and visit.items > 0 and context.time > visit.last + gap:
        yield visit.total, visit.items
        context.clear_state()
    visit.total += price
    visit.items += 1
    visit.last = context.time
    if timed:
        context.set_timer("over", context.time + gap)


def __NAME___timer(context, visit):
    """No row came for a while: the watermark has reached the timer's time."""
    yield visit.total, visit.items
    context.clear_state()
