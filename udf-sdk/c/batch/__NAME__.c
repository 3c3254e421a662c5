#include "tidemill.h"

/* What pieces cost: NULL pieces are one, no pieces cost NULL. */
TIDEMILL_BATCH(NULLABLE(DOUBLE), __NAME__, (DOUBLE, price), (NULLABLE(BIGINT), pieces)) {
    const double *prices = TIDEMILL_DATA(double, price);
    const int64_t *counts = TIDEMILL_DATA(int64_t, pieces);
    double *costs = TIDEMILL_DATA(double, result);
    for (uint32_t row = 0; row < rows; row++) {
        int64_t count = tidemill_is_null(pieces, row) ? 1 : counts[row];
        costs[row] = prices[row] * (double)count;
        if (count == 0) tidemill_set_null(result, row);
    }
}
