# What a price is worth, by the channel it came through. The line below is the function in SQL.
# @sql __NAME__(price DOUBLE NOT NULL, channel STRING) RETURNS DOUBLE NOT NULL NULLS CALL
def __NAME__(price, channel):
    if price < 0:
        raise ValueError(f"negative price {price}")
    return price if channel == "direct" else price * 2
