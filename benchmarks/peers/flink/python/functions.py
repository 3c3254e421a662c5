# What PyFlink, a component and a compiled function run: the same text. The comments say it in SQL, for the component.


# @sql risk(price DOUBLE NOT NULL, quantity DOUBLE NOT NULL) RETURNS DOUBLE NOT NULL
def risk(price: float, quantity: float) -> float:
    total = price * quantity
    return total * 0.97 if total > 1000.0 else total + 1.0


# @sql label(channel STRING NOT NULL) RETURNS STRING NOT NULL
def label(channel: str) -> str:
    return channel.upper() + "!"
