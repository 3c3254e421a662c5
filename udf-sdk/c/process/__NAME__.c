#include "tidemill.h"

/* Rows of a partition that follow one another within `gap` milliseconds are one visit: a row with their total and number when it is over. */
TIDEMILL_PROCESS(__NAME__, ((DOUBLE, total), (BIGINT, items)), ((DOUBLE, total), (BIGINT, items), (BIGINT, last)), ((DOUBLE, price)), (BIGINT, gap)) {
    if (state->items > 0 && context->time > state->last + gap) {
        __NAME___row(state->total, state->items);
        state->total = 0;
        state->items = 0;
    }
    state->total += price;
    state->items++;
    state->last = context->time;
    if (tidemill_has_time(context)) tidemill_set_timer(context, "over", context->time + gap);
}

TIDEMILL_TIMER(__NAME__) {
    __NAME___row(state->total, state->items);
    tidemill_clear_state(context);
}
