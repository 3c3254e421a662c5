// The mean of values by their weights. The line below is the function in SQL; KEEPS is what is kept of a group.
// @sql-aggregate __NAME__(value DOUBLE, weight BIGINT) RETURNS DOUBLE KEEPS DOUBLE, BIGINT
export const __NAME___accumulate = (total, weights, value, weight) => [total + value * Number(weight), weights + weight];
/** Takes out a row that was taken in: for inputs that change. */
export const __NAME___retract = (total, weights, value, weight) => [total - value * Number(weight), weights - weight];
/** Takes what another part of the group has gathered. */
export const __NAME___merge = (total, weights, otherTotal, otherWeights) => [total + otherTotal, weights + otherWeights];
export const __NAME___finish = (total, weights) => (weights === 0n ? null : total / Number(weights));
