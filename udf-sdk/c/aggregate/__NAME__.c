#include "tidemill.h"

/* What is kept of a group; the engine stores it. */
typedef struct { double sum; int64_t weight; } __NAME__;

TIDEMILL_AGGREGATE(NULLABLE(DOUBLE), __NAME__, 16, (DOUBLE, value), (BIGINT, weight))
TIDEMILL_ACCUMULATE(__NAME__, (DOUBLE, value), (BIGINT, weight)) {
    state->sum += value * (double)weight;
    state->weight += weight;
}
TIDEMILL_RETRACT(__NAME__, (DOUBLE, value), (BIGINT, weight)) {
    state->sum -= value * (double)weight;
    state->weight -= weight;
}
TIDEMILL_MERGE(__NAME__) {
    state->sum += other->sum;
    state->weight += other->weight;
}
TIDEMILL_FINISH(NULLABLE(DOUBLE), __NAME__) {
    if (state->weight == 0) return TIDEMILL_NULL(__NAME__);
    return TIDEMILL_VALUE(__NAME__, state->sum / (double)state->weight);
}
