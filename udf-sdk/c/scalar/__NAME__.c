#include "tidemill.h"

/* What a price is worth, by the channel it came through. */
TIDEMILL_SCALAR(OR_ERROR(DOUBLE), __NAME__, (DOUBLE, price), (NULLABLE(STRING), channel)) {
    if (price < 0) return TIDEMILL_ERROR(__NAME__, "negative price");
    bool direct = !channel.is_null && tidemill_equals(channel.value, "direct");
    return TIDEMILL_VALUE(__NAME__, direct ? price : price * 2);
}
