# The mean of values by their weights. The line below is the function in SQL; KEEPS is what is kept of a group.
# @sql-aggregate __NAME__(value DOUBLE, weight BIGINT) RETURNS DOUBLE KEEPS DOUBLE, BIGINT
def __NAME___accumulate(total, weights, value, weight):
    return total + value * weight, weights + weight


def __NAME___retract(total, weights, value, weight):
    """Takes out a row that was taken in: for inputs that change."""
    return total - value * weight, weights - weight


def __NAME___merge(total, weights, other_total, other_weights):
    """Takes what another part of the group has gathered."""
    return total + other_total, weights + other_weights


def __NAME___finish(total, weights):
    return total / weights if weights else None
